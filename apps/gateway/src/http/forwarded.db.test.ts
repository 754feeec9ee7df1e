import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
afterEach(() => gateway[Symbol.asyncDispose]());

const start = async (network: object) => {
  gateway = await serveGateway({ gateway: { network } });
};
const CLIENT = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
const PUBLIC = 'https://gateway.example.com';

/** A request with a Host of one's own, which fetch does not allow. */
function raw(path: string, headers: Record<string, string>, body?: object) {
  return new Promise<{ status: number; cookie: string; body: string }>((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    request(gateway.url + path, { method: body ? 'POST' : 'GET', headers: { ...type, ...headers }, agent: false }, async (response) => {
      const [cookie = ''] = response.headers['set-cookie'] ?? [];
      resolve({ status: response.statusCode ?? 0, cookie, body: await text(response) });
    })
      .on('error', reject)
      .end(body && JSON.stringify(body));
  });
}

const events = (type: string) => gateway.recorded.filter(({ event }) => event.type === type).map(({ event }) => event.data);
const lines = () => gateway.logged.map((line) => JSON.parse(line) as Record<string, unknown>);

test('C5 gateway.network.trustedProxies is empty by default: forwarded headers are ignored, and that is noted once', async () => {
  await start({});
  for (let i = 0; i < 3; i++) {
    const { cookie } = await raw('/api/sign-in/token', CLIENT, { token: gateway.token });
    expect(cookie).not.toContain('Secure');
  }
  expect(events('auth.login')).toMatchObject(Array(3).fill({ client: { address: '127.0.0.1', scheme: 'http' } }));
  const notes = lines().filter(({ msg }) => String(msg).includes('gateway.network.trustedProxies'));
  expect(notes).toMatchObject([{ peer: '127.0.0.1', headers: ['x-forwarded-for', 'x-forwarded-proto'] }]);
});

test('C5 gateway.network.trustedProxies lets the proxy say who the client is: login, denial, cookie and log', async () => {
  await start({ trustedProxies: ['127.0.0.0/8'] });
  const { cookie } = await raw('/api/sign-in/token', CLIENT, { token: gateway.token });
  expect(cookie).toMatch(/^__Host-openclaw_\w+=.*; Secure$/);
  expect(events('auth.login')).toMatchObject([{ client: { address: '203.0.113.9', scheme: 'https' } }]);
  await raw('/api/sign-in/token', { ...CLIENT, 'x-forwarded-for': '6.6.6.6, 203.0.113.10' }, { token: 'wrong' });
  expect(events('auth.denied')).toMatchObject([{ client: { address: '203.0.113.10', scheme: 'https' } }]);
  await vi.waitFor(() =>
    expect(lines()).toContainEqual(expect.objectContaining({ msg: 'request', client: '203.0.113.10', scheme: 'https' })),
  );

  const signedIn = { ...CLIENT, cookie: cookie.split(';')[0] ?? '' };
  expect((await raw('/api/me', signedIn)).status).toBe(200);
  const overHttp = { ...signedIn, 'x-forwarded-proto': 'http' };
  expect((await raw('/api/me', overHttp)).status).toBe(401);
});

test('C5 gateway.network.trustedProxies holds for WebSocket upgrades of /, too', async () => {
  await start({ trustedProxies: ['127.0.0.1'], publicUrl: 'http://gate.example' });
  const { cookie } = await raw('/api/sign-in/token', CLIENT, { token: gateway.token });
  const hello = async (headers: Record<string, string>) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), { headers });
    const client = { id: 'openclaw-control-ui', version: '1', platform: 'test', mode: 'webchat' };
    const params = { minProtocol: 4, maxProtocol: 4, client };
    socket.on('message', (data) => {
      if (String(data).includes('connect.challenge')) socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
    });
    const answer = await new Promise<{ ok: boolean }>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string; ok: boolean };
        if (frame.type === 'res') resolve(frame);
      });
    });
    socket.close();
    return answer.ok;
  };
  const origin = 'https://gate.example';
  const proxied = { ...CLIENT, 'x-forwarded-host': 'gate.example', origin, cookie: cookie.split(';')[0] ?? '' };
  expect(await hello(proxied)).toBe(true);
  expect(await hello({ ...proxied, 'x-forwarded-proto': 'http' })).toBe(false);
  expect(events('auth.denied')).toMatchObject([{ door: 'websocket', client: { address: '203.0.113.9', scheme: 'http' } }]);
});

test('C5 gateway.network.trustedProxies lets gateway.network.rateLimit count each client behind the proxy by itself', async () => {
  const rateLimit = { enabled: true, maxRequests: 2, windowMs: 60_000 };
  const from = async (address: string) => (await raw('/api/me', { 'x-forwarded-for': address })).status;
  const six = async () => {
    const statuses: number[] = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) statuses.push(await from(address), await from(address));
    return statuses;
  };
  await start({ rateLimit, trustedProxies: ['127.0.0.1'] });
  expect(await six()).toEqual([401, 401, 401, 401, 401, 401]);
  expect(await from('203.0.113.1')).toBe(429);
  await gateway[Symbol.asyncDispose]();
  // Without trust they are all the proxy.
  await start({ rateLimit });
  expect(await six()).toEqual([401, 401, 429, 429, 429, 429]);
});

test('C5 behind a proxy on this machine, trusted or not, nobody counts as being on this machine', async () => {
  for (const trustedProxies of [[], ['127.0.0.1']]) {
    await start({ trustedProxies });
    const detailed = async (headers: Record<string, string>) => (await raw('/health?detailed', headers)).body.includes('details');
    expect(await detailed({})).toBe(true);
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'])
      expect(await detailed({ [name]: '127.0.0.1' }), name).toBe(false);
    if (trustedProxies.length === 0) await gateway[Symbol.asyncDispose]();
  }
});

test('C5 gateway.network.publicUrl is a name the gateway is known by, in links, cookies and origins', async () => {
  await start({ publicUrl: `${PUBLIC}/` });
  const link = JSON.parse((await raw('/api/sign-in-links', { authorization: `Bearer ${gateway.token}` }, {})).body) as { url: string };
  expect(link.url).toMatch(/^https:\/\/gateway\.example\.com\/#c=/);

  const host = 'gateway.example.com';
  const unknown = await raw('/health', { host: 'other.example.com' });
  expect(unknown.status).toBe(403);
  expect(unknown.body).toContain('gateway.network.publicUrl');
  expect((await raw('/health', { host })).status).toBe(200);

  const { cookie } = await raw('/api/sign-in/token', { host, origin: PUBLIC }, { token: gateway.token });
  expect(cookie).toContain('; Secure');
  // A proxy that asks by another name: the page is still the gateway's own.
  expect((await raw('/api/sign-in/token', { origin: PUBLIC }, { token: gateway.token })).status).toBe(200);
  expect((await raw('/api/sign-in/token', { origin: 'https://evil.example' }, { token: gateway.token })).status).toBe(403);
});

test('C5 what is for one caller is not kept by caches on the way', async () => {
  await start({});
  const answer = await gateway.fetch('/api/status');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect((await gateway.fetch('/trpc/overview.summary')).headers.get('cache-control')).toContain('no-');
});
