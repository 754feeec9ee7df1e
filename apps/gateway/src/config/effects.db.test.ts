/** What the keys of the configuration do to a whole gateway with a real model server, a real bot API and callers of its webhooks. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startAnthropic } from '../../../../e2e/stand-ins/anthropic.ts';
import { BOT_TOKEN as DISCORD_TOKEN, startDiscord } from '../../../../e2e/stand-ins/discord.ts';
import type { ModelServer, Scripted } from '../../../../e2e/stand-ins/model-server.ts';
import { startOpenAi } from '../../../../e2e/stand-ins/openai.ts';
import { APP_TOKEN, BOT_TOKEN, startSlack } from '../../../../e2e/stand-ins/slack.ts';
import { startTelegram } from '../../../../e2e/stand-ins/telegram.ts';
import { type RunningGateway, startGateway } from '../gateway.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
const TOOL_CALL: Scripted = { toolCalls: [{ name: 'clock_now', arguments: {} }] };

type Running = {
  readonly gateway: RunningGateway;
  readonly api: <T = Record<string, unknown>>(path: string, body?: object, method?: string) => Promise<{ status: number; body: T }>;
  /** The answer to a message, or how it ended. */
  readonly say: (text: string, more?: object) => Promise<Record<string, unknown>>;
  readonly set: (path: string, value: unknown) => Promise<void>;
};

async function run(config: object): Promise<Running> {
  const stateDir = await mkdtemp(join(tmpdir(), 'effects-'));
  const configPath = join(stateDir, 'openclaw.json');
  const logging = { level: 'fatal', file: { enabled: false } };
  const base = config as { gateway?: object };
  await writeFile(configPath, JSON.stringify({ ...base, gateway: { logging, network: { port: 0 }, ...base.gateway } }));
  const gateway = await startGateway({ stateDir, configPath });
  onTestFinished(async () => {
    await gateway.stop('end of the test');
    await rm(stateDir, { recursive: true, force: true });
  });
  const api: Running['api'] = async (path, body, method = body ? 'POST' : 'GET') => {
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
    const response = await fetch(gateway.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, body: (await response.json()) as never };
  };
  return {
    gateway,
    api,
    say: async (text, more = {}) => (await api('/api/messages?wait=30s', { from: 'ann', text, ...more })).body,
    set: async (path, value) => {
      const { status, body } = await api('/api/config', { op: 'set', path, value }, 'PATCH');
      expect(status, JSON.stringify(body)).toBe(200);
    },
  };
}

async function modelServer(start: () => Promise<ModelServer> = startOpenAi): Promise<ModelServer> {
  const server = await start();
  onTestFinished(() => server.close());
  return server;
}

const providerAt = (server: ModelServer, more: object = {}) => ({ api: 'openai-completions', baseUrl: server.url, ...more });
const lastAsked = (server: ModelServer) => server.requests.at(-1)?.json() as Record<string, unknown> & { messages: { content: string }[] };
const systemOf = (server: ModelServer) => lastAsked(server).messages[0]?.content;
const toolsOf = (server: ModelServer) =>
  (lastAsked(server)['tools'] as { function: { name: string } }[] | undefined)?.map((tool) => tool.function.name);

test('D agents.{defaults,entries.*}.{model,systemPrompt,temperature,maxOutputTokens,tools} reach the model, also changed while it runs', async () => {
  const server = await modelServer();
  const { say, set } = await run({
    models: { providers: { local: providerAt(server) } },
    agents: {
      defaults: { model: 'local/one', systemPrompt: 'Be brief.', temperature: 0.2, maxOutputTokens: 77, tools: ['clock.now'] },
      entries: { main: {}, work: { model: 'local/two', systemPrompt: 'Be kind.', temperature: 0.9, maxOutputTokens: 88, tools: [] } },
    },
  });
  await say('hello');
  expect(lastAsked(server)).toMatchObject({ model: 'one', temperature: 0.2, max_tokens: 77 });
  expect([systemOf(server), toolsOf(server)]).toEqual(['Be brief.', ['clock_now']]);
  await say('hello', { agentId: 'work' });
  expect(lastAsked(server)).toMatchObject({ model: 'two', temperature: 0.9, max_tokens: 88 });
  expect([systemOf(server), toolsOf(server)]).toEqual(['Be kind.', undefined]);
  await set('agents.defaults.systemPrompt', 'Be exact.');
  await set('agents.entries.main.model', 'local/three');
  await say('hello');
  expect([systemOf(server), lastAsked(server)['model']]).toEqual(['Be exact.', 'three']);
});

