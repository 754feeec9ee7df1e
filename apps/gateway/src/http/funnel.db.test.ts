import { afterEach, expect, test } from 'vitest';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
afterEach(() => gateway[Symbol.asyncDispose]());

/** What Tailscale's proxy writes on a request. */
const by = (address: string) => ({
  'x-forwarded-for': address,
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'openclaw-gateway.tail1a2b3.ts.net',
});
const VISITOR = { ...by('203.0.113.9'), 'tailscale-funnel-request': '?1' };
const TAILNET = by('100.101.102.103');

async function start(auth: 'password' | 'none'): Promise<void> {
  gateway = await serveGateway({ gateway: { tailscale: { enabled: true, funnel: { enabled: true, auth } } } });
}
const status = async (path: string, headers: Record<string, string>, init: object = {}) =>
  (await gateway.fetch(path, { anonymous: true, headers, ...init })).status;

test('E1 gateway.tailscale.funnel.auth "password" tells a visitor from the internet nothing before signing in', async () => {
  await start('password');
  for (const path of ['/health', '/healthz', '/readyz', '/metrics', '/api/status', '/v1/models', '/trpc/overview.summary']) {
    expect(await status(path, VISITOR), path).toBe(401);
  }
  for (const path of ['/health', '/readyz']) {
    expect(await status(path, TAILNET), path).toBe(200);
    expect(await status(path, {}), path).toBe(200);
  }
  // The way in stays open.
  expect(await status('/', VISITOR)).toBe(200);
  const signedIn = await gateway.fetch('/api/sign-in/token', { anonymous: true, headers: VISITOR, json: { token: gateway.token } });
  const cookie = signedIn.headers.get('set-cookie') ?? '';
  expect(cookie).toContain('; Secure');
  expect(await status('/health', { ...VISITOR, cookie: cookie.split(';')[0] ?? '' })).toBe(200);
  expect(await status('/health', { ...VISITOR, authorization: `Bearer ${gateway.token}` })).toBe(200);
  expect(gateway.recorded.at(-1)?.event.data).toMatchObject({ client: { address: '203.0.113.9', scheme: 'https' } });
});

test('E1 gateway.tailscale.funnel.auth "none" asks visitors for no more than the gateway asks everybody', async () => {
  await start('none');
  expect(await status('/health', VISITOR)).toBe(200);
  expect(await status('/api/status', VISITOR)).toBe(401);
  expect(await status('/metrics', VISITOR)).toBe(401);
});
