import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventMetadata, NewEvent, StoredEvent } from '@openclaw-gateway/events';
import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { type Access, type AccessOptions, createAccess } from './index.ts';

const OPERATOR = { type: 'service_account', id: 'gateway-token' } as const;
const BASE_URL = 'http://127.0.0.1:18789';

let stateDir: string;
let recorded: { streamId: string; event: NewEvent; metadata: EventMetadata | undefined }[];
let warnings: string[];
let config: AccessOptions['config'];
const opened: Access[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'access-'));
  recorded = [];
  warnings = [];
  configure({});
});

afterEach(async () => {
  vi.useRealTimers();
  for (const access of opened.splice(0)) await access.close();
  await rm(stateDir, { recursive: true });
});

function configure(gateway: object): void {
  const snapshot = { config: configSchema.parse({ gateway }), hash: '', path: '', exists: true, source: 'start' };
  config = { current: () => snapshot } as unknown as AccessOptions['config'];
}

async function open(options: Partial<AccessOptions> = {}): Promise<Access> {
  const access = await createAccess({
    gatewayId: 'gw_test',
    stateDir,
    config: { ...config, current: () => config.current(), onChange: () => () => undefined },
    env: {},
    record: async (streamId, event, metadata) => recorded.push({ streamId, event, metadata }),
    pseudonym: () => new Uint8Array(32),
    logger: { warn: (_, message) => warnings.push(message) },
    ...options,
  });
  opened.push(access);
  return access;
}

const types = () => recorded.map(({ event }) => event.type);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  );
const cookieOf = (setCookie: string) => setCookie.split(';')[0] ?? '';

test('B5 the first run makes a private token of 256 bits, which later runs keep', async () => {
  const token = (await open()).token();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await stat(join(stateDir, 'gateway-token'))).mode & 0o777).toBe(0o600);
  expect((await open()).token()).toBe(token);
  expect(types()).toEqual(['auth.token_issued']);
  expect(JSON.stringify(recorded)).not.toContain(token);
});

test('two processes that start at once agree on one token', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  expect(one?.token()).toBe(two?.token());
});

test('a token file that others can read is made private and a warning is logged', async () => {
  await writeFile(join(stateDir, 'gateway-token'), 'a-token-of-my-own\n');
  await chmod(join(stateDir, 'gateway-token'), 0o644);
  expect((await open()).token()).toBe('a-token-of-my-own');
  expect((await stat(join(stateDir, 'gateway-token'))).mode & 0o777).toBe(0o600);
  expect(warnings).toHaveLength(1);
});

test('the environment goes before gateway.auth.token as text, that before the file', async () => {
  configure({ auth: { token: 'from-configuration' } });
  expect((await open({ env: { OPENCLAW_GATEWAY_TOKEN: 'from-environment' } })).token()).toBe('from-environment');
  const access = await open();
  expect(access.token()).toBe('from-configuration');
  expect(await code(access.rotateToken(OPERATOR))).toBe('BAD_REQUEST');
  configure({ auth: { token: 'changed-while-running' } });
  expect(access.checkToken('changed-while-running')).toBe(true);
  expect(access.checkToken('from-configuration')).toBe(false);
});

test('gateway.auth.token.{length,expiry} hold for the token the gateway makes', async () => {
  configure({ auth: { token: { length: 48, expiry: '7d' } } });
  const access = await open();
  const first = access.token();
  expect(Buffer.from(first, 'base64url')).toHaveLength(48);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7 * 86_400_000 + 1000 });
  expect(access.checkToken(first)).toBe(false);
  expect(access.token()).not.toBe(first);
  await vi.waitFor(() => expect(types()).toEqual(['auth.token_issued', 'auth.token_revoked', 'auth.token_issued']));
  await vi.waitFor(async () => expect((await readFile(join(stateDir, 'gateway-token'), 'utf8')).trim()).toBe(access.token()));
});

