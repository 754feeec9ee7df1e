/** A whole gateway whose agent asks Ollama: what that cannot do is named, with what to do about it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type OllamaServer, startOllama } from '../../../../e2e/stand-ins/ollama.ts';
import { startGateway } from '../gateway.ts';

type Said = {
  readonly status?: string;
  readonly reply?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
};

async function gatewayOn(
  ollama: OllamaServer,
  { model = 'llama3.2', agent = {} }: { readonly model?: string; readonly agent?: object } = {},
) {
  const stateDir = await mkdtemp(join(tmpdir(), 'ollama-'));
  const configPath = join(stateDir, 'openclaw.json');
  const config = {
    gateway: { network: { port: 0 }, logging: { level: 'fatal', file: { enabled: false } } },
    models: { providers: { ollama: { api: 'openai-completions', baseUrl: ollama.url } } },
    agents: { defaults: { model: `ollama/${model}`, ...agent } },
  };
  await writeFile(configPath, JSON.stringify(config));
  const gateway = await startGateway({ stateDir, configPath });
  onTestFinished(async () => {
    await gateway.stop('end of the test');
    await rm(stateDir, { recursive: true, force: true });
  });
  return async (text: string): Promise<Said> => {
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/api/messages?wait=60s`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ from: 'ann', text }),
    });
    return (await response.json()) as Said;
  };
}

async function ollamaWith(...models: Parameters<OllamaServer['pull']>[]): Promise<OllamaServer> {
  const server = await startOllama();
  onTestFinished(() => server.close());
  for (const model of models) server.pull(...model);
  return server;
}

test('A9 Ollama answers', async () => {
  const say = await gatewayOn(await ollamaWith(['llama3.2']));
  expect(await say('ping')).toMatchObject({ reply: 'pong from ollama' });
});

test('A9 a model that was not pulled is named, with the command that pulls it, and is not asked again', async () => {
  const ollama = await ollamaWith();
  const said = await (await gatewayOn(ollama))('ping');
  expect(said.error).toMatchObject({
    code: 'MODEL_NOT_FOUND',
    message: expect.stringContaining("model 'llama3.2' not found"),
    remedy: expect.stringContaining('ollama pull'),
  });
  expect(ollama.requests).toHaveLength(1);
});

test.each(['loading', 'busy'] as const)(
  'A9 a server that is %s is asked again until it answers',
  async (why) => {
    const ollama = await ollamaWith(['llama3.2']);
    ollama.turnAway(why, 1);
    expect(await (await gatewayOn(ollama))('ping')).toMatchObject({ reply: 'pong from ollama' });
    expect(ollama.requests).toHaveLength(2);
  },
  60_000,
);

test('A9 a prompt that is too long for the model says so, and which setting tells the gateway how much it takes', async () => {
  const ollama = await ollamaWith(['llama3.2', { contextTokens: 20 }]);
  const said = await (await gatewayOn(ollama))('word '.repeat(100));
  expect(said.error).toMatchObject({
    code: 'CONTEXT_TOO_LONG',
    message: expect.stringContaining('exceeded max context length'),
    remedy: expect.stringContaining('contextWindow'),
  });
  expect(ollama.requests).toHaveLength(1);
});

test('A9 a model without tools says so, and what to do about the agent', async () => {
  const ollama = await ollamaWith(['gemma', { tools: false }]);
  const said = await (await gatewayOn(ollama, { model: 'gemma', agent: { tools: ['clock.now'] } }))('ping');
  expect(said.error).toMatchObject({
    code: 'MODEL_WITHOUT_TOOLS',
    message: expect.stringContaining('does not support tools'),
    remedy: expect.stringContaining('tools'),
  });
});

test.each(['connection', 'runner'] as const)(
  'A9 an answer that breaks off because of its %s is asked for again',
  async (how) => {
    const ollama = await ollamaWith(['llama3.2']);
    ollama.failNext(how);
    expect(await (await gatewayOn(ollama))('ping')).toMatchObject({ reply: 'pong from ollama' });
    expect(ollama.requests).toHaveLength(2);
  },
  60_000,
);

test('A9 a wrong path is told from a model that is not there', async () => {
  const ollama = await ollamaWith(['llama3.2']);
  const said = await (await gatewayOn({ ...ollama, url: ollama.url.replace('/v1', '/api/v1') }))('ping');
  expect(said.error).toMatchObject({ code: 'MODEL_REFUSED' });
});