test('D agents.{defaults,entries.*}.maxSteps ends a run that only calls tools; tools.{allow,deny} have the last word on tools', async () => {
  const server = await modelServer(() => startOpenAi({ answer: TOOL_CALL }));
  const { say, set } = await run({
    models: { providers: { local: providerAt(server) } },
    agents: { defaults: { model: 'local/one', tools: ['clock.now'], maxSteps: 2 }, entries: { main: {}, long: { maxSteps: 4 } } },
  });
  expect(await say('go')).toMatchObject({ error: { code: 'RUN_STEPS_EXCEEDED' } });
  expect(server.requests).toHaveLength(2);
  expect(toolsOf(server)).toEqual(['clock_now']);
  expect(await say('go', { agentId: 'long' })).toMatchObject({ error: { code: 'RUN_STEPS_EXCEEDED' } });
  expect(server.requests).toHaveLength(6);
  await set('tools.deny', ['clock.now']);
  await say('go');
  expect(toolsOf(server)).toBeUndefined();
  await set('tools', { allow: [], deny: [] });
  await say('go');
  expect(toolsOf(server)).toBeUndefined();
  await set('tools', { allow: ['clock.now'] });
  await say('go');
  expect(toolsOf(server)).toEqual(['clock_now']);
});

test('D models.providers.*.{api,baseUrl,apiKey,headers,headers.*} say how a provider of models.providers is reached', async () => {
  const [openAi, anthropic] = [await modelServer(), await modelServer(startAnthropic)];
  const { say, set } = await run({
    models: { providers: { here: providerAt(openAi, { apiKey: 'key-one', headers: { 'x-team': 'blue' } }) } },
    agents: { defaults: { model: 'here/m' } },
  });
  await say('hello');
  expect(openAi.requests[0]?.headers).toMatchObject({ authorization: 'Bearer key-one', 'x-team': 'blue' });
  await set('models.providers.here', { api: 'anthropic-messages', baseUrl: anthropic.url, apiKey: 'key-two' });
  expect(await say('hello')).toMatchObject({ reply: 'pong' });
  expect(anthropic.requests[0]).toMatchObject({ path: '/v1/messages', headers: { 'x-api-key': 'key-two' } });
});

test('D models.providers.*.{endpoints,endpoints[].baseUrl,endpoints[].apiKey,endpoints[].weight} share the questions out, and one answers for another', async () => {
  const [heavy, light] = [await modelServer(), await modelServer()];
  const endpoints = [{ baseUrl: heavy.url, weight: 2, apiKey: 'key-of-heavy' }, { baseUrl: light.url }];
  const { say } = await run({
    models: { providers: { local: { api: 'openai-completions', apiKey: 'key-of-all', endpoints } } },
    agents: { defaults: { model: 'local/one' } },
  });
  for (let turn = 0; turn < 6; turn++) await say(`${turn}`);
  expect(heavy.requests.length + light.requests.length).toBe(6);
  expect(heavy.requests[0]?.headers.authorization).toBe('Bearer key-of-heavy');
  expect(light.requests[0]?.headers.authorization).toBe('Bearer key-of-all');
  await heavy.close();
  for (let turn = 0; turn < 6; turn++) expect(await say(`${turn}`)).toMatchObject({ status: 'delivered', reply: 'pong' });
});

test('D models.providers.*.circuit.{failures,openFor} say when an endpoint that fails is left alone, and for how long', async () => {
  const [bad, good] = [await modelServer(() => startOpenAi({ answer: { fault: 'status', status: 503 } })), await modelServer()];
  const endpoints = [{ baseUrl: bad.url }, { baseUrl: good.url }];
  const local = { api: 'openai-completions', endpoints, circuit: { failures: 1, openFor: '1h' } };
  const { say } = await run({ models: { providers: { local } }, agents: { defaults: { model: 'local/one' } } });
  for (let turn = 0; turn < 5; turn++) expect(await say(`${turn}`)).toMatchObject({ reply: 'pong' });
  expect(bad.requests).toHaveLength(1);
});

