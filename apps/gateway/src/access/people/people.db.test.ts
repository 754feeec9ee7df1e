import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventMetadata, GatewayError, type NewEvent, type StoredEvent } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configSchema } from '../../config/schema/index.ts';
import { type Access, type AccessOptions, type AccessRequest, createAccess } from '../index.ts';

const ADMIN = { type: 'service_account', id: 'gateway-token' } as const;
const PASSWORD = 'three green kettles sing';
/** The store of logins goes by the real clock too. */
const NOW = Date.now();

let stateDir: string;
let recorded: { streamId: string; event: NewEvent; metadata: EventMetadata | undefined; time: number }[];
const opened: Access[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'people-'));
  recorded = [];
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(async () => {
  vi.useRealTimers();
  for (const access of opened.splice(0)) await access.close();
  await rm(stateDir, { recursive: true });
});

async function open(gateway: object = {}): Promise<Access> {
  const snapshot = { config: configSchema.parse({ gateway }) };
  const access = await createAccess({
    gatewayId: 'gw_test',
    stateDir,
    config: { current: () => snapshot, onChange: () => () => undefined } as unknown as AccessOptions['config'],
    env: {},
    record: async (streamId, event, metadata) => recorded.push({ streamId, event, metadata, time: Date.now() }),
    async *history(streamId) {
      const events = recorded.filter((one) => one.streamId === streamId);
      for (const [index, { event, time }] of events.entries()) yield { ...event, time, version: index + 1 } as StoredEvent;
    },
    pseudonym: () => new Uint8Array(32),
    logger: { warn: () => undefined },
  });
  opened.push(access);
  return access;
}

const from = (address: string, cookie = ''): AccessRequest => ({
  headers: { cookie, 'user-agent': 'curl/8' },
  socket: { remoteAddress: address },
});
const cookiesOf = ({ cookie, deviceCookie }: { cookie: string; deviceCookie: string }) =>
  [cookie, deviceCookie].map((line) => line.split(';')[0]).join('; ');
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  );
const types = () => recorded.map(({ event }) => event.type);

async function withAna(access: Access, password: string | undefined = PASSWORD) {
  return access.people.accounts.add({ name: 'Ana', roles: ['viewer'], email: 'ana@example.com', password }, ADMIN);
}

async function withApp(access: Access) {
  const user = await withAna(access);
  const { secret, uri } = await access.people.accounts.beginTotp(user);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await access.people.accounts.confirmTotp(user, totp.generate({ timestamp: Date.now() }), ADMIN);
  return { user, totp, uri };
}

