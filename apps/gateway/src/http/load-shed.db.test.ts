/** What is refused while memory is short, on real sockets over a process that seems to be as large as a test says. */
import { afterEach, expect, test, vi } from 'vitest';
import { openConnection } from './testing/raw-connection.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

const LIMIT = 1024 ** 3;
const FAR = { 'x-forwarded-for': '203.0.113.9' };

let gateway: ServedGateway;

async function start(): Promise<void> {
  gateway = await serveGateway({ gateway: { limits: { memory: LIMIT }, network: { trustedProxies: ['127.0.0.1'] } } });
}
afterEach(() => gateway[Symbol.asyncDispose]());

async function use(share: number, state: string): Promise<void> {
  gateway.sample = { rss: Math.round(share * LIMIT), heapUsed: 0, heapLimit: LIMIT };
  await vi.waitFor(() => expect(gateway.parts.memory.use().state).toBe(state), { timeout: 30_000 });
}

const message = { from: 'a', text: 'x' };
const statusOf = async (path: string, init: Parameters<ServedGateway['fetch']>[1] = {}) => (await gateway.fetch(path, init)).status;
const chat = { json: { model: 'openclaw', messages: [{ role: 'user', content: 'x' }] } };

test('D gateway.limits.memory is what /health calls the limit, and from 80 % of it on it says degraded', async () => {
  await start();
  const memory = async () => ((await (await gateway.fetch('/health')).json()) as { components: { memory: object } }).components.memory;
  await use(0.256, 'normal');
  expect(await memory()).toEqual({ status: 'healthy', used: '262MB', limit: '1GB', percentage: 25.6 });
  await use(0.81, 'elevated');
  expect(await memory()).toEqual({ status: 'degraded', used: '829MB', limit: '1GB', percentage: 81 });
  gateway.change({ gateway: { limits: { memory: 2 * LIMIT } } });
  await use(0.81, 'normal');
  expect(await memory()).toMatchObject({ status: 'healthy', limit: '2GB', percentage: 40.5 });
});

test('A8 large reads are refused first, with 503, Retry-After and the reason; messages are still taken', async () => {
  await start();
  await use(0.82, 'elevated');
  const refused = await gateway.fetch('/api/events', { headers: FAR });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await refused.json()).toMatchObject({
    error: {
      code: 'OVERLOADED',
      message: 'The gateway uses 82 % of its memory of 1GB and takes no large reads until that is below 75 %.',
      details: { memory: { state: 'elevated' } },
    },
  });
  expect(await statusOf('/api/sessions?limit=5', { headers: FAR })).toBe(503);
  expect(await statusOf('/trpc/events.facets?input=%7B%22filter%22%3A%7B%7D%7D', { headers: FAR })).toBe(503);
  expect(await statusOf('/api/me', { headers: FAR })).toBe(200);
  expect(await statusOf('/trpc/frame.me', { headers: FAR })).toBe(200);
  expect(await statusOf('/api/messages', { json: message, headers: FAR })).toBe(202);
});

test('A8 then new messages are refused at every HTTP door, before their bodies are read, whoever brings them', async () => {
  await start();
  await use(0.86, 'high');
  for (const headers of [FAR, {}]) {
    expect(await statusOf('/api/messages', { json: message, headers })).toBe(503);
    expect(await statusOf('/v1/chat/completions', { ...chat, headers })).toBe(503);
    expect(await statusOf('/hooks/ci', { anonymous: true, method: 'POST', body: '{}', headers })).toBe(503);
  }
  expect(gateway.submissions).toEqual([]);
  expect(await statusOf('/api/me', { headers: FAR })).toBe(200);
});

test('A8 at last everything is refused but health probes and the command line of this machine', async () => {
  await start();
  await use(0.96, 'critical');
  for (const path of ['/', '/api/me', '/api/config', '/trpc/frame.me']) expect(await statusOf(path, { headers: FAR }), path).toBe(503);
  for (const path of ['/health', '/healthz', '/readyz']) expect(await statusOf(path, { anonymous: true, headers: FAR }), path).toBe(200);
  expect(await statusOf('/api/config', { anonymous: true })).toBe(503);
  for (const path of ['/api/config', '/api/memory', '/api/events']) expect(await statusOf(path), path).toBe(200);
  expect(await statusOf('/api/messages', { json: message })).toBe(503);
  await use(0.7, 'normal');
  expect(await statusOf('/api/messages', { json: message, headers: FAR })).toBe(202);
});

test('A8 bodies that would take too much together are refused before they are read, and taken once others are done', async () => {
  gateway = await serveGateway({ gateway: { limits: { memory: '192m' } } });
  gateway.sample = { rss: 1, heapUsed: 0, heapLimit: LIMIT };
  // Together these say that they fill the part of 192 MB that is for bodies; they are not there yet.
  const open = await Promise.all(Array.from({ length: 6 }, () => openConnection(gateway.url)));
  const size = 1024 * 1024;
  for (const { write } of open) {
    write(
      `POST /api/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${gateway.token}\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`,
    );
  }
  const bodies = () => gateway.parts.memory.holders().find(({ name }) => name === 'bodies of requests');
  await vi.waitFor(() => expect(bodies()).toMatchObject({ count: 6, bytes: 6 * size }), { timeout: 30_000 });
  const refused = await gateway.fetch('/api/messages', { json: message });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({ error: { code: 'OVERLOADED', details: { limitBytes: 6 * size } } });
  expect(await statusOf('/api/me')).toBe(200);
  for (const { end } of open) end();
  await vi.waitFor(async () => expect(await statusOf('/api/messages', { json: message })).toBe(202), { timeout: 30_000 });
});
