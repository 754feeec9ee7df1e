import { createHash } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Claims, type ScriptedProvider, type Signing, startScriptedProvider } from '../../../../../e2e/stand-ins/scripted-provider.ts';
import { configSchema } from '../../config/schema/index.ts';
import { type EgressFetch, egress } from '../../operations/egress/index.ts';
import { createProvider, type Provider } from './provider.ts';
import { clientKey, type OAuthSettings } from './settings.ts';

const CONFIGURATION = '/.well-known/openid-configuration';
const flow = { nonce: 'n'.repeat(43), codeVerifier: 'v'.repeat(43), client: '', next: '/' };
const STATE = 's'.repeat(43);
const now = () => Math.floor(Date.now() / 1000);

let idp: ScriptedProvider;
let provider: Provider;
let settings: OAuthSettings;

beforeEach(async () => {
  idp = await startScriptedProvider('gateway');
  idp.claims = { nonce: flow.nonce };
  settings = settingsFor(idp.issuer);
  provider = createProvider({ wayTo: egress.to });
});
afterEach(() => idp[Symbol.asyncDispose]());

function settingsFor(issuer: string): OAuthSettings {
  const oauth = {
    provider: 'scripted',
    issuer,
    clientId: 'gateway',
    clientSecret: 'secret',
    redirectUri: 'http://127.0.0.1:1/auth/callback',
  };
  const { auth } = configSchema.parse({ gateway: { auth: { oauth: { ...oauth, jwt: { secret: 'x'.repeat(32) } } } } }).gateway;
  if (!auth.oauth) throw new TypeError('no settings');
  return auth.oauth;
}

const redeem = (search = `?code=c&state=${STATE}`) => provider.redeem(settings, flow, STATE, search);
const failure = async (of: Promise<unknown>) =>
  of.then(
    () => 'signed in',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  );

test('who comes back is who the signed token names; code and verifier go to the token endpoint', async () => {
  const url = await provider.authorizationUrl(settings, flow, STATE, { chooseAccount: true });
  expect(url.searchParams.get('prompt')).toBe('select_account');
  expect(url.searchParams.get('code_challenge')).toBe(createHash('sha256').update(flow.codeVerifier).digest('base64url'));
  expect(await redeem()).toMatchObject({ issuer: idp.issuer, subject: 'ann', claims: { email: 'ann@example.com' } });
  expect(Object.fromEntries(idp.redeemed[0] ?? [])).toEqual({
    grant_type: 'authorization_code',
    code: 'c',
    code_verifier: flow.codeVerifier,
    redirect_uri: settings.redirectUri,
  });
});

