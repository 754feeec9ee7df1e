/** This door on the whole gateway, used by the programs that people use. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';

const HOOK_SECRET = 'a-secret-of-the-hook';

let stateDir: string;
let gateway: RunningGateway;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const config = { hooks: { entries: { ci: { secret: HOOK_SECRET } } }, gateway: { logging: { level: 'error' } } };
  await writeFile(join(stateDir, 'openclaw.json'), JSON.stringify(config));
  gateway = await startGateway({ stateDir, configPath: join(stateDir, 'openclaw.json'), port: 0 });
});

afterAll(async () => {
  await gateway.stop('end of the test');
  await rm(stateDir, { recursive: true });
});

const client = () => new OpenAI({ apiKey: gateway.token, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

async function api(path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(gateway.url + path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('A1 A6 the official OpenAI client talks to a fresh install, streaming and not', async () => {
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const whole = await client().chat.completions.create({ model: 'openclaw/default', messages });
  expect(whole.choices[0]?.message.content).toBe('echo: hello');
  let streamed = '';
  const stream = await client().chat.completions.create({ model: 'openclaw', messages, stream: true });
  for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? '';
  expect(streamed).toBe('echo: hello');
});

test('A8 requests of one user share a session, whose transcript shows them', async () => {
  for (const content of ['first', 'second']) {
    await client().chat.completions.create({ model: 'openclaw', user: 'ann', messages: [{ role: 'user', content }] });
  }
  const { body } = await api('/api/sessions/agent:main:openai-user:ann');
  const transcript = body['transcript'] as { readonly role: string; readonly text: string }[];
  expect(transcript.map(({ role, text }) => `${role}: ${text}`)).toEqual([
    'user: first',
    'assistant: echo: first',
    'user: second',
    'assistant: echo: second',
  ]);
});

test('A1 a message over HTTP is answered, kept once per key, and its way can be read', async () => {
  const message = { from: 'ann', text: 'where is my parcel', idempotencyKey: 'parcel-1' };
  const first = await api('/api/messages?wait=10s', message);
  expect(first).toMatchObject({ status: 200, body: { status: 'delivered', reply: 'echo: where is my parcel', duplicate: false } });
  const again = await api('/api/messages?wait=10s', message);
  expect(again.body).toMatchObject({ messageId: first.body['messageId'], duplicate: true, reply: 'echo: where is my parcel' });
  expect(await api('/api/messages', { ...message, text: 'another' })).toMatchObject({ status: 409 });
  const journey = await api(`/api/messages/${first.body['messageId']}?events=1`);
  expect(journey.body).toMatchObject({ status: 'delivered', settled: true });
  const types = (journey.body['events'] as { readonly type: string }[]).map(({ type }) => type);
  expect(types.slice(0, 3)).toEqual(['message.received', 'auth.accepted', 'route.decided']);
  expect(types).toContain('message.delivered');
});

test('B16 the largest position is a bound like any other', async () => {
  const { head: _, ...newest } = (await api('/api/events?type=message.*&limit=3')).body;
  expect(await api(`/api/events?type=message.*&limit=3&before=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ status: 200, body: newest });
  for (const list of ['sessions', 'messages']) {
    const { head: _head, ...all } = (await api(`/api/${list}`)).body;
    expect(await api(`/api/${list}?before=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ status: 200, body: all });
  }
  expect(await api(`/api/events?after=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ status: 200, body: { rows: [] } });
  expect(await api(`/api/events/${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ status: 404 });
});

test('A3 a message for an agent that does not exist is refused, with its id', async () => {
  const refused = await api('/api/messages', { from: 'ann', text: 'hi', agentId: 'nobody' });
  expect(refused).toMatchObject({ status: 404, body: { error: { code: 'AGENT_NOT_FOUND', details: { messageId: expect.any(String) } } } });
});

test('A2 a signed webhook is taken once', async () => {
  const body = JSON.stringify({ text: 'build 7 is green' });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', HOOK_SECRET).update(`${timestamp}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': `sha256=${signature}` };
  const call = () => fetch(`${gateway.url}/hooks/ci`, { method: 'POST', body, headers });
  const first = await call();
  expect(first.status).toBe(202);
  const { messageId } = (await first.json()) as { messageId: string };
  const again = await call();
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ error: { code: 'WEBHOOK_REPLAYED', details: { messageId } } });
});

test('B15 the sign-in link of the gateway opens the API for a browser', async () => {
  const [address, code] = gateway.signInUrl.split('#c=');
  expect(address).toBe(`${gateway.url}/`);
  const signIn = await fetch(`${gateway.url}/api/sign-in`, {
    method: 'POST',
    body: JSON.stringify({ code }),
    headers: { 'content-type': 'application/json', origin: gateway.url },
  });
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const me = await fetch(`${gateway.url}/api/me`, { headers: { cookie } });
  expect(await me.json()).toMatchObject({ method: 'session' });
  const logins = await api('/api/events?type=auth.login');
  expect(logins.body['rows']).toHaveLength(1);
});

test('C1 C2 health and metrics tell of what happened', async () => {
  expect((await api('/health')).body).toMatchObject({ status: 'healthy', components: { agents: { active: 0, idle: 1 } } });
  expect((await api('/readyz')).body).toMatchObject({ ready: true });
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/openclaw_messages_settled_total\{channel="v1",status="delivered"\} [1-9]/);
  expect(metrics).toMatch(/openclaw_event_log_sequence [1-9]/);
  expect(metrics).toMatch(/nodejs_eventloop_lag_p99_seconds/);
});