test('D models.providers.*.hedgeAfter asks another endpoint as well when the answer is late to begin', async () => {
  const [late, good] = [await modelServer(() => startOpenAi({ answer: { fault: 'hang' } })), await modelServer()];
  const local = { api: 'openai-completions', endpoints: [{ baseUrl: late.url }, { baseUrl: good.url }], hedgeAfter: '20ms', timeout: '1h' };
  const { say } = await run({ models: { providers: { local } }, agents: { defaults: { model: 'local/one' } } });
  expect(await say('hello')).toMatchObject({ status: 'delivered', reply: 'pong' });
  expect([late.requests.length, good.requests.length]).toEqual([1, 1]);
});

test('D agents.{defaults,entries.*}.fallbackModels stand in for a model that fails', async () => {
  const [bad, good] = [await modelServer(() => startOpenAi({ answer: { fault: 'status', status: 503 } })), await modelServer()];
  const { say } = await run({
    models: { providers: { bad: providerAt(bad), good: providerAt(good) } },
    agents: {
      defaults: { model: 'bad/one', fallbackModels: ['missing/x', 'good/two'] },
      entries: { main: {}, work: { fallbackModels: ['good/three'] } },
    },
  });
  expect(await say('hello')).toMatchObject({ reply: 'pong' });
  expect(lastAsked(good)).toMatchObject({ model: 'two' });
  expect(await say('hello', { agentId: 'work' })).toMatchObject({ reply: 'pong' });
  expect(lastAsked(good)).toMatchObject({ model: 'three' });
});

test('D models.providers.*.timeout ends the wait for a model that does not answer', async () => {
  const server = await modelServer(() => startOpenAi({ answer: { fault: 'hang' } }));
  const { say } = await run({
    models: { providers: { slow: providerAt(server, { timeout: '100ms' }) } },
    agents: { defaults: { model: 'slow/m' } },
    messages: { retry: { maxAttempts: 1 } },
  });
  expect(await say('hello')).toMatchObject({ error: { code: 'MODEL_TIMEOUT' } });
});

test('D channels.telegram.{botToken,apiRoot,enabled} connect one bot, channels.telegram.accounts.*.{botToken,apiRoot,enabled} several of channels.telegram.accounts', async () => {
  const [one, two] = await Promise.all([startTelegram({ token: '1:one' }), startTelegram({ token: '2:two' })]);
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])));
  const { api, set } = await run({ channels: { telegram: { botToken: one.token, apiRoot: one.url, dmPolicy: 'open' } } });
  one.say({ text: 'hello', fromId: 42 });
  await vi.waitFor(() => expect(one.sent).toMatchObject([{ chatId: '42', text: 'echo: hello' }]), PATIENCE);
  await set('channels.telegram', {
    dmPolicy: 'open',
    accounts: {
      first: { botToken: one.token, apiRoot: one.url, enabled: false },
      second: { botToken: two.token, apiRoot: two.url },
    },
  });
  two.say({ text: 'hello', fromId: 43 });
  await vi.waitFor(() => expect(two.sent).toMatchObject([{ chatId: '43', text: 'echo: hello' }]), PATIENCE);
  const status = async () =>
    (await api<{ channels: { account: string; enabled: boolean; connected: boolean }[] }>('/api/channels')).body.channels;
  expect(await status()).toMatchObject([
    { account: 'first', enabled: false, connected: false },
    { account: 'second', enabled: true, connected: true },
  ]);
  await set('channels.telegram.enabled', false);
  await set('channels.telegram.accounts', { second: { botToken: two.token, apiRoot: two.url } });
  await vi.waitFor(async () => expect(await status()).toMatchObject([{ account: 'second', enabled: false, connected: false }]), PATIENCE);
});

