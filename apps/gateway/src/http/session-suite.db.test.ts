/** What is asked of login sessions (ASVS 5.0 V3 and V7), against the real door. The parts have tests of their own in access/people. */
import { mkdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSignInCodes } from '../access/sign-in-codes.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

const PASSWORD = 'three green kettles sing';
const HOUR = 3_600_000;
const CONFIG = { gateway: { network: { trustedProxies: ['127.0.0.1'], rateLimit: { enabled: false } } } };

let gateway: ServedGateway;

beforeEach(async () => {
  gateway = await serveGateway(CONFIG);
});
afterEach(async () => {
  vi.useRealTimers();
  await gateway[Symbol.asyncDispose]();
});

type Browser = { cookie: string; readonly lines: readonly string[] };

const errorOf = async (response: Response) => ((await response.json()) as { error?: { code: string } }).error?.code;
const asProgram = async (path: string, json: object = {}) =>
  (await gateway.fetch(path, { json })).json() as Promise<Record<string, unknown>>;

async function browserOf(response: Response): Promise<Browser> {
  expect(response.status, await response.clone().text()).toBe(200);
  const lines = response.headers.getSetCookie();
  return { lines, cookie: lines.map((line) => line.split(';')[0]).join('; ') };
}

const call = (browser: Pick<Browser, 'cookie'>, path: string, json?: object, headers: Record<string, string> = {}) =>
  gateway.fetch(path, { anonymous: true, headers: { cookie: browser.cookie, ...headers }, ...(json && { json }) });

const status = async (browser: Pick<Browser, 'cookie'>) => (await call(browser, '/api/me')).status;

async function addUser(name = 'ana', roles: readonly string[] = ['admin']): Promise<void> {
  const response = await gateway.fetch('/api/access/users', { json: { name, roles, password: PASSWORD } });
  expect(response.status).toBe(201);
}

const typePassword = (extra: object = {}, headers: Record<string, string> = {}) =>
  gateway.fetch('/api/sign-in/password', { anonymous: true, json: { user: 'ana', password: PASSWORD, ...extra }, headers });

async function signIn(headers: Record<string, string> = {}): Promise<Browser> {
  return browserOf(await typePassword({}, headers));
}

async function openLink(cookie = ''): Promise<Browser> {
  const { code } = await asProgram('/api/sign-in-links');
  return browserOf(await gateway.fetch('/api/sign-in', { anonymous: true, json: { code }, headers: { cookie } }));
}

/** The share of ones at each place of random texts. */
function shareOfOnes(texts: readonly string[]): number[] {
  const bytes = texts.map((text) => Buffer.from(text, 'base64url'));
  const places = (bytes[0]?.length ?? 0) * 8;
  return Array.from({ length: places }, (_, place) => {
    const ones = bytes.filter((text) => ((text[place >> 3] ?? 0) >> (place & 7)) & 1).length;
    return ones / texts.length;
  });
}

const ACTOR = { type: 'system', id: 'test' } as const;
const NOWHERE = { record: async () => undefined, history: async function* () {} };

describe('T18 secrets', () => {
  test('T18 a login has 256 random bits and the code of a link 128: every one of them varies, and none comes twice', async () => {
    const logins: string[] = [];
    const secretOf = ({ lines }: Browser) => /=([\w-]{43});/.exec(lines[0] ?? '')?.[1] ?? '';
    for (let round = 0; round < 60; round++) logins.push(secretOf(await openLink()));
    const codes = await createSignInCodes(NOWHERE);
    const minted = (await Promise.all(Array.from({ length: 4000 }, () => codes.mint(ACTOR, 0)))).map(({ code }) => code);
    for (const [texts, bits, tolerance] of [
      [logins, 256, 0.45],
      [minted, 128, 0.1],
    ] as const) {
      expect(new Set(texts).size).toBe(texts.length);
      const shares = shareOfOnes(texts);
      expect(shares).toHaveLength(bits);
      for (const share of shares) expect(Math.abs(share - 0.5)).toBeLessThan(tolerance);
    }
  });
});