test('a user signs in by name and password, whatever the capitals of the name, with the roles that it has', async () => {
  const access = await open();
  const user = await withAna(access);
  const signedIn = await access.people.proofs.signInWithPassword({ name: 'ANA', password: PASSWORD }, from('203.0.113.9'));
  expect(await access.authenticate(from('203.0.113.9', cookiesOf(signedIn)))).toEqual({
    method: 'session',
    actor: { type: 'user', id: user.userId },
    roles: ['viewer'],
    provedAt: NOW,
    loginSessionHash: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(types()).toEqual(['auth.token_issued', 'user.created', 'user.password_set', 'auth.login']);
});

test('who is unknown, has no password, is disabled or types a wrong one gets the same answer', async () => {
  const access = await open();
  await withAna(access);
  await access.people.accounts.add({ name: 'ben', roles: ['viewer'] }, ADMIN);
  const carl = await access.people.accounts.add({ name: 'carl', roles: ['viewer'], password: PASSWORD }, ADMIN);
  await access.people.accounts.setDisabled(carl, true, ADMIN);
  const answers = [];
  for (const [name, password] of [
    ['ana', 'three green kettles sang'],
    ['ben', PASSWORD],
    ['carl', PASSWORD],
    ['nobody', PASSWORD],
  ] as const) {
    const error = await access.people.proofs
      .signInWithPassword({ name, password }, from('203.0.113.9'))
      .catch((thrown: GatewayError) => thrown);
    answers.push(JSON.stringify((error as GatewayError).toBody()));
  }
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('SIGN_IN_REFUSED');
  const denied = recorded.filter(({ event }) => event.type === 'auth.denied').map(({ event }) => event.data as { userId?: string });
  expect(denied.map(({ userId }) => userId !== undefined)).toEqual([true, true, true, false]);
});

test('roles hold at once, without a new login; who is disabled or removed is signed out', async () => {
  const access = await open();
  const user = await withAna(access);
  const request = from('203.0.113.9', cookiesOf(await access.signInUser(user.userId, 'oauth', from('203.0.113.9'))));
  let ended = 0;
  const holdOpen = async () => access.onRevoked(await access.authenticate(request), () => ++ended > 0);
  await holdOpen();
  await access.people.accounts.setRoles(user, ['operator', 'approver'], ADMIN);
  expect(await access.identify(request)).toMatchObject({ roles: ['operator', 'approver'] });
  expect(ended).toBe(1);
  await holdOpen();
  await access.people.accounts.setDisabled(user, true, ADMIN);
  expect(await access.identify(request)).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(ended).toBe(2);
  await access.people.accounts.setDisabled(user, false, ADMIN);
  expect(await access.identify(request)).toMatchObject({ code: 'UNAUTHENTICATED' });
  await access.people.accounts.remove(user, ADMIN);
  expect(await code(access.signInUser(user.userId, 'oauth'))).toBe('SIGN_IN_REFUSED');
  expect(types().slice(-4)).toEqual(['user.disabled', 'auth.session_revoked', 'user.enabled', 'user.removed']);
});

test('users, roles and passwords outlive the process; a name is taken once, that of the owner always', async () => {
  const first = await open();
  const user = await withAna(first);
  await first.people.accounts.setRoles(user, ['auditor'], ADMIN);
  await first.close();
  const access = await open();
  expect(access.people.users.list()).toMatchObject([{ name: 'ana', roles: ['auditor'], email: 'ana@example.com', passwordSetAt: NOW }]);
  expect(await code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, undefined))).toBe('fulfilled');
  expect(await code(withAna(access))).toBe('USER_EXISTS');
  for (const [name, expected] of [
    ['owner', 'USER_EXISTS'],
    ['a b', 'BAD_REQUEST'],
    ['../x', 'BAD_REQUEST'],
  ] as const)
    expect(await code(access.people.accounts.add({ name, roles: ['viewer'] }, ADMIN))).toBe(expected);
});

test('the owner comes in by link and token, keeps the role admin and cannot be locked out by a change', async () => {
  const access = await open();
  const ana = await withAna(access);
  await access.signInUser(ana.userId, 'oauth');
  const byToken = await access.signInWithToken(access.token());
  expect(byToken.userId).not.toBe(ana.userId);
  const link = await access.mintSignInLink(ADMIN, 'http://127.0.0.1');
  expect((await access.redeem(link.code)).userId).toBe(byToken.userId);
  const owner = access.people.users.named('owner');
  expect(owner).toMatchObject({ userId: byToken.userId, roles: ['admin'], owner: true });
  const { accounts } = access.people;
  expect(await code(accounts.setRoles(owner, ['viewer'], ADMIN))).toBe('OWNER_PROTECTED');
  expect(await code(accounts.setDisabled(owner, true, ADMIN))).toBe('OWNER_PROTECTED');
  expect(await code(accounts.remove(owner, ADMIN))).toBe('OWNER_PROTECTED');
});

test('the logins of a version that knew one user are the owner’s', async () => {
  const first = await open();
  const { cookie, userId } = await first.signInWithToken(first.token());
  await first.close();
  recorded = [];
  const database = new Database(join(stateDir, 'state', 'auth.db'));
  for (const column of ['method', 'created_at', 'last_seen_at', 'proved_at', 'address', 'device'])
    database.exec(`ALTER TABLE session DROP COLUMN ${column}`);
  database.exec('ALTER TABLE user DROP COLUMN owner');
  database.prepare('UPDATE session SET expires_at = ?').run(Math.round(NOW / 1000) + 30 * 86_400);
  database.close();
  const access = await open();
  expect(await access.identify({ headers: { cookie: cookie.split(';')[0] } })).toMatchObject({ actor: { id: userId }, roles: ['admin'] });
  expect(types()).toContain('user.created');
});