test('D channels.slack.{botToken,appToken,slackApiUrl,enabled} connect one app, channels.slack.accounts.*.{botToken,appToken,slackApiUrl,enabled} several of channels.slack.accounts', async () => {
  const [one, two] = await Promise.all([startSlack(), startSlack()]);
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])));
  const tokens = { botToken: BOT_TOKEN, appToken: APP_TOKEN };
  const { set } = await run({ channels: { slack: { ...tokens, slackApiUrl: one.url, dmPolicy: 'open' } } });
  one.say({ text: 'hello' });
  await vi.waitFor(() => expect(one.sent).toMatchObject([{ channel: 'D42', text: 'echo: hello' }]), PATIENCE);
  const accounts = { first: { slackApiUrl: one.url, enabled: false }, second: { slackApiUrl: two.url } };
  await set('channels.slack', { ...tokens, dmPolicy: 'open', accounts });
  two.say({ text: 'hello' });
  await vi.waitFor(() => expect(two.sent).toMatchObject([{ channel: 'D42', text: 'echo: hello' }]), PATIENCE);
  await vi.waitFor(() => expect(one.connections()).toBe(0), PATIENCE);
});

test('D channels.discord.{botToken,apiRoot,messageContent,enabled} connect one bot, channels.discord.accounts.*.{botToken,apiRoot,messageContent,enabled} several of channels.discord.accounts', async () => {
  const [one, two] = await Promise.all([startDiscord(), startDiscord({ messageContent: false })]);
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])));
  const { set } = await run({ channels: { discord: { botToken: DISCORD_TOKEN, apiRoot: one.url, dmPolicy: 'open' } } });
  await one.until(() => one.calls.get('identify') === 1, PATIENCE.timeout);
  one.say({ text: 'hello' });
  await vi.waitFor(() => expect(one.sent).toMatchObject([{ text: 'echo: hello' }]), PATIENCE);
  const accounts = { first: { apiRoot: one.url, enabled: false }, second: { apiRoot: two.url, messageContent: false } };
  await set('channels.discord', { botToken: DISCORD_TOKEN, dmPolicy: 'open', accounts });
  await two.until(() => two.calls.get('identify') === 1, PATIENCE.timeout);
  two.say({ text: 'hello' });
  await vi.waitFor(() => expect(two.sent).toMatchObject([{ text: 'echo: hello' }]), PATIENCE);
  await vi.waitFor(() => expect(one.connections()).toBe(0), PATIENCE);
});

test('D {channels.*,channels.*.accounts.*}.enabled and channels.*.accounts say which accounts of an extension are tried', async () => {
  const { api } = await run({ channels: { pigeon: { accounts: { a: {}, b: { enabled: false } } }, owl: { enabled: false } } });
  const { body } = await api<{ channels: { channel: string; account: string; enabled: boolean }[] }>('/api/channels');
  expect(body.channels.map(({ channel, account, enabled }) => [channel, account, enabled])).toEqual([
    ['pigeon', 'a', true],
    ['pigeon', 'b', false],
    ['owl', 'default', false],
  ]);
});

const SECRET = 'a-secret-of-the-hook';
const BODY = '{"build":{"id":7}}';

function call(gateway: RunningGateway, path: string, { secret = SECRET, skewS = 0, github = false } = {}): Promise<Response> {
  const timestamp = String(Math.floor(Date.now() / 1000) + skewS);
  const hmac = (signed: string) => `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`;
  const signed = github
    ? { 'x-hub-signature-256': hmac(BODY), 'x-github-delivery': timestamp }
    : { 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': hmac(`${timestamp}.${BODY}`) };
  return fetch(gateway.url + path, { method: 'POST', body: BODY, headers: { 'content-type': 'application/json', ...signed } });
}

test('D hooks.entries.*.{secret,signature,agentId,sessionKey,template} make a message of a call to one of hooks.entries', async () => {
  const entry = { secret: SECRET, agentId: 'work', sessionKey: 'builds', template: 'Build {{build.id}}' };
  const { gateway, api, set } = await run({ agents: { entries: { main: {}, work: {} } }, hooks: { entries: { ci: entry } } });
  const answer = await call(gateway, '/hooks/ci');
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ sessionKey: 'agent:work:builds' });
  await vi.waitFor(async () => {
    const { body } = await api<{ transcript: { text: string }[] }>('/api/sessions/agent:work:builds');
    expect(body.transcript.map(({ text }) => text)).toEqual(['Build 7', 'echo: Build 7']);
  }, PATIENCE);
  expect((await call(gateway, '/hooks/ci', { secret: 'another-secret-of-a-hook' })).status).toBe(401);
  expect((await call(gateway, '/hooks/ci', { github: true })).status).toBe(401);
  await set('hooks.entries.ci.signature', 'github');
  expect((await call(gateway, '/hooks/ci', { github: true })).status).toBe(202);
});

