import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

beforeEach(async () => {
  gateway = await serveGateway({ gateway: { auth: { cors: { origins: ['https://desk.example', '*'] } } } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const SHUTDOWN = '/api/shutdown';

async function signIn(headers: Record<string, string> = {}): Promise<{ status: number; cookie: string }> {
  const link = (await (await gateway.fetch('/api/sign-in-links', { method: 'POST' })).json()) as { url: string; code: string };
  expect(link.url).toBe(`${gateway.url}/#c=${link.code}`);
  const answer = await gateway.fetch('/api/sign-in', { anonymous: true, json: { code: link.code }, headers });
  return { status: answer.status, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

const code = async (response: Promise<Response>) => ((await (await response).json()) as { error?: { code: string } }).error?.code;

test('B15 a link signs in once; the cookie then opens the API until it is signed out', async () => {
  const { cookie } = await signIn();
  const me = await gateway.fetch('/api/me', { anonymous: true, headers: { cookie } });
  expect(await me.json()).toMatchObject({ method: 'session', actor: { type: 'user' } });
  const signedOut = await gateway.fetch('/api/sign-out', { anonymous: true, method: 'POST', headers: { cookie } });
  expect(signedOut.headers.get('set-cookie')).toContain('Max-Age=0');
  expect((await gateway.fetch('/api/me', { anonymous: true, headers: { cookie } })).status).toBe(401);
});

test('B15 a used code and an unknown code are told apart', async () => {
  const link = (await (await gateway.fetch('/api/sign-in-links', { method: 'POST' })).json()) as { code: string };
  const redeem = (value: string) => code(gateway.fetch('/api/sign-in', { anonymous: true, json: { code: value } }));
  expect(await redeem(link.code)).toBeUndefined();
  expect(await redeem(link.code)).toBe('SIGN_IN_CODE_USED');
  expect(await redeem('never-made')).toBe('SIGN_IN_CODE_UNKNOWN');
});

test('the token signs in too; a wrong one is denied and recorded', async () => {
  const answer = await gateway.fetch('/api/sign-in/token', { anonymous: true, json: { token: gateway.token } });
  expect(answer.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Strict');
  expect(await code(gateway.fetch('/api/sign-in/token', { anonymous: true, json: { token: 'wrong' } }))).toBe('TOKEN_MISMATCH');
  expect(gateway.recorded.at(-1)?.event).toMatchObject({ type: 'auth.denied', data: { door: 'dashboard', method: 'token' } });
});

test('a page that asks whether it is signed in leaves no trace', async () => {
  expect((await gateway.fetch('/api/me', { anonymous: true })).status).toBe(401);
  expect(gateway.recorded.filter(({ event }) => event.type === 'auth.denied')).toEqual([]);
});

test('a page of another origin may neither sign in nor act with the cookie', async () => {
  const { cookie } = await signIn();
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:3000' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    expect(await code(gateway.fetch(SHUTDOWN, { anonymous: true, method: 'POST', headers: { cookie, ...headers } }))).toBe(
      'ORIGIN_NOT_ALLOWED',
    );
    expect((await signIn(headers)).status, JSON.stringify(headers)).toBe(403);
  }
  expect(gateway.shutdowns).toEqual([]);
});

test('the own page, a page that gateway.auth.cors.origins lists and a program may', async () => {
  for (const headers of [{ origin: gateway.url }, { origin: 'https://desk.example' }, { 'sec-fetch-site': 'same-origin' }, {}]) {
    const { status, cookie } = await signIn(headers);
    expect(status, JSON.stringify(headers)).toBe(200);
    const acted = await gateway.fetch('/api/gateway-token', { anonymous: true, method: 'POST', headers: { cookie, ...headers } });
    expect(acted.status).toBe(200);
  }
});

test('"*" in gateway.auth.cors.origins lets any page call with the token, never with the cookie', async () => {
  const any = await gateway.fetch('/api/me', { headers: { origin: 'https://any.example' } });
  expect(any.headers.get('access-control-allow-origin')).toBe('*');
  expect(any.headers.get('access-control-allow-credentials')).toBeNull();
  const listed = await gateway.fetch('/api/me', { headers: { origin: 'https://desk.example' } });
  expect(listed.headers.get('access-control-allow-origin')).toBe('https://desk.example');
  expect(listed.headers.get('access-control-allow-credentials')).toBe('true');
  const preflight = await gateway.fetch('/v1/chat/completions', {
    anonymous: true,
    method: 'OPTIONS',
    headers: { origin: 'https://any.example' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
});

test('B5 the token can be rotated by a signed-in page, which stays signed in', async () => {
  const { cookie } = await signIn();
  const old = gateway.token;
  const { token } = (await (
    await gateway.fetch('/api/gateway-token', { anonymous: true, method: 'POST', headers: { cookie } })
  ).json()) as { token: string };
  expect(token).not.toBe(old);
  const withOld = gateway.fetch('/api/me', { anonymous: true, headers: { authorization: `Bearer ${old}` } });
  expect(await code(withOld)).toBe('TOKEN_MISMATCH');
  expect((await gateway.fetch('/api/me', { anonymous: true, headers: { cookie } })).status).toBe(200);
});
