import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../../../../../e2e/stand-ins/identity-provider.ts';
import { Browser } from '../../http/testing/browser.ts';
import { type ServedGateway, serveGateway } from '../../http/testing/served-gateway.ts';
import { requireFreshProof } from '../people/index.ts';

const SECRET = 'a secret of more than thirty-two bytes, for tests';
const ANN = { sub: 'ann-1', email: 'ann@example.com', email_verified: true, name: 'Ann', groups: ['ops'] };

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part[Symbol.asyncDispose]();
});

type OAuth = Record<string, unknown>;

/** A gateway on a port that the provider knows, and the provider. */
async function start(oauth: OAuth = {}, options: Partial<IdentityProviderOptions> = {}) {
  const gateway = await serveGateway();
  open.push(gateway);
  const idp = await startIdentityProvider({ redirectUri: `${gateway.url}/auth/callback`, ...options });
  open.push(idp);
  idp.account = ANN;
  const configure = (more: OAuth = {}) =>
    gateway.change({ gateway: { auth: { type: 'oauth', oauth: { ...settingsFor(gateway, idp), ...oauth, ...more } } } });
  configure();
  return { gateway, idp, configure, browser: new Browser() };
}

function settingsFor(gateway: ServedGateway, idp: IdentityProvider): OAuth {
  return {
    provider: 'keycloak',
    issuer: idp.issuer,
    clientId: idp.clientId,
    clientSecret: idp.clientSecret,
    redirectUri: `${gateway.url}/auth/callback`,
    scopes: ['openid', 'email', 'groups'],
    allowedDomains: ['example.com'],
    jwt: { secret: SECRET },
  };
}

const isCallback = (url: string) => new URL(url).pathname === '/auth/callback';
const me = async (gateway: ServedGateway, headers: Record<string, string>) => {
  const response = await gateway.fetch('/api/me', { anonymous: true, headers });
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) } as {
    status: number;
    roles?: string[];
    actor?: { id: string };
    error?: { code: string; details?: { reason?: string } };
  };
};
const events = (gateway: ServedGateway, type: string) =>
  gateway.recorded.filter(({ event }) => event.type === type).map(({ event }) => event.data as Record<string, unknown>);