test('D hooks.{path,maxSkew,enabled} say where webhooks are taken, how old a call may be, and whether any is', async () => {
  const { gateway, set } = await run({ hooks: { path: '/in', maxSkew: '10s', entries: { ci: { secret: SECRET } } } });
  expect((await call(gateway, '/hooks/ci')).status).toBe(404);
  expect((await call(gateway, '/in/ci', { skewS: -60 })).status).toBe(401);
  await set('hooks.maxSkew', '5m');
  expect((await call(gateway, '/in/ci', { skewS: -60 })).status).toBe(202);
  await set('hooks.enabled', false);
  expect((await call(gateway, '/in/ci', { skewS: 1 })).status).toBe(404);
});

test('D gateway.security.networkIsolation.{enabled,blockedOutbound,allowedOutbound} decide what models and channels of the configuration are called, at once', async () => {
  const server = await modelServer();
  const telegram = await startTelegram({ token: '1:one' });
  onTestFinished(() => telegram.close());
  const { api, say, set } = await run({
    gateway: { security: { networkIsolation: { enabled: true, blockedOutbound: ['127.0.0.0/8'] } } },
    models: { providers: { local: providerAt(server) } },
    agents: { defaults: { model: 'local/one' } },
    channels: { telegram: { botToken: telegram.token, apiRoot: telegram.url } },
  });
  const refused = { code: 'EGRESS_REFUSED', message: expect.stringContaining('blocked by 127.0.0.0/8') };
  expect(await say('hello')).toMatchObject({ error: refused });
  expect(server.requests).toEqual([]);
  const summaries = async () =>
    (await api<{ rows: { summary: string }[] }>('/api/events?type=network.outbound_refused')).body.rows.map(({ summary }) => summary);
  const recorded = [server.url, telegram.url].map((url) => `Not connected to ${new URL(url).host}: blocked by 127.0.0.0/8`);
  await vi.waitFor(async () => expect(await summaries()).toEqual(expect.arrayContaining(recorded)), PATIENCE);
  const connected = async () => (await api<{ channels: { connected: boolean }[] }>('/api/channels')).body.channels[0]?.connected;
  expect(await connected()).toBe(false);
  await set('gateway.security.networkIsolation.allowedOutbound', ['127.0.0.1']);
  expect(await say('hello')).toMatchObject({ reply: 'pong' });
  await vi.waitFor(async () => expect(await connected()).toBe(true), PATIENCE);
  await set('gateway.security.networkIsolation.allowedOutbound', []);
  expect(await say('hello')).toMatchObject({ error: refused });
  await set('gateway.security.networkIsolation.enabled', false);
  expect(await say('hello')).toMatchObject({ reply: 'pong' });
});

test('D gateway.network.{host,port} are where it listens, and nowhere else', async () => {
  const probe = createServer().listen(0, '127.0.0.2');
  await once(probe, 'listening');
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  const { gateway } = await run({ gateway: { network: { host: '127.0.0.2', port: free }, logging: { level: 'fatal' } } });
  expect(gateway.url).toBe(`http://127.0.0.2:${free}`);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  const elsewhere = await new Promise<string>((resolve) => {
    const socket = connect(free, '127.0.0.1');
    socket.once('connect', () => resolve('connected')).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  expect(elsewhere).toBe('ECONNREFUSED');
});

test('D $schema is for editors: the gateway runs with it as without, and serves the schema to everybody', async () => {
  const { gateway, say } = await run({ $schema: './openclaw.schema.json' });
  expect(await say('hello')).toMatchObject({ reply: 'echo: hello' });
  const response = await fetch(`${gateway.url}/config.schema.json`);
  expect(response.headers.get('content-type')).toContain('application/schema+json');
  expect(await response.json()).toMatchObject({ title: 'Configuration of OpenClaw Gateway', additionalProperties: false });
});