test('with an authenticator app a password is not enough; a code is good once, and one step around now', async () => {
  const access = await open();
  const { totp, uri } = await withApp(access);
  expect(uri).toMatch(
    /^otpauth:\/\/totp\/OpenClaw%20Gateway:ana\?issuer=OpenClaw%20Gateway&secret=[A-Z2-7]{32}&algorithm=SHA1&digits=6&period=30$/,
  );
  const signIn = (typed?: string) =>
    code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD, code: typed }, from('203.0.113.9')));
  expect(await signIn()).toBe('TOTP_REQUIRED');
  // The code that switched it on was used by that.
  expect(await signIn(totp.generate({ timestamp: NOW }))).toBe('SIGN_IN_REFUSED');
  expect(await signIn(totp.generate({ timestamp: NOW + 30_000 }))).toBe('fulfilled');
  expect(await signIn(totp.generate({ timestamp: NOW + 30_000 }))).toBe('SIGN_IN_REFUSED');
  expect(await signIn(totp.generate({ timestamp: NOW + 90_000 }))).toBe('SIGN_IN_REFUSED');
  vi.setSystemTime(NOW + 120_000);
  expect(await signIn(totp.generate({ timestamp: NOW + 90_000 }))).toBe('fulfilled');
  expect(await signIn(totp.generate({ timestamp: NOW + 60_000 }))).toBe('SIGN_IN_REFUSED');
});

test('an app that was not confirmed changes nothing, and the one in force goes on while another is set up', async () => {
  const access = await open();
  const user = await withAna(access);
  await access.people.accounts.beginTotp(user);
  expect(await code(access.people.accounts.confirmTotp(user, '000000', ADMIN))).toBe('TOTP_CODE_WRONG');
  expect(await code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, undefined))).toBe('fulfilled');
  await access.people.accounts.remove(user, ADMIN);
  const { user: again, totp } = await withApp(access);
  await access.people.accounts.beginTotp(again);
  const typed = totp.generate({ timestamp: NOW + 30_000 });
  expect(await code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD, code: typed }, undefined))).toBe(
    'fulfilled',
  );
});

test('of 200 sign-ins at once with one code of the app exactly one is let in', async () => {
  const access = await open();
  const { user, totp } = await withApp(access);
  const typed = totp.generate({ timestamp: NOW + 30_000 });
  const device = cookiesOf(await access.signInUser(user.userId, 'link', from('203.0.113.9')));
  const outcomes = [];
  // Twenty passwords are checked or wait at a time; that is not what is looked at here.
  for (let round = 0; round < 10; round++) {
    const tries = Array.from({ length: 20 }, () => code(access.people.proofs.stepUp({ code: typed }, from('203.0.113.9', device))));
    outcomes.push(...(await Promise.all(tries)));
  }
  expect(outcomes.filter((outcome) => outcome === 'fulfilled')).toHaveLength(1);
});

test('ten recovery codes stand in for the app, each once; new ones make the old ones void', async () => {
  const access = await open();
  const { user } = await withApp(access);
  const { accounts, proofs, users } = access.people;
  const codes = await accounts.makeRecoveryCodes(users.named('ana'), ADMIN);
  expect(new Set(codes).size).toBe(10);
  for (const one of codes) expect(one.replaceAll('-', '')).toMatch(/^[0-9a-z]{26}$/);
  const signIn = (typed = '') => code(proofs.signInWithPassword({ name: 'ana', password: PASSWORD, code: typed }, from('203.0.113.9')));
  expect(await signIn(codes[0]?.toUpperCase())).toBe('fulfilled');
  expect(await signIn(codes[0])).toBe('SIGN_IN_REFUSED');
  expect(users.byId(user.userId)?.recoveryCodes).toBe(9);
  const fresh = await accounts.makeRecoveryCodes(users.named('ana'), ADMIN);
  expect(await signIn(codes[1])).toBe('SIGN_IN_REFUSED');
  expect(await signIn(fresh[9])).toBe('fulfilled');
  await accounts.resetTotp(users.named('ana'), ADMIN);
  expect(await code(proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, undefined))).toBe('fulfilled');
  expect(await code(accounts.makeRecoveryCodes(users.named('ana'), ADMIN))).toBe('BAD_REQUEST');
});