describe('T18 the life of a login', () => {
  test('T18 each sign-in and each new proof changes the secret, and the former one is good for nothing', async () => {
    await addUser();
    const first = await openLink();
    const second = await browserOf(await typePassword({}, { cookie: first.cookie }));
    const third = await browserOf(await call(second, '/auth/step-up', { password: PASSWORD }));
    expect(new Set([first, second, third].map(({ cookie }) => cookie)).size).toBe(3);
    expect([await status(first), await status(second), await status(third)]).toEqual([401, 401, 200]);
  });

  test('T18 a secret that somebody put into the browser before is never taken over', async () => {
    const { lines } = await openLink();
    const name = lines[0]?.split('=')[0] ?? '';
    const planted = { cookie: `${name}=${'A'.repeat(43)}` };
    const browser = await openLink(planted.cookie);
    expect(browser.cookie).not.toContain('A'.repeat(43));
    expect([await status(planted), await status(browser)]).toEqual([401, 200]);
  });

  test('T18 D gateway.auth.sessions.idleTimeout ends a login that is not used, at once when it is changed', async () => {
    const idle = (idleTimeout: string) => gateway.change({ gateway: { ...CONFIG.gateway, auth: { sessions: { idleTimeout } } } });
    idle('2h');
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    const [used, left] = [await openLink(), await openLink()];
    for (let hour = 1; hour <= 4; hour++) {
      vi.setSystemTime(start + hour * HOUR);
      expect(await status(used)).toBe(200);
    }
    expect(await status(left)).toBe(401);
    idle('3h');
    vi.setSystemTime(start + 6.5 * HOUR);
    expect(await status(used)).toBe(200);
    idle('1h');
    vi.setSystemTime(start + 7.6 * HOUR);
    expect(await status(used)).toBe(401);
  });

  test('T18 D gateway.auth.sessions.absoluteTimeout ends a login however much it is used, and a new proof does not lengthen it', async () => {
    await addUser();
    gateway.change({ gateway: { ...CONFIG.gateway, auth: { sessions: { absoluteTimeout: '3h' } } } });
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    let browser = await signIn();
    for (let half = 1; half < 6; half++) {
      vi.setSystemTime(start + (half * HOUR) / 2);
      browser = await browserOf(await call(browser, '/auth/step-up', { password: PASSWORD }));
    }
    expect(await status(browser)).toBe(200);
    vi.setSystemTime(start + 3 * HOUR);
    expect(await status(browser)).toBe(401);
  });

  test('T18 one login, the others, or all can be ended, and end at once', async () => {
    await addUser();
    const [mine, second, third] = [
      await signIn({ 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0' }),
      await signIn(),
      await signIn(),
    ];
    type Logins = { logins: { id: string; current: boolean; device: string; user: string; address: string }[] };
    const { logins } = (await (await call(mine, '/api/me/logins')).json()) as Logins;
    expect(logins).toHaveLength(3);
    expect(logins.find(({ current }) => current)).toMatchObject({
      user: 'ana',
      device: 'Firefox on Linux',
      address: '127.0.0.1',
      method: 'password',
    });
    const { logins: seen } = (await (await call(second, '/api/me/logins')).json()) as Logins;
    const ofSecond = seen.find(({ current }) => current)?.id.slice(0, 10);
    expect(await (await call(mine, '/api/me/logins/revoke', { id: ofSecond })).json()).toEqual({ ended: 1 });
    expect([await status(mine), await status(second), await status(third)]).toEqual([200, 401, 200]);
    expect(await (await call(mine, '/api/me/logins/revoke', { others: true })).json()).toEqual({ ended: 1 });
    expect([await status(mine), await status(third)]).toEqual([200, 401]);
    const owner = await openLink();
    expect(await asProgram('/api/access/logins/revoke', { all: true, user: 'ana' })).toEqual({ ended: 1 });
    expect([await status(mine), await status(owner)]).toEqual([401, 200]);
    expect(await asProgram('/api/access/logins/revoke', { all: true })).toEqual({ ended: 1 });
    expect(await status(owner)).toBe(401);
    expect(await errorOf(await gateway.fetch('/api/access/logins/revoke', { json: { id: 'abc' } }))).toBe('LOGIN_NOT_FOUND');
  });

  test('T18 nobody ends or sees the logins of somebody else by the own account', async () => {
    await addUser();
    const [ana, owner] = [await signIn(), await openLink()];
    const { logins } = (await (await call(owner, '/api/me/logins')).json()) as { logins: { id: string }[] };
    expect(logins).toHaveLength(1);
    expect(await errorOf(await call(ana, '/api/me/logins/revoke', { id: logins[0]?.id }))).toBe('LOGIN_NOT_FOUND');
    expect(await status(owner)).toBe(200);
  });
});

describe('T18 codes that work once', () => {
  test('T18 of 1,000 browsers that use one link at once exactly one is signed in', async () => {
    const { code } = (await asProgram('/api/sign-in-links')) as { code: string };
    const tries = Array.from({ length: 1000 }, () =>
      gateway.parts.access.redeem(code).then(
        () => 'signed in',
        (error: { code: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome === 'signed in')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'SIGN_IN_CODE_USED')).toHaveLength(999);
  });

  test('T18 over HTTP it is the same, and each of 1,000 links signs in once', async () => {
    const { code } = await asProgram('/api/sign-in-links');
    const tries = Array.from({ length: 40 }, () => gateway.fetch('/api/sign-in', { anonymous: true, json: { code } }));
    expect((await Promise.all(tries)).filter(({ status: answered }) => answered === 200)).toHaveLength(1);
    const codes = await createSignInCodes(NOWHERE);
    for (let round = 0; round < 1000; round++) {
      const { code: one } = await codes.mint(ACTOR, 0);
      await codes.redeem(one, 1);
      await expect(codes.redeem(one, 1)).rejects.toMatchObject({ code: 'SIGN_IN_CODE_USED' });
    }
  });

  test('a link signs in the user whom it was made for, as long as it says, and not once that user is disabled', async () => {
    await addUser('ana', ['viewer']);
    const link = () => asProgram('/api/access/users/ana/sign-in-link', { lifetimeMs: 600_000 });
    const { code, expiresAt } = (await link()) as { code: string; expiresAt: number };
    expect(Math.abs(expiresAt - Date.now() - 600_000)).toBeLessThan(60_000);
    const browser = await browserOf(await gateway.fetch('/api/sign-in', { anonymous: true, json: { code } }));
    expect(await (await call(browser, '/api/me')).json()).toMatchObject({ user: 'ana', roles: ['viewer'] });
    const { code: late } = await link();
    await asProgram('/api/access/users/ana/disable');
    expect(await errorOf(await gateway.fetch('/api/sign-in', { anonymous: true, json: { code: late } }))).toBe('SIGN_IN_REFUSED');
  });

  test('who is signed in makes links for the own account only, and only with a fresh proof', async () => {
    await addUser('ana', ['viewer']);
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    const browser = await signIn();
    const { code } = (await (await call(browser, '/api/sign-in-links', {})).json()) as { code: string };
    const second = await browserOf(await gateway.fetch('/api/sign-in', { anonymous: true, json: { code } }));
    expect(await (await call(second, '/api/me')).json()).toMatchObject({ user: 'ana', roles: ['viewer'] });
    vi.setSystemTime(start + 300_000);
    expect(await errorOf(await call(browser, '/api/sign-in-links', {}))).toBe('STEP_UP_REQUIRED');
  });
});

describe('T18 what is grave needs a fresh proof', () => {
  const GRAVE = [
    ['/api/access/users', { name: 'eve', roles: ['admin'] }],
    ['/api/access/users/ana/roles', { roles: ['viewer'] }],
    ['/api/access/users/ana/disable', {}],
    ['/api/access/users/ana/enable', {}],
    ['/api/access/users/ana/remove', {}],
    ['/api/access/users/ana/password', { password: 'seven blue kettles hum' }],
    ['/api/access/users/ana/sign-in-link', {}],
    ['/api/access/users/ana/totp', {}],
    ['/api/access/users/ana/totp/confirm', { code: '000000' }],
    ['/api/access/users/ana/totp/reset', {}],
    ['/api/access/logins/revoke', { all: true }],
    ['/api/gateway-token', {}],
    ['/api/sign-in-links', {}],
    ['/api/exports', { mask: 'none' }],
    ['/api/me/totp', {}],
    ['/api/me/totp/confirm', { code: '000000' }],
    ['/api/me/totp/remove', {}],
  ] as const;

  test('T18 five minutes after the last one a login is asked for it, and nothing is done before', async () => {
    await addUser();
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    const browser = await signIn();
    vi.setSystemTime(start + 300_000);
    const before = gateway.recorded.length;
    for (const [path, body] of GRAVE) expect(await errorOf(await call(browser, path, body)), path).toBe('STEP_UP_REQUIRED');
    expect(gateway.recorded.slice(before).filter(({ event }) => event.type !== 'auth.forbidden')).toEqual([]);
    const proved = await browserOf(await call(browser, '/auth/step-up', { password: PASSWORD }));
    expect((await call(proved, '/api/access/users/ana/roles', { roles: ['viewer'] })).status).toBe(200);
  });

  test('a program, which proves it with each call, is not asked; recovery codes are for programs only', async () => {
    await addUser();
    expect((await gateway.fetch('/api/access/users/ana/roles', { json: { roles: ['viewer'] } })).status).toBe(200);
    const browser = await signIn();
    expect(await errorOf(await call(browser, '/api/access/users/ana/recovery-codes', {}))).toBe('FORBIDDEN');
  });

  test('the own password is changed by typing it; the secret of a stolen login is not enough', async () => {
    await addUser();
    const browser = await signIn();
    const change = (current?: string) =>
      call(browser, '/api/me/password', { ...(current && { current }), password: 'seven blue kettles hum' });
    const refused = await change();
    expect([refused.status, await errorOf(refused)]).toEqual([403, 'SIGN_IN_REFUSED']);
    expect((await change(PASSWORD)).status).toBe(200);
    expect(await errorOf(await typePassword())).toBe('SIGN_IN_REFUSED');
  });
});

describe('T18 other pages', () => {
  const ELSEWHERE = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];

  test('T18 CSRF: no page of another origin signs in, proves, or does anything with the cookie', async () => {
    await addUser();
    const browser = await signIn();
    const before = gateway.recorded.filter(({ event }) => event.type !== 'auth.denied').length;
    for (const headers of ELSEWHERE) {
      const where = JSON.stringify(headers);
      expect(await errorOf(await typePassword({}, headers as never)), where).toBe('ORIGIN_NOT_ALLOWED');
      for (const [path, body] of [
        ['/auth/step-up', { password: PASSWORD }],
        ['/api/access/users', { name: 'eve', roles: ['admin'] }],
        ['/api/me/logins/revoke', { others: true }],
        ['/api/sign-out', {}],
      ] as const)
        expect(await errorOf(await call(browser, path, body, headers as never)), `${path} ${where}`).toBe('ORIGIN_NOT_ALLOWED');
    }
    expect(gateway.recorded.filter(({ event }) => event.type !== 'auth.denied')).toHaveLength(before);
    expect(await status(browser)).toBe(200);
  });

  test('T18 DNS rebinding: a name that is not the gateway’s own is answered 403, with the cookie or without', async () => {
    const { cookie } = await openLink();
    const port = Number(new URL(gateway.url).port);
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { host, cookie, origin: `http://${host}` };
        httpRequest({ host: '127.0.0.1', port, path: '/api/me', headers }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await ask(`evil.example:${port}`)).toBe(403);
    expect(await ask(`127.0.0.1.evil.example:${port}`)).toBe(403);
    expect(await ask(`127.0.0.1:${port}`)).toBe(200);
  });
});

describe('T18 what browsers are told', () => {
  test('T18 cookies are HttpOnly and SameSite=Strict for the whole host; under TLS they are __Host- and Secure', async () => {
    const plain = await openLink();
    const { code } = await asProgram('/api/sign-in-links');
    const overTls = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' };
    const secure = await browserOf(await gateway.fetch('/api/sign-in', { anonymous: true, json: { code }, headers: overTls }));
    expect(plain.lines).toHaveLength(2);
    for (const line of [...plain.lines, ...secure.lines]) {
      expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+(; Secure)?$/);
      expect(line).not.toMatch(/domain/i);
    }
    for (const line of secure.lines) expect(line).toMatch(/^__Host-openclaw_\w+=.*; Secure$/);
    expect((await call(secure, '/api/me', undefined, overTls)).status).toBe(200);
    // Another host of the same site could have set one without the prefix.
    expect((await call({ cookie: secure.cookie.replaceAll('__Host-', '') }, '/api/me', undefined, overTls)).status).toBe(401);
  });

  test('T18 the policy of a page lets only its own files and inline scripts run, and nobody frame it', async () => {
    const directory = join(gateway.stateDir, 'dashboard', 'sign-in');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'index.html'), '<!doctype html><script>start()</script><script src="/a.js"></script>');
    const page = await gateway.fetch('/sign-in/', { anonymous: true });
    const policy = Object.fromEntries(
      (page.headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((rule) => [rule.split(' ', 1)[0], rule.split(' ').slice(1).join(' ')]),
    );
    expect(policy['script-src']).toMatch(/^'self' 'sha256-[\w+/]{43}='$/);
    expect(policy).toMatchObject({
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'form-action': "'self'",
      'connect-src': "'self'",
    });
    const scripts = [policy['default-src'], policy['script-src']].join(' ');
    for (const loose of ["'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", '*', 'http:', 'https:', 'data:'])
      expect(scripts).not.toContain(loose);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect((await gateway.fetch('/api/me')).headers.get('set-cookie')).toBeNull();
  });
});