test('gateway.auth.tokenExpiry ends a token whose own rules name no end', async () => {
  configure({ auth: { tokenExpiry: '1d' } });
  const access = await open();
  const first = access.token();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 - 1000 });
  expect(access.checkToken(first)).toBe(true);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 });
  expect(access.checkToken(first)).toBe(false);
});

test('B5 a rotated token opens nothing any more, and other logins end with it', async () => {
  const access = await open();
  const old = access.token();
  const mine = cookieOf((await access.signInWithToken(old)).cookie);
  const other = cookieOf((await access.signInWithToken(old)).cookie);
  const { token: fresh, ended } = await access.rotateToken(OPERATOR, { headers: { cookie: mine } });
  expect(ended).toEqual({ connections: 0, loginSessions: 1, deviceTokens: 0 });
  expect(access.checkToken(old)).toBe(false);
  expect((await readFile(join(stateDir, 'gateway-token'), 'utf8')).trim()).toBe(fresh);
  expect(await code(access.authenticate({ headers: { authorization: `Bearer ${old}` } }))).toBe('TOKEN_MISMATCH');
  expect(await access.authenticate({ headers: { cookie: mine } })).toMatchObject({ method: 'session' });
  expect(await code(access.authenticate({ headers: { cookie: other } }))).toBe('UNAUTHENTICATED');
  expect(types()).toContain('auth.session_revoked');
});

test('the token is taken from either header; a wrong one is not excused by a good cookie', async () => {
  const access = await open();
  const { cookie } = await access.signInWithToken(access.token());
  expect(await access.authenticate({ headers: { authorization: `bearer ${access.token()}` } })).toMatchObject({ method: 'token' });
  expect(await access.authenticate({ headers: { 'x-openclaw-token': access.token() } })).toMatchObject({ method: 'token' });
  expect(await code(access.authenticate({ headers: {} }))).toBe('UNAUTHENTICATED');
  expect(await code(access.authenticate({ headers: { authorization: 'Bearer wrong', cookie: cookieOf(cookie) } }))).toBe('TOKEN_MISMATCH');
});

