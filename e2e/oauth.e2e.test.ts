import { afterEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { Browser } from '../apps/gateway/src/http/testing/browser.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { startIdentityProvider } from './stand-ins/identity-provider.ts';

const SECRET = 'a secret of more than thirty-two bytes, for tests';
const EMAIL = 'ann.of.the.harbour@example.com';

const cleanups: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of cleanups.splice(0).reverse()) await part[Symbol.asyncDispose]();
});

async function set(gateway: GatewayProcess, path: string, value: unknown): Promise<void> {
  const { code, stdout, stderr } = await gateway.command([
    'config',
    'set',
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  expect(code, stdout + stderr).toBe(0);
}

/** Connects as the protocol wants it, with a token; resolves with what becomes of the socket. */
async function connect(gateway: GatewayProcess, token: string) {
  const socket = new WebSocket(gateway.url().replace('http', 'ws'));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const answered = new Promise<{ ok: boolean }>((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; event?: string; ok?: boolean };
      if (frame.event === 'connect.challenge') {
        const client = { id: 'gateway-client', version: '1', platform: 'linux', mode: 'backend' };
        const params = { minProtocol: 1, maxProtocol: 99, client, role: 'operator', auth: { token } };
        socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
      }
      if (frame.type === 'res') resolve({ ok: frame.ok === true });
    });
  });
  return { closed, answer: await Promise.race([answered, closed.then(() => ({ ok: false }))]) };
}

test('D gateway.auth.type oauth on the real thing: switched on while it runs, signed in, a program with a token, and all of it over at once', async () => {
  const gateway = await startGateway();
  cleanups.push(gateway);
  const redirectUri = `${gateway.url()}/auth/callback`;
  const idp = await startIdentityProvider({ redirectUri });
  cleanups.push(idp);
  idp.account = { sub: 'ann-1', email: EMAIL, email_verified: true };
  await set(gateway, 'gateway.auth.oauth', {
    provider: 'keycloak',
    issuer: idp.issuer,
    clientId: idp.clientId,
    clientSecret: idp.clientSecret,
    redirectUri,
    allowedEmails: [EMAIL],
    roles: [{ emails: [EMAIL], role: 'admin' }],
    jwt: { secret: SECRET },
  });
  const browser = new Browser();
  expect((await browser.get(`${gateway.url()}/auth/login`)).status).toBe(404);
  await set(gateway, 'gateway.auth.type', 'oauth');

  await browser.visit(`${gateway.url()}/auth/login`);
  const cookie = browser.cookies(gateway.url());
  const asUser = (path: string, init: RequestInit = {}) => fetch(gateway.url() + path, { ...init, headers: { cookie } });
  expect(await (await asUser('/api/me')).json()).toMatchObject({ method: 'session', roles: ['admin'], user: EMAIL });
  const { access_token: token } = (await (await asUser('/auth/token', { method: 'POST' })).json()) as { access_token: string };
  const asProgram = () => fetch(`${gateway.url()}/api/status`, { headers: { authorization: `Bearer ${token}` } });
  expect((await asProgram()).status).toBe(200);
  const socket = await connect(gateway, token);
  expect(socket.answer).toEqual({ ok: true });

  const metrics = await (await gateway.request('/metrics')).text();
  expect(metrics).toContain('openclaw_auth_attempts_total{method="oauth",result="accepted"} 1');
  const { code } = await gateway.command(['users', 'disable', EMAIL]);
  expect(code).toBe(0);
  expect(await socket.closed).toBe(1008);
  expect((await asProgram()).status).toBe(401);
  expect((await asUser('/api/me')).status).toBe(401);
  expect((await new Browser().visit(`${gateway.url()}/auth/login`)).response.status).toBe(403);
  expect((await connect(gateway, token)).answer).toEqual({ ok: false });

  const shown = await gateway.command(['events', 'list', '--type', 'auth.denied', '--json']);
  expect(shown.stdout).toContain('IDENTITY_NOT_ALLOWED');
  for (const secret of [SECRET, idp.clientSecret, token]) expect(gateway.output() + shown.stdout).not.toContain(secret);
  expect(gateway.output()).not.toContain(EMAIL);
});
