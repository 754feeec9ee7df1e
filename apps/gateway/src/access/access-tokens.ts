/**
 * Access tokens of people: short-lived JWTs for programs, made from a login and good only while that login goes on. What their
 * user may do is looked up each time and is not in them. The library is loaded with the first one.
 */
import { GatewayError } from '@openclaw-gateway/events';
import type { Milliseconds } from '../config/schema/values.ts';

const ALGORITHM = 'HS256';
const TYPE = 'at+jwt';
/** A token has about 400 characters; nothing longer is worth a look. */
const MAX_LENGTH = 2000;
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const CLOCK_TOLERANCE_S = 5;

export type AccessToken = { readonly token: string; readonly tokenId: string; readonly expiresAt: Milliseconds };

/** Whose login a token was made from. */
export type TokenLogin = { readonly userId: string; readonly loginId: string };

export type AccessTokens = {
  /** Makes a token for whoever is behind a login. Throws `OAUTH_OFF`. */
  issue(login: TokenLogin): Promise<AccessToken>;
  /** The login that a token names, if its signature and times hold. Whether the login still goes on is for the caller to ask. */
  read(token: string): Promise<TokenLogin | GatewayError>;
};

export type AccessTokenOptions = {
  readonly gatewayId: string;
  /** The key and the lifetime in force; nothing where there are no such tokens. */
  readonly settings: () => { readonly secret: string; readonly expiry: Milliseconds } | undefined;
  readonly now?: () => number;
};

/** Whether a bearer token is to be read as one of these; all others are opaque. */
export function looksLikeAccessToken(bearer: string): boolean {
  return bearer.length <= MAX_LENGTH && SHAPE.test(bearer);
}

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { gatewayId } = options;
  const now = options.now ?? Date.now;
  const issuer = `urn:openclaw:gateway:${gatewayId}`;

  return {
    async issue({ userId, loginId }) {
      const settings = options.settings();
      if (!settings) throw new GatewayError('OAUTH_OFF');
      const { SignJWT } = await import('jose');
      const tokenId = crypto.randomUUID();
      const issuedAtS = Math.floor(now() / 1000);
      const expiresAtS = issuedAtS + Math.max(1, Math.round(settings.expiry / 1000));
      const token = await new SignJWT({ sid: loginId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setIssuer(issuer)
        .setAudience(gatewayId)
        .setSubject(userId)
        .setJti(tokenId)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(expiresAtS)
        .sign(keyOf(settings.secret));
      return { token, tokenId, expiresAt: expiresAtS * 1000 };
    },
    async read(token) {
      const settings = options.settings();
      if (!settings) return new GatewayError('TOKEN_MISMATCH');
      const { errors, jwtVerify } = await import('jose');
      try {
        const { payload } = await jwtVerify(token, keyOf(settings.secret), {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          audience: gatewayId,
          requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
          // A shorter lifetime counts for tokens that were made before, too.
          maxTokenAge: Math.max(1, Math.round(settings.expiry / 1000)),
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(now()),
        });
        const { sub, sid } = payload;
        if (typeof sub !== 'string' || typeof sid !== 'string') return refused('invalid');
        return { userId: sub, loginId: sid };
      } catch (error) {
        return refused(error instanceof errors.JWTExpired ? 'expired' : 'invalid');
      }
    },
  };
}

const MESSAGES = {
  expired: 'This access token has expired.',
  ended: 'The login that this access token was made from has ended.',
  invalid: 'This is no access token of this gateway.',
} as const;

/** Why a token opens nothing. Of a forged one nothing more is said. */
export function refused(reason: keyof typeof MESSAGES): GatewayError {
  return new GatewayError('ACCESS_TOKEN_REFUSED', { message: MESSAGES[reason], details: { reason } });
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