describe('an ID token proves nothing', () => {
  const wrong: readonly (readonly [string, () => Claims])[] = [
    ['for another client', () => ({ aud: 'another' })],
    ['for nobody', () => ({ aud: undefined })],
    ['for several, of which another asked for it', () => ({ aud: ['gateway', 'another'], azp: 'another' })],
    ['of another issuer', () => ({ iss: 'https://evil.example' })],
    ['of another sign-in', () => ({ nonce: 'm'.repeat(43) })],
    ['of no sign-in', () => ({ nonce: undefined })],
    ['that has expired', () => ({ iat: now() - 600, exp: now() - 90 })],
    ['that never expires', () => ({ exp: undefined })],
    ['that is not good yet', () => ({ nbf: now() + 600 })],
    ['without a subject', () => ({ sub: undefined })],
    ['with an empty subject', () => ({ sub: '' })],
    ['with a subject that is no text', () => ({ sub: { toString: 'ann' } })],
  ];
  test.each(wrong)('%s', async (_, claims) => {
    idp.claims = { ...idp.claims, ...claims() };
    expect(await failure(redeem())).toBe('IDENTITY_NOT_PROVED');
  });

  test.each<Signing>(['none', 'stranger', 'tampered', 'hs256-public-key'])('that is signed like this: %s', async (signing) => {
    idp.signing = signing;
    expect(await failure(redeem())).toBe('IDENTITY_NOT_PROVED');
    // Nor where the provider says that it does so.
    idp.metadata = { id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'] };
    expect(await failure(redeem())).toBe('IDENTITY_NOT_PROVED');
  });

  test('that is missing, or is no token', async () => {
    for (const id_token of [undefined, '', 'x', 'a.b.c', 'a.b.c.d.e', 7]) {
      idp.answers.set('/token', { body: JSON.stringify({ access_token: 'a', token_type: 'Bearer', id_token }) });
      expect(await failure(redeem())).toMatch(/^IDENTITY_(NOT_PROVED|PROVIDER_UNAVAILABLE)$/);
    }
  });
});

test('clocks may differ by a minute', async () => {
  idp.claims = { ...idp.claims, iat: now() - 330, exp: now() - 30 };
  expect(await failure(redeem())).toBe('signed in');
  idp.claims = { ...idp.claims, iat: now() + 30, nbf: now() + 30, exp: now() + 330 };
  expect(await failure(redeem())).toBe('signed in');
});

test('a provider that always names itself in its answers is not believed without', async () => {
  idp.metadata = { authorization_response_iss_parameter_supported: true };
  expect(await failure(redeem())).toBe('IDENTITY_NOT_PROVED');
  expect(await failure(redeem(`?code=c&state=${STATE}&iss=${encodeURIComponent('https://evil.example')}`))).toBe('IDENTITY_NOT_PROVED');
  expect(idp.redeemed).toHaveLength(0);
  expect(await failure(redeem(`?code=c&state=${STATE}&iss=${encodeURIComponent(idp.issuer)}`))).toBe('signed in');
});

test('what the user information says of somebody else is not taken', async () => {
  idp.metadata = { userinfo_endpoint: `${idp.issuer}/userinfo` };
  idp.claims = { ...idp.claims, email_verified: undefined };
  idp.answers.set('/userinfo', { body: JSON.stringify({ sub: 'mallory', email: 'boss@example.com', email_verified: true }) });
  expect(await failure(redeem())).toBe('IDENTITY_NOT_PROVED');
  idp.answers.set('/userinfo', { body: JSON.stringify({ sub: 'ann', email: 'other@example.com', email_verified: true }) });
  const { claims } = await redeem();
  expect(claims).toMatchObject({ email: 'ann@example.com' });
});

describe('a provider that is', () => {
  const answers: readonly (readonly [string, string, Parameters<ScriptedProvider['answers']['set']>[1], string])[] = [
    ['down', CONFIGURATION, 'cut', 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['failing', CONFIGURATION, { status: 503, body: '{}' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['not there', CONFIGURATION, { status: 404, body: '{}' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['a portal that wants a sign-in of its own', CONFIGURATION, { status: 302, body: '' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['a page for people', CONFIGURATION, { type: 'text/html', body: '<h1>hello</h1>' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['broken in its JSON', CONFIGURATION, { body: '{' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['endless', CONFIGURATION, { body: JSON.stringify({ filler: 'x'.repeat(2_000_000) }) }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['cut off while it redeems', '/token', 'cut', 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['failing while it redeems', '/token', { status: 500, body: 'oops' }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['endless while it redeems', '/token', { body: JSON.stringify({ filler: 'x'.repeat(2_000_000) }) }, 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['sure that the code is old', '/token', { status: 400, body: '{"error":"invalid_grant"}' }, 'IDENTITY_NOT_PROVED'],
    ['not aware of the client', '/token', { status: 401, body: '{"error":"invalid_client"}' }, 'IDENTITY_PROVIDER_REFUSED'],
    ['angry without a reason', '/token', { status: 400, body: '{"error":"<script>"}' }, 'IDENTITY_PROVIDER_REFUSED'],
    ['without its keys', '/jwks', 'cut', 'IDENTITY_PROVIDER_UNAVAILABLE'],
    ['without the right key', '/jwks', { body: '{"keys":[]}' }, 'IDENTITY_NOT_PROVED'],
  ];
  test.each(answers)('%s', async (_, path, answer, code) => {
    idp.answers.set(path, answer);
    expect(await failure(redeem())).toBe(code);
    // As soon as it is well again, so is signing in.
    idp.answers.clear();
    expect(await failure(redeem())).toBe('signed in');
  });

  test('silent is given up', async () => {
    const late: EgressFetch = async () => {
      throw new DOMException('The operation timed out.', 'TimeoutError');
    };
    provider = createProvider({ wayTo: () => ({ fetch: late }) });
    expect(await failure(provider.authorizationUrl(settings, flow, STATE))).toBe('IDENTITY_PROVIDER_UNAVAILABLE');
  });

  test('trying to send the gateway to a machine inside the own network is not followed', async () => {
    await using inside = await startScriptedProvider('gateway');
    idp.metadata = { token_endpoint: `${inside.issuer}/token` };
    expect(await failure(redeem())).toBe('IDENTITY_PROVIDER_UNAVAILABLE');
    expect(inside.asked).toEqual([]);
  });

  test('another than the configuration names is not talked to', async () => {
    idp.metadata = { issuer: 'https://evil.example' };
    expect(await failure(provider.authorizationUrl(settings, flow, STATE))).toBe('IDENTITY_NOT_PROVED');
    settings = settingsFor(`${idp.issuer}/other`);
    expect(await failure(provider.authorizationUrl(settings, flow, STATE))).toBe('IDENTITY_PROVIDER_UNAVAILABLE');
  });
});

test('words of the provider do not reach the message, and nothing secret its details', async () => {
  idp.answers.set('/token', { status: 400, body: JSON.stringify({ error: '<script>', error_description: 'ask me about <b>x</b>' }) });
  const error = await redeem().catch((thrown: GatewayError) => thrown);
  const shown = JSON.stringify((error as GatewayError).toBody());
  expect(shown).toContain('unnamed error');
  expect(shown).not.toMatch(/<script|ask me|secret"|vvvv|nnnn/);
});

test('the provider is asked about itself once an hour, by the fetch that was given', async () => {
  let time = 0;
  const asked: string[] = [];
  provider = createProvider({
    now: () => time,
    wayTo: (issuer) => ({
      fetch: (url, request) => {
        asked.push(new URL(url).pathname);
        return egress.to(issuer).fetch(url, request);
      },
    }),
  });
  await Promise.all([redeem(), redeem(), redeem()]);
  expect(asked.filter((path) => path === CONFIGURATION)).toHaveLength(1);
  time += 60 * 60_000;
  await redeem();
  expect(asked.filter((path) => path === CONFIGURATION)).toHaveLength(2);
  settings = { ...settings, clientSecret: 'another' };
  await redeem();
  expect(asked.filter((path) => path === CONFIGURATION)).toHaveLength(3);
  expect(asked.toSorted()).toEqual(idp.asked.toSorted());
});

test('an answer counts for the issuer, client and address of its sign-in', () => {
  const key = clientKey(settings);
  for (const change of [{ clientId: 'b' }, { issuer: 'https://b.example' }, { redirectUri: 'https://b.example/auth/callback' }]) {
    expect(clientKey({ ...settings, ...change })).not.toBe(key);
  }
  expect(clientKey({ ...settings, clientSecret: 'rotated' })).toBe(key);
});
