import type { ModelDefinition } from '@openclaw-gateway/sdk';
import { type ModelHarness, modelContract } from '@openclaw-gateway/sdk/contract';
import { expect, test } from 'vitest';
import { startAnthropic } from '../../../../e2e/stand-ins/anthropic.ts';
import type { ModelServer, ScriptedFault } from '../../../../e2e/stand-ins/model-server.ts';
import { startOpenAi } from '../../../../e2e/stand-ins/openai.ts';
import type { Asked } from '../asked.ts';
import { loadConfig } from '../config/index.ts';
import anthropicMessages from './anthropic-messages/index.ts';
import echo from './echo/index.ts';
import { createModels } from './index.ts';
import openAiCompletions from './openai-completions/index.ts';
import openAiResponses from './openai-responses/index.ts';

const API_KEY = 'sk-test-0123456789abcdef';
const HEADER_SECRET = 'header-secret-value';

const FAULTS: Readonly<Record<Parameters<NonNullable<ModelHarness['failNext']>>[0], ScriptedFault>> = {
  unauthorized: { fault: 'status', status: 401, message: `Incorrect API key provided: ${API_KEY}` },
  forbidden: { fault: 'status', status: 403, message: `Header ${HEADER_SECRET} may not do this` },
  'rate-limited': { fault: 'status', status: 429, headers: { 'retry-after': '2' } },
  'bad-request': { fault: 'status', status: 400, message: 'max_tokens is too large' },
  'server-error': { fault: 'status', status: 503 },
  hang: { fault: 'hang' },
  stall: { fault: 'stall' },
  'broken-stream': { fault: 'break' },
  'cut-stream': { fault: 'cut' },
  'overloaded-stream': { fault: 'report' },
  dropped: { fault: 'drop' },
  garbage: { fault: 'garbage' },
  'web-page': { fault: 'html' },
  empty: { fault: 'empty' },
};

async function harness(definition: ModelDefinition, start: () => Promise<ModelServer>): Promise<ModelHarness> {
  const server = await start();
  const config = definition.config.parse({ baseUrl: server.url, apiKey: API_KEY, headers: { 'x-team': HEADER_SECRET }, timeout: 1000 });
  return {
    provider: definition.create(config, 'stand-in'),
    secrets: [API_KEY, HEADER_SECRET],
    answerNext: ({ text, toolCalls }) =>
      server.script({
        ...(text === undefined ? {} : { text }),
        // The name as it travels: dots are not allowed there.
        toolCalls: (toolCalls ?? []).map((call) => ({ id: call.callId, name: call.tool.replace('.', '_'), arguments: call.arguments })),
      }),
    failNext: (fault) => server.script(FAULTS[fault]),
    requests: () => server.requests.length,
    goAway: server.close,
    close: server.close,
  };
}

modelContract('openai-completions', () => harness(openAiCompletions, startOpenAi), { remote: true });
modelContract('openai-responses', () => harness(openAiResponses, startOpenAi), { remote: true });
modelContract('anthropic-messages', () => harness(anthropicMessages, startAnthropic), { remote: true });
modelContract('echo', async () => ({ provider: echo.create({}, 'echo'), secrets: [], close: async () => {} }), { remote: false });

const never = new AbortController().signal;

async function read(provider: Asked, streaming = true): Promise<void> {
  const request = { model: 'm', messages: [{ role: 'user', text: 'hi' } as const], tools: [] };
  for await (const chunk of provider.stream(request, never, { streaming })) if (chunk.type === 'finish') return;
}

test('A9 the key, the headers, the instructions and the limits reach the provider', async () => {
  await using server = await disposable(startOpenAi());
  const config = openAiCompletions.config.parse({ baseUrl: server.url, apiKey: API_KEY, headers: { 'x-team': 'blue' }, timeout: 1000 });
  const request = {
    model: 'llama3',
    system: 'Be brief.',
    messages: [{ role: 'user', text: 'hi' } as const],
    tools: [],
    maxOutputTokens: 99,
    temperature: 0.5,
  };
  for await (const _ of openAiCompletions.create(config, 'p').stream(request, never));
  const [asked] = server.requests;
  expect(asked?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'x-team': 'blue' });
  expect(asked?.json()).toMatchObject({ model: 'llama3', max_tokens: 99, temperature: 0.5, stream: true });
  expect(asked?.json()['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'hi' },
  ]);
});

test('A9 an answer that nobody reads along is asked for whole only of a model that was quick', async () => {
  await using server = await disposable(startOpenAi());
  const config = openAiCompletions.config.parse({ baseUrl: server.url, timeout: 5000 });
  const provider = openAiCompletions.create(config, 'p');
  await read(provider, false);
  await read(provider, false);
  server.script({ text: 'slow', latencyMs: 600 });
  await read(provider, false);
  await read(provider, false);
  await read(provider, true);
  expect(server.requests.map((request) => request.json()['stream'] ?? false)).toEqual([true, false, false, true, true]);
});

test('A9 a model of the configuration that was quick is asked for a whole answer, too', async () => {
  await using server = await disposable(startOpenAi());
  const block = { api: 'openai-completions', baseUrl: server.url };
  const { config } = await loadConfig(JSON.stringify({ models: { providers: { house: block } } }), { env: {} });
  const { provider } = await createModels(config.models).resolve('house/m');
  await read(provider, false);
  await read(provider, false);
  expect(server.requests.map((request) => request.json()['stream'] ?? false)).toEqual([true, false]);
});

test('A7 calls one after the other use one connection', async () => {
  await using server = await disposable(startOpenAi());
  const provider = openAiCompletions.create(openAiCompletions.config.parse({ baseUrl: server.url, timeout: 1000 }), 'p');
  for (let call = 0; call < 5; call++) await read(provider, call % 2 === 0);
  expect(new Set(server.requests.map((request) => request.remotePort)).size).toBe(1);
});

async function disposable(starting: Promise<ModelServer>) {
  const server = await starting;
  return { ...server, [Symbol.asyncDispose]: server.close };
}
