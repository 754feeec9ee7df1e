/** Floods and bans on real sockets. Other addresses come through a proxy on this machine. */
import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

const LOOSE = { window: '1m', maxPerIp: 10_000, banDuration: '15m' };
const ddos = (settings: object = {}) => ({
  gateway: { network: { trustedProxies: ['127.0.0.1'] }, security: { ddos: { enabled: true, ...settings } } },
});
const start = async (settings?: object) => {
  gateway = await serveGateway(ddos(settings));
};
afterEach(() => gateway[Symbol.asyncDispose]());

const from = (address: string) => ({ 'x-forwarded-for': address });
const get = (path: string, address: string, headers: Record<string, string> = {}) =>
  gateway.fetch(path, { headers: { ...from(address), ...headers } });
const statuses = async (count: number, address: string, path = '/api/me') => {
  const all: number[] = [];
  for (let index = 0; index < count; index++) all.push((await get(path, address)).status);
  return all;
};
const codeOf = async (answer: Response) => ((await answer.json()) as { error?: { code: string } }).error?.code;
const A = '203.0.113.9';
const B = '203.0.113.10';

function dial(address: string, headers: Record<string, string> = {}): Promise<{ socket: WebSocket; status: number }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), { headers: { ...from(address), ...headers } });
    socket.once('open', () => resolve({ socket, status: 101 }));
    socket.once('unexpected-response', (_, response) => resolve({ socket, status: response.statusCode ?? 0 }));
    socket.on('error', () => undefined);
  });
}

// Requests and bans

test('D gateway.security.ddos.rateLimit.maxPerIp bans an address that asks more, and no other', async () => {
  await start({ rateLimit: { maxPerIp: 3 } });
  expect(await statuses(5, A)).toEqual([200, 200, 200, 403, 403]);
  const refused = await get('/api/me', A);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(890);
  expect(await refused.json()).toMatchObject({ error: { code: 'ADDRESS_BANNED', retryable: false, details: { reason: 'rate' } } });
  expect(await statuses(3, B)).toEqual([200, 200, 200]);
  expect(gateway.recorded.filter(({ event }) => event.type === 'auth.address_banned')).toMatchObject([
    { event: { data: { address: A, reason: 'rate' } }, metadata: { subject: expect.stringMatching(/^sub_/) } },
  ]);
});

test('D gateway.security.ddos.rateLimit.window is what requests are counted over', async () => {
  await start({ rateLimit: { maxPerIp: 1, window: '200ms' } });
  await get('/api/me', A);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect((await get('/api/me', A)).status).toBe(200);
});

test('D gateway.security.ddos.rateLimit.banDuration is how long a ban lasts', async () => {
  await start({ rateLimit: { maxPerIp: 1, banDuration: '300ms' } });
  expect(await statuses(2, A)).toEqual([200, 403]);
  await vi.waitFor(async () => expect((await get('/api/me', A)).status).toBe(200), { timeout: 30_000, interval: 50 });
});

test('D gateway.security.ddos.enabled turns it on and off at once; a ban stays a ban', async () => {
  gateway = await serveGateway({ gateway: { network: { trustedProxies: ['127.0.0.1'] } } });
  expect(new Set(await statuses(80, A))).toEqual(new Set([200]));
  gateway.change(ddos({ rateLimit: { maxPerIp: 1 } }));
  expect(await statuses(2, A)).toEqual([200, 403]);
  gateway.change(ddos({ enabled: false }));
  expect([(await get('/api/me', A)).status, (await get('/api/me', B)).status]).toEqual([403, 200]);
});

test('whoever is on this machine is never counted and never banned; an IPv6 network counts as one address', async () => {
  await start({ rateLimit: { maxPerIp: 2 } });
  for (let count = 0; count < 10; count++) expect((await gateway.fetch('/api/me')).status).toBe(200);
  expect(await statuses(2, '2001:db8:1:2::1')).toEqual([200, 200]);
  expect(await statuses(1, '2001:db8:1:2:ffff::9')).toEqual([403]);
  expect(await statuses(1, '2001:db8:1:3::1')).toEqual([200]);
});

test('an operator lists, makes and lifts bans; slips are refused', async () => {
  await start();
  const post = (path: string, json: object, headers = {}) => gateway.fetch(`/api/access/bans${path}`, { json, headers });
  const made = await post('', { address: A, forMs: 60_000, reason: 'tries passwords' });
  expect(await made.json()).toMatchObject({ address: A, reason: 'operator', note: 'tries passwords', until: expect.any(Number) });
  expect((await get('/healthz', A)).status).toBe(403);
  expect(await (await gateway.fetch('/api/access/bans')).json()).toMatchObject({ bans: [{ address: A }] });
  expect((await post('/remove', { address: A })).status).toBe(200);
  expect((await get('/healthz', A)).status).toBe(200);
  const again = await post('/remove', { address: A });
  expect([again.status, await codeOf(again)]).toEqual([404, 'BAN_NOT_FOUND']);
  for (const address of ['127.0.0.1', '::1', 'example.com', '203.0.113.0/24', '']) {
    expect((await post('', { address })).status, address).toBe(400);
  }
  expect((await post('', { address: B }, from(B))).status).toBe(400);
  expect((await gateway.fetch('/api/access/bans', { anonymous: true })).status).toBe(401);
  expect(gateway.recorded.map(({ event }) => event.type).filter((type) => type.startsWith('auth.address'))).toEqual([
    'auth.address_banned',
    'auth.address_unbanned',
  ]);
});