describe('a browser', () => {
  test('D gateway.auth.type oauth: signs in at the provider and comes back to the page it wanted', async () => {
    const { gateway, browser } = await start();
    expect(await (await gateway.fetch('/auth/methods', { anonymous: true })).json()).toEqual({
      oauth: { provider: 'keycloak', name: 'Keycloak', path: '/auth/login' },
    });
    const there = await browser.get(`${gateway.url}/auth/login?next=/events/?sel=3`);
    expect(there.status).toBe(303);
    const asked = new URL(there.headers.get('location') ?? '').searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'gateway',
      scope: 'openid email groups',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(there.headers.get('set-cookie')).toMatch(/_oauth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
    expect(there.headers.get('cache-control')).toBe('no-store');

    const { url, response } = await browser.visit(there.headers.get('location') ?? '', (next) => next.startsWith(`${gateway.url}/events`));
    expect(url).toBe(`${gateway.url}/events/?sel=3`);
    const cookies = response.headers.getSetCookie();
    expect(cookies[0]).toContain('HttpOnly; SameSite=Strict');
    expect(cookies.at(-1)).toContain('Max-Age=0');
    expect(await me(gateway, { cookie: browser.cookies(gateway.url) })).toMatchObject({ status: 200, method: 'session', roles: ['user'] });

    expect(events(gateway, 'user.created')).toEqual([
      expect.objectContaining({
        name: 'ann@example.com',
        external: { issuer: expect.any(String), subject: 'ann-1' },
        owner: false,
        roles: ['user'],
      }),
    ]);
    expect(events(gateway, 'auth.login')).toEqual([expect.objectContaining({ method: 'oauth' })]);
  });

  test('is the same user each time, with the roles that gateway.auth.oauth.roles gives by then', async () => {
    const { gateway, idp, configure, browser } = await start({ roles: [{ claim: 'groups', value: 'ops', role: 'operator' }] });
    await browser.visit(`${gateway.url}/auth/login`);
    const first = await me(gateway, { cookie: browser.cookies(gateway.url) });
    expect(first.roles).toEqual(['operator']);
    idp.account = { ...ANN, groups: [] };
    const other = new Browser();
    await other.visit(`${gateway.url}/auth/login`);
    const second = await me(gateway, { cookie: other.cookies(gateway.url) });
    expect(second).toMatchObject({ actor: first.actor, roles: ['user'] });
    // Also where the first login goes on: what somebody may do is looked up at each call.
    expect((await me(gateway, { cookie: browser.cookies(gateway.url) })).roles).toEqual(['user']);
    configure({ roles: [{ emails: ['ann@example.com'], role: 'viewer' }] });
    await other.visit(`${gateway.url}/auth/login`);
    expect((await me(gateway, { cookie: other.cookies(gateway.url) })).roles).toEqual(['viewer']);
  });

  test.each([{ clientAuthentication: 'client_secret_post' }, { claimsInIdToken: true }] as const)(
    'signs in with a provider of another habit: %o',
    async (options) => {
      const { gateway, idp, browser } = await start({}, options);
      await browser.visit(`${gateway.url}/auth/login`);
      expect((await me(gateway, { cookie: browser.cookies(gateway.url) })).status).toBe(200);
      expect(idp.asked.includes('/me')).toBe(!('claimsInIdToken' in options));
    },
  );

  test('goes to no other site afterwards', async () => {
    const { gateway, browser } = await start();
    const evil = [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '/%5Cevil.example/..//evil.example',
      'javascript:alert(1)',
    ];
    for (const next of [...evil, '/.//evil.example', '\t//evil.example', '/\t/evil.example', `/${'a'.repeat(3000)}`]) {
      const { url } = await browser.visit(`${gateway.url}/auth/login?next=${encodeURIComponent(next)}`);
      expect(new URL(url).origin, next).toBe(gateway.url);
    }
  });
});

describe('is not let in:', () => {
  const page = async (response: Response) => ({ status: response.status, text: await response.text() });

  test('somebody whom no rule fits: the log and the event say why, the page only that', async () => {
    const { gateway, idp, browser } = await start();
    idp.account = { ...ANN, sub: 'mallory-1', email: 'mallory@elsewhere.example' };
    const { status, text } = await page((await browser.visit(`${gateway.url}/auth/login`)).response);
    expect(status).toBe(403);
    expect(text).toContain('This account may not use this gateway.');
    expect(text).toContain('/auth/login?account=choose');
    expect(text).not.toMatch(/example\.com|elsewhere|allowedDomains|mallory/);
    expect(browser.cookies(gateway.url)).toBe('');
    expect(events(gateway, 'user.created')).toEqual([]);
    expect(events(gateway, 'auth.denied')).toEqual([
      expect.objectContaining({
        method: 'oauth',
        door: 'dashboard',
        account: 'm***@elsewhere.example',
        problem: {
          code: 'IDENTITY_NOT_ALLOWED',
          message: expect.stringContaining('gateway.auth.oauth.allowedDomains'),
        },
      }),
    ]);
    const line = gateway.logged.find((text) => text.includes('IDENTITY_NOT_ALLOWED')) ?? '';
    expect(line).toContain('m***@elsewhere.example');
    expect(line).toContain('gateway.auth.oauth.allowedEmails');
    expect(JSON.stringify([gateway.logged, gateway.recorded])).not.toContain('mallory@');
  });

  test('somebody whose address is not verified', async () => {
    const { gateway, idp, browser } = await start();
    idp.account = { ...ANN, email_verified: false };
    expect((await browser.visit(`${gateway.url}/auth/login`)).response.status).toBe(403);
    expect(gateway.logged.join('')).toContain('has not verified the e-mail address');
  });

  test('somebody whose user is disabled', async () => {
    const { gateway, browser } = await start();
    await browser.visit(`${gateway.url}/auth/login`);
    const { users, accounts } = gateway.parts.access.people;
    await accounts.setDisabled(users.named('ann@example.com'), true, { type: 'system', id: 'test' });
    expect((await me(gateway, { cookie: browser.cookies(gateway.url) })).status).toBe(401);
    expect((await new Browser().visit(`${gateway.url}/auth/login`)).response.status).toBe(403);
  });

  test('somebody who cancels at the provider', async () => {
    const { gateway, idp, browser } = await start();
    idp.account = undefined;
    const { status, text } = await page((await browser.visit(`${gateway.url}/auth/login`)).response);
    expect(status).toBe(403);
    expect(text).toContain('was cancelled, or Keycloak does not allow it');
  });

  test('another browser than the one that began: the code is not even redeemed, and is then void for both', async () => {
    const { gateway, idp, browser } = await start();
    const { url } = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    const stranger = new Browser();
    for (const who of [stranger, browser]) {
      const response = await who.get(url);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('SIGN_IN_NOT_BEGUN');
    }
    expect(idp.asked).not.toContain('/token');
    expect(events(gateway, 'auth.login')).toEqual([]);
  });

  test('another browser that is in the middle of a sign-in of its own: whose account it would get is not for the link to say', async () => {
    const { gateway, browser } = await start();
    const { url } = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    const victim = new Browser();
    await victim.visit(`${gateway.url}/auth/login`, isCallback);
    expect((await victim.get(url)).status).toBe(400);
    expect(events(gateway, 'auth.login')).toEqual([]);
  });

  test('whoever sends an answer again', async () => {
    const { gateway, browser } = await start();
    const { url } = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    const cookie = browser.cookies(gateway.url);
    expect((await browser.get(url)).status).toBe(303);
    expect((await browser.get(url, { cookie })).status).toBe(400);
    expect(events(gateway, 'auth.login')).toHaveLength(1);
  });

  test('one of many who send it at the same moment', async () => {
    const { gateway, browser } = await start();
    const { url } = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    const cookie = browser.cookies(gateway.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(url, { cookie })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, ...Array(19).fill(400)]);
    expect(events(gateway, 'auth.login')).toHaveLength(1);
  });

  test.each([
    ['no state', (url: URL) => url.searchParams.delete('state'), 'SIGN_IN_NOT_BEGUN'],
    ['two states', (url: URL) => url.searchParams.append('state', 'x'), 'SIGN_IN_NOT_BEGUN'],
    ['another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43)), 'SIGN_IN_NOT_BEGUN'],
    ['the issuer of another provider', (url: URL) => url.searchParams.set('iss', 'https://evil.example'), 'IDENTITY_NOT_PROVED'],
    ['no issuer, though the provider always names it', (url: URL) => url.searchParams.delete('iss'), 'IDENTITY_NOT_PROVED'],
    ['a code of nobody', (url: URL) => url.searchParams.set('code', 'made-up'), 'IDENTITY_NOT_PROVED'],
    ['two codes', (url: URL) => url.searchParams.append('code', 'x'), 'IDENTITY_NOT_PROVED'],
    ['no code', (url: URL) => url.searchParams.delete('code'), 'IDENTITY_NOT_PROVED'],
    ['tokens in the address', (url: URL) => url.searchParams.set('id_token', 'a.b.c'), 'IDENTITY_NOT_PROVED'],
  ])('an answer with %s', async (_, change, code) => {
    const { gateway, browser } = await start();
    const url = new URL((await browser.visit(`${gateway.url}/auth/login`, isCallback)).url);
    change(url);
    const response = await browser.get(url.href, { accept: 'application/json' });
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(events(gateway, 'auth.login')).toEqual([]);
    await vi.waitFor(() => expect(events(gateway, 'auth.denied')).toEqual([expect.objectContaining({ method: 'oauth' })]));
  });

  test('a code of another sign-in: its challenge is not the one that was sent', async () => {
    const { gateway, browser } = await start();
    const victim = new Browser();
    const stolen = new URL((await victim.visit(`${gateway.url}/auth/login`, isCallback)).url).searchParams.get('code') ?? '';
    const own = new URL((await browser.visit(`${gateway.url}/auth/login`, isCallback)).url);
    own.searchParams.set('code', stolen);
    const response = await browser.get(own.href, { accept: 'application/json' });
    expect(await response.json()).toMatchObject({ error: { code: 'IDENTITY_NOT_PROVED' } });
  });

  test('an answer that comes after the client was changed in the configuration, or oauth was switched off', async () => {
    const { gateway, configure, browser } = await start();
    const { url } = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    configure({ clientId: 'another' });
    expect((await browser.get(url)).status).toBe(400);
    configure();
    const again = await browser.visit(`${gateway.url}/auth/login`, isCallback);
    gateway.change({});
    expect((await browser.get(again.url)).status).toBe(404);
    expect((await browser.get(`${gateway.url}/auth/login`)).status).toBe(404);
    expect(await (await gateway.fetch('/auth/methods', { anonymous: true })).json()).toEqual({ oauth: null });
  });
});

test('a secret that the provider does not know is named as that', async () => {
  const { gateway, browser } = await start({ clientSecret: 'not the one' });
  const { response } = await browser.visit(`${gateway.url}/auth/login`);
  expect(response.status).toBe(502);
  expect(await response.text()).toContain('gateway.auth.oauth.clientId, clientSecret, redirectUri or scopes');
});

test('the gateway token and the links of the operator sign in beside the provider', async () => {
  const { gateway } = await start();
  const link = (await (await gateway.fetch('/api/sign-in-links', { method: 'POST' })).json()) as { code: string };
  expect((await gateway.fetch('/api/sign-in', { anonymous: true, json: { code: link.code } })).status).toBe(200);
  expect((await gateway.fetch('/api/sign-in/token', { anonymous: true, json: { token: gateway.token } })).status).toBe(200);
});

test('who signs in by the provider can give themselves no other way in', async () => {
  const { gateway, browser } = await start();
  await browser.visit(`${gateway.url}/auth/login`);
  const cookie = browser.cookies(gateway.url);
  const post = async (path: string, json: object) => {
    const response = await gateway.fetch(path, { anonymous: true, headers: { cookie }, json });
    return { status: response.status, text: await response.text() };
  };
  for (const answer of [await post('/api/me/password', { password: 'three green kettles sing' }), await post('/api/sign-in-links', {})]) {
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('signs in by') });
  }
});

