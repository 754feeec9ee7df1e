/** How many requests an address may make, on real sockets. Other addresses come through a proxy on this machine. */
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

const limit = (settings?: object) => ({
  gateway: { network: { trustedProxies: ['127.0.0.1'], ...(settings && { rateLimit: settings }) } },
});

async function start(settings?: object): Promise<void> {
  gateway = await serveGateway(limit(settings));
}
afterEach(() => gateway[Symbol.asyncDispose]());

const from = (address: string) => ({ 'x-forwarded-for': address });
const me = (headers: Record<string, string> = {}) => gateway.fetch('/api/me', { headers });
async function statuses(count: number, headers: Record<string, string> = {}): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) all.push((await me(headers)).status);
  return all;
}

test('D gateway.network.rateLimit.maxRequests is what one address may ask in a window; what is over is a 429 of the usual form', async () => {
  await start({ maxRequests: 2 });
  const first = await me();
  expect([first.status, first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining')]).toEqual([200, '2', '1']);
  expect(first.headers.get('ratelimit-reset')).toBe('60');
  expect((await me()).headers.get('ratelimit-remaining')).toBe('0');
  const third = await me();
  expect(third.status).toBe(429);
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(third.headers.get('ratelimit-remaining')).toBe('0');
  expect(await third.json()).toMatchObject({
    error: { code: 'RATE_LIMITED', retryable: true, remedy: expect.any(String), details: { limit: 2, windowMs: 60_000 } },
  });
});

test('D gateway.network.rateLimit.windowMs is how long it takes until an address may ask again', async () => {
  await start({ maxRequests: 1, windowMs: 700 });
  expect(await statuses(2)).toEqual([200, 429]);
  await vi.waitFor(async () => expect((await me()).status).toBe(200), { timeout: 30_000, interval: 100 });
});

test('D gateway.network.rateLimit.statusCode is the status of what is over the limit', async () => {
  await start({ maxRequests: 1, statusCode: 503 });
  await me();
  const answer = await me();
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await answer.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
});

test('D gateway.network.rateLimit.enabled is true as soon as the block is written, false without it, and false where it says so', async () => {
  await start();
  expect((await me()).headers.get('ratelimit-limit')).toBeNull();
  gateway.change(limit({}));
  expect((await me()).headers.get('ratelimit-limit')).toBe('100');
  gateway.change(limit({ enabled: false, maxRequests: 1 }));
  expect(await statuses(3)).toEqual([200, 200, 200]);
});

test('D gateway.network.rateLimit.maxRequests holds from the moment it is changed', async () => {
  await start({ maxRequests: 1 });
  expect(await statuses(2)).toEqual([200, 429]);
  gateway.change(limit({ maxRequests: 10 }));
  expect((await me()).status).toBe(200);
});

test('one address that floods takes nothing from another, and an IPv6 network counts as one', async () => {
  await start({ maxRequests: 3 });
  expect(await statuses(5, from('203.0.113.9'))).toEqual([200, 200, 200, 429, 429]);
  expect(await statuses(3, from('203.0.113.10'))).toEqual([200, 200, 200]);
  expect(await statuses(3, from('2001:db8:1:2::1'))).toEqual([200, 200, 200]);
  expect((await me(from('2001:db8:1:2:ffff::9'))).status).toBe(429);
  expect((await me(from('2001:db8:1:3::1'))).status).toBe(200);
  expect((await me(from('::ffff:203.0.113.10'))).status).toBe(429);
});

test('pages that do not exist, wrong tokens and webhooks count too; health probes do not', async () => {
  await start({ maxRequests: 3 });
  await gateway.fetch('/nowhere', { anonymous: true });
  await gateway.fetch('/api/me', { anonymous: true });
  await gateway.fetch('/hooks/none', { anonymous: true, method: 'POST' });
  expect((await me()).status).toBe(429);
  for (const probe of ['/health', '/healthz', '/ready', '/readyz']) {
    expect((await gateway.fetch(probe, { anonymous: true })).status, probe).toBe(200);
  }
});

test('upgrades to WebSocket count, and are refused with the same status', async () => {
  await start({ maxRequests: 1 });
  const dial = () =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(gateway.url.replace('http', 'ws'));
      socket.once('open', () => {
        socket.close();
        resolve(101);
      });
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => undefined);
    });
  expect(await dial()).toBe(101);
  expect(await dial()).toBe(429);
  expect((await me()).status).toBe(429);
});