test('a ban closes the WebSockets of its address and leaves those of others', async () => {
  await start();
  const [mine, other] = [await dial(A), await dial(B)];
  const closed = new Promise((resolve) => mine.socket.once('close', resolve));
  await gateway.fetch('/api/access/bans', { json: { address: A } });
  await closed;
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
  expect((await dial(A)).status).toBe(403);
  other.socket.terminate();
});

// Connections

test('D gateway.security.ddos.connections.maxPerIp is what one client behind a proxy may have under way; others have theirs', async () => {
  await start({ connections: { maxPerIp: 2 }, rateLimit: LOOSE });
  const first = await dial(A);
  const second = await dial(A);
  expect((await dial(A)).status).toBe(429);
  const refused = await get('/api/me', A);
  expect([refused.status, refused.headers.get('retry-after'), await codeOf(refused)]).toEqual([429, '1', 'TOO_MANY_CONNECTIONS']);
  expect((await get('/api/me', B)).status).toBe(200);
  first.socket.terminate();
  await vi.waitFor(async () => expect((await get('/api/me', A)).status).toBe(200), { timeout: 30_000 });
  gateway.change(ddos({ connections: { maxPerIp: 3 }, rateLimit: LOOSE }));
  const third = await dial(A);
  expect(third.status).toBe(101);
  second.socket.terminate();
  third.socket.terminate();
});

// What is unusual

test('D gateway.security.ddos.anomalyDetection.response rate-limit gives an address that guesses a tenth, and no other less', async () => {
  await start({ rateLimit: { ...LOOSE, maxPerIp: 50 } });
  const guess = (address: string) =>
    gateway.fetch('/api/sign-in/token', { anonymous: true, headers: from(address), json: { token: 'wrong' } });
  const answers: number[] = [];
  for (let count = 0; count < 40; count++) answers.push((await guess(A)).status);
  const refused = await guess(A);
  expect(await refused.json()).toMatchObject({
    error: { code: 'TRAFFIC_UNUSUAL', retryable: true, details: { score: expect.any(Number) } },
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const heard = answers.filter((status) => status === 401).length;
  expect(heard).toBeGreaterThan(5);
  expect(heard).toBeLessThan(30);
  expect(await statuses(20, B)).toEqual(Array.from({ length: 20 }, () => 200));
});

test('D gateway.security.ddos.anomalyDetection.response block bans the address for a time', async () => {
  await start({ rateLimit: LOOSE, anomalyDetection: { response: 'block' } });
  const seen: number[] = [];
  for (let count = 0; count < 200 && seen.at(-1) !== 403; count++) seen.push((await get(`/nothing/${count}`, A)).status);
  expect(seen.at(-1)).toBe(403);
  expect(gateway.recorded.at(-1)).toMatchObject({ event: { type: 'auth.address_banned', data: { reason: 'anomaly' } } });
  expect((await get('/api/me', B)).status).toBe(200);
});

test('D gateway.security.ddos.anomalyDetection.threshold says from which score on; D gateway.security.ddos.anomalyDetection.enabled turns it off', async () => {
  const block = (settings: object) => ddos({ rateLimit: LOOSE, anomalyDetection: { response: 'block', ...settings } });
  const scan = async (address: string) => {
    for (let count = 0; count < 60; count++) if ((await get(`/nothing/${count}`, address)).status === 403) return 'banned';
    return 'served';
  };
  gateway = await serveGateway(block({ threshold: 1 }));
  expect(await scan(A)).toBe('served');
  gateway.change(block({ threshold: 0.4 }));
  expect(await scan(B)).toBe('banned');
  gateway.change(block({ threshold: 0.4, enabled: false }));
  expect(await scan('203.0.113.11')).toBe('served');
});

test('captcha shows a browser a page with a puzzle, and its solution lets that address in', async () => {
  await start({ rateLimit: LOOSE, anomalyDetection: { response: 'captcha', threshold: 0 } });
  const page = await get('/', A, { accept: 'text/html', 'accept-language': 'zh-CN' });
  const html = await page.text();
  expect([page.status, page.headers.get('cache-control')]).toEqual([403, 'no-store']);
  expect(html).toContain('lang="zh-CN"');
  const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
  expect(page.headers.get('content-security-policy')).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);

  const asked = await get('/api/me', A);
  const { code, details } = (
    (await asked.json()) as { error: { code: string; details: { challenge: string; bits: number; submitTo: string } } }
  ).error;
  expect([asked.status, code, details.submitTo]).toEqual([403, 'PROOF_REQUIRED', 'POST /api/access/proof']);
  const submit = (answer: string, address: string) =>
    gateway.fetch('/api/access/proof', { anonymous: true, headers: from(address), json: { challenge: details.challenge, answer } });
  const answer = solve(details.challenge, details.bits);
  expect(await codeOf(await submit(answer, B))).toBe('PROOF_REFUSED');
  const solved = await submit(answer, A);
  expect(solved.status).toBe(200);
  const setCookie = solved.headers.get('set-cookie') ?? '';
  expect(setCookie).toContain('HttpOnly; SameSite=Strict');
  const cookie = setCookie.split(';')[0] ?? '';
  expect((await get('/api/me', A, { cookie })).status).toBe(200);
  expect((await get('/api/me', B, { cookie })).status).toBe(403);
  expect((await dial(B)).status).toBe(403);
  const inside = await dial(A, { cookie });
  expect(inside.status).toBe(101);
  inside.socket.terminate();
});

function solve(challenge: string, bits: number): string {
  for (let answer = 0; ; answer++) {
    const hash = createHash('sha256').update(`${challenge}:${answer}`).digest();
    if (hash.readUInt32BE(0) >>> (32 - bits) === 0) return String(answer);
  }
}