test('a browser that came by another name of the gateway is sent to the one that the provider sends it back to', async () => {
  const { gateway, browser, configure } = await start();
  const named = gateway.url.replace('127.0.0.1', 'localhost');
  const { url } = await browser.visit(`${named}/auth/login?next=/events/`, (next) => next.includes('/auth?'));
  expect(url).toContain('code_challenge');
  expect(browser.cookies(named)).toBe('');
  expect(browser.cookies(gateway.url)).toContain('_oauth=');
  // Where a proxy hides the name, it is tried once only.
  configure({ redirectUri: 'https://gateway.example.com/auth/callback' });
  const moved = await browser.get(`${gateway.url}/auth/login?next=/x`);
  expect(moved.headers.get('location')).toBe('https://gateway.example.com/auth/login?next=%2Fx&moved=1');
  expect((await browser.get(`${gateway.url}/auth/login?next=%2Fx&moved=1`)).headers.get('location')).toContain('code_challenge');
});

describe('an access token', () => {
  async function signedIn(oauth: OAuth = {}) {
    const started = await start(oauth);
    const { gateway, browser } = started;
    await browser.visit(`${gateway.url}/auth/login`);
    const cookie = browser.cookies(gateway.url);
    const ask = (headers: Record<string, string> = { cookie }) =>
      gateway.fetch('/auth/token', { anonymous: true, method: 'POST', headers });
    const issued = (await (await ask()).json()) as { access_token: string; token_type: string; expires_in: number };
    return { ...started, cookie, ask, issued, bearer: { authorization: `Bearer ${issued.access_token}` } };
  }

  test('opens the API as the user who made it, with the roles of that moment', async () => {
    const { gateway, issued, cookie, bearer, configure } = await signedIn({ roles: [{ claim: 'groups', value: 'ops', role: 'operator' }] });
    expect(issued).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' });
    expect(issued.expires_in).toBeGreaterThan(3500);
    expect(issued.expires_in).toBeLessThanOrEqual(3600);
    const own = await me(gateway, { cookie });
    expect(await me(gateway, bearer)).toMatchObject({ status: 200, actor: own.actor, roles: ['operator'] });
    expect(await me(gateway, { 'x-openclaw-token': issued.access_token })).toMatchObject({ status: 200 });
    const { users, accounts } = gateway.parts.access.people;
    await accounts.setRoles(users.named('ann@example.com'), ['viewer'], { type: 'system', id: 'test' });
    expect((await me(gateway, bearer)).roles).toEqual(['viewer']);
    expect(events(gateway, 'auth.access_token_issued')).toEqual([expect.objectContaining({ userId: own.actor?.id })]);
    expect(JSON.stringify([gateway.recorded, gateway.logged])).not.toContain(issued.access_token.split('.')[2]);
    configure();
    expect((await me(gateway, bearer)).status).toBe(200);
  });

  test.each([
    [
      'the login is signed out',
      async ({ gateway, cookie }) => void (await gateway.fetch('/api/sign-out', { anonymous: true, method: 'POST', headers: { cookie } })),
    ],
    [
      'the login is revoked',
      async ({ gateway }) =>
        void (await gateway.parts.access.people.sessions.revoke({ all: true }, { actor: { type: 'system', id: 'test' }, reason: 'test' })),
    ],
    [
      'the user is disabled',
      async ({ gateway }) => {
        const { users, accounts } = gateway.parts.access.people;
        await accounts.setDisabled(users.named('ann@example.com'), true, { type: 'system', id: 'test' });
      },
    ],
    [
      'the user is removed',
      async ({ gateway }) => {
        const { users, accounts } = gateway.parts.access.people;
        await accounts.remove(users.named('ann@example.com'), { type: 'system', id: 'test' });
      },
    ],
    ['gateway.auth.oauth.jwt.secret is changed', async ({ configure }) => configure({ jwt: { secret: `${SECRET} and another` } })],
    ['gateway.auth.type is changed', async ({ gateway }) => gateway.change({})],
  ] as readonly (readonly [string, (of: Awaited<ReturnType<typeof signedIn>>) => Promise<void>])[])('ends when %s', async (_, end) => {
    const started = await signedIn();
    expect((await me(started.gateway, started.bearer)).status).toBe(200);
    await end(started);
    const after = await me(started.gateway, started.bearer);
    expect(after.status).toBe(401);
    expect(after.error?.code).toMatch(/^(ACCESS_TOKEN_REFUSED|TOKEN_MISMATCH)$/);
  });

  test('is made from a login only: not from a token, another access token, or nothing', async () => {
    const { gateway, ask, bearer } = await signedIn();
    for (const headers of [bearer, { authorization: `Bearer ${gateway.token}` }, {}]) {
      expect((await ask(headers as Record<string, string>)).status).toBe(403);
    }
  });

  test('is not made for a page of another site', async () => {
    const { ask, cookie } = await signedIn();
    expect((await ask({ cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask({ cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('is never a fresh proof of who it is', async () => {
    const { gateway, bearer } = await signedIn();
    const caller = await gateway.parts.access.identify({ headers: bearer });
    if (caller instanceof GatewayError) throw caller;
    expect(() => requireFreshProof(caller)).toThrow(expect.objectContaining({ code: 'STEP_UP_REQUIRED' }));
  });

  test('that is refused is recorded as a denial', async () => {
    const { gateway, bearer } = await signedIn();
    const forged = `${bearer.authorization.slice(0, -4)}AAAA`;
    expect((await gateway.fetch('/api/status', { anonymous: true, headers: { authorization: forged } })).status).toBe(401);
    expect(events(gateway, 'auth.denied')).toEqual([
      expect.objectContaining({ problem: { code: 'ACCESS_TOKEN_REFUSED', message: expect.any(String) } }),
    ]);
  });
});
