import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { type AccessTokens, createAccessTokens, looksLikeAccessToken } from './access-tokens.ts';

const SECRET = 'a secret of more than thirty-two bytes, for tests';
const LOGIN = { userId: 'usr_1', loginId: 'ab'.repeat(32) };
const GATEWAY = 'gw_1';

let now: number;
let settings: { secret: string; expiry: number } | undefined;
let tokens: AccessTokens;

beforeEach(() => {
  now = 1_700_000_000_000;
  settings = { secret: SECRET, expiry: 3_600_000 };
  tokens = createAccessTokens({ gatewayId: GATEWAY, settings: () => settings, now: () => now });
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hs256 = (header: object, payload: object, key: string | Buffer = SECRET) => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};
const right = () => ({
  iss: `urn:openclaw:gateway:${GATEWAY}`,
  aud: GATEWAY,
  sub: LOGIN.userId,
  sid: LOGIN.loginId,
  jti: 'j',
  iat: now / 1000,
  exp: now / 1000 + 60,
});
const header = { alg: 'HS256', typ: 'at+jwt' };
const reason = async (token: string) => {
  const read = await tokens.read(token);
  return read instanceof GatewayError ? (read.details?.['reason'] ?? read.code) : 'good';
};

test('gateway.auth.oauth.jwt.expiry is how long a token is good; it names the user, the login and this gateway, and no role', async () => {
  const { token, tokenId, expiresAt } = await tokens.issue(LOGIN);
  expect(expiresAt).toBe(now + 3_600_000);
  expect(decodeProtectedHeader(token)).toEqual(header);
  expect(decodeJwt(token)).toEqual({ ...right(), jti: tokenId, exp: now / 1000 + 3600 });
  expect(looksLikeAccessToken(token)).toBe(true);
  expect(await tokens.read(token)).toEqual(LOGIN);
  now += 3_600_000 + 6_000;
  expect(await reason(token)).toBe('expired');
});

test('a token written by hand with the key is taken: the checks below refuse for the named reason only', async () => {
  expect(await reason(hs256(header, right()))).toBe('good');
});

describe('is refused', () => {
  test('unsigned, also where it says so', async () => {
    expect(await reason(`${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(right())}.`)).toBe('invalid');
    expect(await reason(hs256({ alg: 'none', typ: 'at+jwt' }, right()))).toBe('invalid');
  });

  test('by another algorithm, with the right key or with one of another kind', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const input = `${encode({ alg: 'RS256', typ: 'at+jwt' })}.${encode(right())}`;
    expect(await reason(`${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`)).toBe('invalid');
    const longer = `${encode({ alg: 'HS512', typ: 'at+jwt' })}.${encode(right())}`;
    expect(await reason(`${longer}.${createHmac('sha512', SECRET).update(longer).digest('base64url')}`)).toBe('invalid');
  });

  test('with a key that it brings or names itself', async () => {
    const own = Buffer.from('a key of the one who forged the token');
    for (const more of [{ jwk: { kty: 'oct', k: own.toString('base64url') } }, { kid: '../../dev/null' }, { jku: 'http://127.0.0.1:1/' }]) {
      expect(await reason(hs256({ ...header, ...more }, right(), own))).toBe('invalid');
    }
  });

  test('of another gateway, issuer, type, or without one of its claims', async () => {
    for (const change of [
      { aud: 'gw_2' },
      { aud: undefined },
      { iss: 'urn:openclaw:gateway:gw_2' },
      { iss: undefined },
      { sub: undefined },
      { sid: undefined },
      { sub: 7 },
      { sid: ['x'] },
      { jti: undefined },
      { iat: undefined },
      { exp: undefined },
    ]) {
      expect(await reason(hs256(header, { ...right(), ...change })), JSON.stringify(change)).toBe('invalid');
    }
    for (const typ of ['JWT', undefined, 'id_token']) expect(await reason(hs256({ ...header, typ }, right()))).toBe('invalid');
  });

  test('from the future, expired, or older than gateway.auth.oauth.jwt.expiry says by now', async () => {
    expect(await reason(hs256(header, { ...right(), iat: now / 1000 + 3600, exp: now / 1000 + 7200 }))).toBe('invalid');
    expect(await reason(hs256(header, { ...right(), nbf: now / 1000 + 3600 }))).toBe('invalid');
    expect(await reason(hs256(header, { ...right(), iat: now / 1000 - 600, exp: now / 1000 - 10 }))).toBe('expired');
    const { token } = await tokens.issue(LOGIN);
    now += 120_000;
    settings = { secret: SECRET, expiry: 60_000 };
    expect(await reason(token)).toBe('expired');
  });

  test('changed in any place', async () => {
    const { token } = await tokens.issue(LOGIN);
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      // The last letter of a part has bits that say nothing.
      if (
        Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(Buffer.from(token.split('.')[2] ?? '', 'base64url')) &&
        at > token.lastIndexOf('.')
      )
        continue;
      expect(await reason(changed), String(at)).not.toBe('good');
    }
  });

  test('once gateway.auth.oauth.jwt.secret is another, or such tokens are switched off', async () => {
    const { token } = await tokens.issue(LOGIN);
    settings = { secret: `${SECRET}!`, expiry: 3_600_000 };
    expect(await reason(token)).toBe('invalid');
    settings = undefined;
    expect(await reason(token)).toBe('TOKEN_MISMATCH');
    await expect(tokens.issue(LOGIN)).rejects.toMatchObject({ code: 'OAUTH_OFF' });
  });
});

test('what is no token of this kind is not looked into', () => {
  for (const text of ['', 'abc', 'a.b', 'a.b.c.d', `a.b.${'c'.repeat(3000)}`, 'a b.c.d', 'ocg_svc_x_y']) {
    expect(looksLikeAccessToken(text), text.slice(0, 20)).toBe(false);
  }
});