test('no password, secret, recovery code or cookie is in the log, nor any but the app’s secret in auth.db', async () => {
  const access = await open();
  const { user } = await withApp(access);
  const codes = await access.people.accounts.makeRecoveryCodes(access.people.users.named('ana'), ADMIN);
  const signedIn = await access.signInUser(user.userId, 'link', from('203.0.113.9'));
  const { secret } = await access.people.accounts.beginTotp(user);
  await code(access.people.proofs.signInWithPassword({ name: 'my-password-typed-as-name', password: PASSWORD }, from('203.0.113.9')));
  await access.close();
  const log = JSON.stringify(recorded);
  const cookie = signedIn.cookie.split(/[=;]/)[1] ?? '';
  for (const text of [
    PASSWORD,
    secret,
    cookie,
    ...codes,
    ...codes.map((one) => one.replaceAll('-', '')),
    'argon2',
    'my-password-typed-as-name',
  ]) {
    expect(log).not.toContain(text);
  }
  for (const file of await readdir(join(stateDir, 'state'))) {
    const bytes = await readFile(join(stateDir, 'state', file));
    for (const text of [PASSWORD, cookie, ...codes, ...codes.map((one) => one.replaceAll('-', ''))])
      expect(bytes.includes(text)).toBe(false);
  }
  const database = new Database(join(stateDir, 'state', 'auth.db'), { readonly: true });
  expect(database.prepare('SELECT hash FROM password').pluck().get()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  database.close();
});

test('whoever guesses has to wait, and neither a known browser nor another network waits with him', async () => {
  const access = await open();
  const user = await withAna(access);
  const known = cookiesOf(await access.signInUser(user.userId, 'link', from('198.51.100.7'))).split('; ')[1] ?? '';
  const guess = (address: string, cookie = '') =>
    code(access.people.proofs.signInWithPassword({ name: 'ana', password: 'wrong password here' }, from(address, cookie)));
  const outcomes = [];
  for (let attempt = 0; attempt < 8; attempt++) outcomes.push(await guess('203.0.113.9'));
  expect(outcomes).toEqual([...Array(5).fill('SIGN_IN_REFUSED'), ...Array(3).fill('SIGN_IN_DELAYED')]);
  const right = (address: string, cookie = '') =>
    code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, from(address, cookie)));
  expect(await right('203.0.113.200')).toBe('SIGN_IN_DELAYED');
  expect(await right('203.0.113.200', known)).toBe('fulfilled');
  expect(await right('192.0.2.1')).toBe('fulfilled');
  vi.setSystemTime(NOW + 1000);
  expect(await right('203.0.113.9')).toBe('fulfilled');
  expect(await code(access.people.proofs.signInWithPassword({ name: 'nobody', password: PASSWORD }, from('203.0.113.9')))).toBe(
    'SIGN_IN_REFUSED',
  );
  expect(recorded.filter(({ event }) => event.type === 'auth.denied').length).toBeLessThan(4);
});