test('B15 a sign-in link works once, within its minute, on the gateway that made it', async () => {
  const access = await open();
  const link = await access.mintSignInLink(OPERATOR, `${BASE_URL}/`);
  expect(link.url).toBe(`${BASE_URL}/#c=${link.code}`);
  const { cookie, userId } = await access.redeem(link.code);
  expect(cookie).toMatch(/^openclaw_\w{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  expect(await access.authenticate({ headers: { cookie: cookieOf(cookie) } })).toEqual({
    method: 'session',
    actor: { type: 'user', id: userId },
    roles: ['admin'],
    provedAt: expect.any(Number),
    loginSessionHash: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(await code(access.redeem(link.code))).toBe('SIGN_IN_CODE_USED');
  expect(await code((await open()).redeem(link.code))).toBe('SIGN_IN_CODE_UNKNOWN');
  const late = await access.mintSignInLink(OPERATOR, BASE_URL);
  vi.useFakeTimers({ toFake: ['Date'], now: late.expiresAt });
  expect(await code(access.redeem(late.code))).toBe('SIGN_IN_CODE_EXPIRED');
  expect(JSON.stringify(recorded)).not.toContain(link.code);
});

test('A7 B15 a sign-in link outlives the process that made it, and what was used stays used', async () => {
  const history = async function* (streamId: string) {
    const facts = recorded.filter((each) => each.streamId === streamId);
    for (const { event } of facts) yield { ...event, time: Date.now(), erased: false } as unknown as StoredEvent;
  };
  const first = await open();
  const [used, left] = [await first.mintSignInLink(OPERATOR, BASE_URL), await first.mintSignInLink(OPERATOR, BASE_URL)];
  await first.redeem(used.code);
  const next = await open({ history });
  expect(await code(next.redeem(used.code))).toBe('SIGN_IN_CODE_USED');
  expect(await code(next.redeem(left.code))).toBe('fulfilled');
  expect(await code((await open({ history })).redeem(left.code))).toBe('SIGN_IN_CODE_USED');
});

test('B15 the sign-in link of a gateway that listens on every address leads to one of them', async () => {
  const access = await open();
  for (const [everywhere, here] of [
    ['0.0.0.0', '127.0.0.1'],
    ['[::]', '[::1]'],
  ]) {
    const link = await access.mintSignInLink(OPERATOR, `http://${everywhere}:18789`);
    expect(link.url).toBe(`http://${here}:18789/#c=${link.code}`);
  }
});

test('under TLS the cookie is bound to the host and a plain one does not count', async () => {
  const access = await open();
  const socket = { encrypted: true, remoteAddress: '192.0.2.1' };
  const { cookie } = await access.signInWithToken(access.token(), { headers: {}, socket });
  expect(cookie).toMatch(/^__Host-openclaw_.*; Secure$/);
  expect(await access.authenticate({ headers: { cookie: cookieOf(cookie) }, socket })).toMatchObject({ method: 'session' });
  const plain = cookieOf(cookie).replace('__Host-', '');
  expect(await code(access.authenticate({ headers: { cookie: plain }, socket }))).toBe('UNAUTHENTICATED');
});

test('logins outlive the process; signing in again ends the former login; signing out ends it at once', async () => {
  const first = await open();
  const one = await first.signInWithToken(first.token());
  await first.close();
  const access = await open();
  const request = { headers: { cookie: cookieOf(one.cookie) } };
  expect(await access.authenticate(request)).toMatchObject({ actor: { id: one.userId } });
  const two = await access.signInWithToken(access.token(), request);
  expect(two.userId).toBe(one.userId);
  expect(await code(access.authenticate(request))).toBe('UNAUTHENTICATED');
  const again = { headers: { cookie: cookieOf(two.cookie) } };
  await access.authenticate(again);
  expect(await access.logout(again)).toMatch(/=; .*Max-Age=0$/);
  expect(await code(access.authenticate(again))).toBe('UNAUTHENTICATED');
  expect(types().filter((type) => type === 'auth.login' || type === 'auth.logout')).toEqual(['auth.login', 'auth.login', 'auth.logout']);
});

test('the database of logins holds nothing that opens the door', async () => {
  const access = await open();
  const secret = cookieOf((await access.signInWithToken(access.token())).cookie).split('=')[1] ?? '';
  await access.close();
  for (const file of ['auth.db', 'auth.db-wal']) {
    const bytes = await readFile(join(stateDir, 'state', file)).catch(() => Buffer.alloc(0));
    expect(bytes.includes(secret)).toBe(false);
  }
});

test('denials from one address become one event at once and one for the rest', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const access = await open();
  recorded = [];
  const request = { headers: { authorization: 'Bearer wrong' }, socket: { remoteAddress: '192.0.2.7' } };
  for (let attempt = 0; attempt < 50; attempt++) await code(access.authenticate(request));
  expect(recorded.map(({ event }) => event.data)).toMatchObject([{ problem: { code: 'TOKEN_MISMATCH' }, door: 'http', times: 1 }]);
  vi.advanceTimersByTime(10_000);
  expect(recorded[1]?.event.data).toMatchObject({ times: 49 });
  vi.advanceTimersByTime(60_000);
  expect(recorded).toHaveLength(2);
  // The address is only where it is sealed with a key of its own.
  for (const { event, metadata } of recorded) {
    const { client, ...open } = event.data as { client?: object };
    expect(client).toEqual({ address: '192.0.2.7', scheme: 'http' });
    expect(JSON.stringify([event.type, open, metadata])).not.toContain('192.0.2.7');
    expect(metadata?.subject).toMatch(/^sub_/);
  }
});

test('with gateway.auth.type disabled everyone is let in, but a wrong token is still wrong', async () => {
  configure({ auth: { type: 'disabled' } });
  const access = await open();
  expect(await access.authenticate({ headers: {} })).toMatchObject({ actor: { type: 'unauthenticated' } });
  expect(await code(access.authenticate({ headers: { 'x-openclaw-token': 'wrong' } }))).toBe('TOKEN_MISMATCH');
});