test('a proof is fresh for five minutes and is renewed by password, code, own link or, for the owner, the gateway token', async () => {
  const access = await open();
  const { user, totp } = await withApp(access);
  const { proofs } = access.people;
  let request = from('203.0.113.9', cookiesOf(await access.signInUser(user.userId, 'link', from('203.0.113.9'))));
  const before = await access.identify(request);
  vi.setSystemTime(NOW + 400_000);
  expect(await code(proofs.stepUp({ password: 'not my password' }, request))).toBe('SIGN_IN_REFUSED');
  expect(await code(proofs.stepUp({ token: access.token() }, request))).toBe('TOKEN_MISMATCH');
  const foreign = await access.mintSignInLink(ADMIN, 'http://127.0.0.1');
  expect(await code(proofs.stepUp({ signInCode: foreign.code }, request))).toBe('SIGN_IN_REFUSED');
  expect(await access.identify(request)).toMatchObject({ provedAt: NOW });
  for (const proof of [
    { password: PASSWORD },
    { code: totp.generate({ timestamp: NOW + 400_000 }) },
    { signInCode: (await access.mintSignInLink(ADMIN, 'http://127.0.0.1', { userId: user.userId, lifetimeMs: 1000 })).code },
  ]) {
    const old = request;
    request = from('203.0.113.9', cookiesOf(await proofs.stepUp(proof, request)));
    expect(await access.identify(request)).toMatchObject({ provedAt: NOW + 400_000 });
    expect(await access.identify(old)).toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  expect(before).toMatchObject({ provedAt: NOW });
  const owner = from('203.0.113.9', cookiesOf(await access.signInWithToken(access.token())));
  expect(await code(proofs.stepUp({ token: access.token() }, owner))).toBe('fulfilled');
  expect(types()).toContain('auth.proved');
  expect(await code(proofs.stepUp({ password: PASSWORD }, from('203.0.113.9')))).toBe('UNAUTHENTICATED');
});

test('somebody whom a provider signed in is one user for good, found by issuer and subject and never by e-mail', async () => {
  const access = await open();
  await withAna(access);
  const { users } = access.people;
  const person = { issuer: 'https://id.example', subject: '42', email: 'Eve@example.com', emailVerified: true, roles: ['viewer'] } as const;
  const eve = await users.findOrCreateExternal(person);
  expect(eve).toMatchObject({ name: 'eve@example.com', roles: ['viewer'], email: 'Eve@example.com', external: { subject: '42' } });
  expect((await users.findOrCreateExternal({ ...person, email: 'new@example.com', roles: ['admin'] })).userId).toBe(eve.userId);
  const impostor = await users.findOrCreateExternal({ ...person, issuer: 'https://evil.example', email: 'ana@example.com' });
  expect(impostor.userId).not.toBe(users.named('ana').userId);
  const unverified = await users.findOrCreateExternal({ ...person, subject: 'Owner', email: 'owner', emailVerified: false });
  expect(unverified).toMatchObject({ name: 'owner-2' });
  const both = await Promise.all([1, 2].map(() => users.findOrCreateExternal({ ...person, subject: 'same' })));
  expect(both[0]?.userId).toBe(both[1]?.userId);
});

test('a new password ends the other logins of the user, and those browsers are no longer known', async () => {
  const access = await open();
  const user = await withAna(access);
  const mine = from('203.0.113.9', cookiesOf(await access.signInUser(user.userId, 'link', from('203.0.113.9'))));
  const other = from('203.0.113.9', cookiesOf(await access.signInUser(user.userId, 'link', from('203.0.113.9'))));
  vi.setSystemTime(NOW + 1000);
  await access.people.accounts.setPassword(user, 'seven blue kettles hum', ADMIN, mine);
  expect(await access.identify(mine)).toMatchObject({ method: 'session' });
  expect(await access.identify(other)).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await access.people.sessions.deviceOf(other, access.people.users.byId(user.userId))).toBeUndefined();
  expect(await code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, undefined))).toBe('SIGN_IN_REFUSED');
  expect(await code(access.people.accounts.setPassword(user, 'ana-password', ADMIN))).toBe('PASSWORD_REFUSED');
  await access.people.accounts.clearPassword(user, ADMIN);
  expect(await access.identify(mine)).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('more passwords at once than can be checked are refused, and nobody is shut out by that', async () => {
  const access = await open();
  await withAna(access);
  const tries = Array.from({ length: 60 }, (_, index) =>
    code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, from(`10.0.${index}.1`))),
  );
  const outcomes = await Promise.all(tries);
  expect(outcomes.filter((outcome) => outcome === 'OVERLOADED').length).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome === 'fulfilled').length).toBeGreaterThan(10);
  expect(await code(access.people.proofs.signInWithPassword({ name: 'ana', password: PASSWORD }, from('192.0.2.1')))).toBe('fulfilled');
});
