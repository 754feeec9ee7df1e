/**
 * Who is calling: the gateway token, sign-in links and the dashboard's login sessions.
 * Whether a chat sender may write is not decided here (pipeline/admit.ts), nor what a route needs (the doors).
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Actor, EventMetadata, NewEvent } from '@openclaw-gateway/events';
import { AuthLogin, AuthLogout, AuthSessionRevoked, AuthTokenIssued, AuthTokenRevoked, GatewayError } from '@openclaw-gateway/events';
import type { ConfigStore } from '../config/index.ts';
import { clientIn } from './client-event.ts';
import { isSecure, readBearer, readCookie, sessionCookie } from './credentials.ts';
import { createDenials, type Denial } from './denials.ts';
import { createLogins } from './login.ts';
import type { Role } from './roles.ts';
import { createSignInCodes } from './sign-in-codes.ts';
import { openToken } from './token.ts';

export type { Denial } from './denials.ts';

/** Somebody who proved who it is, and the roles this proof carries. `service_account` holds a token, `user` is signed in. */
export type Caller = { readonly method: 'token' | 'session'; readonly actor: Actor; readonly roles: readonly Role[] };

/** What of a request access looks at. An `IncomingMessage` is one. */
export type AccessRequest = {
  readonly headers: IncomingHttpHeaders;
  readonly socket?: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
};

export type SignInLink = { readonly url: string; readonly code: string; readonly expiresAt: number };
/** `cookie` is the value of a Set-Cookie header. */
export type SignedIn = { readonly cookie: string; readonly userId: string };

export interface Access {
  /** The gateway token in force. */
  token(): string;
  /** Compares in constant time. */
  checkToken(presented: string): boolean;
  /**
   * Replaces the token that the gateway made itself and ends all login sessions but that of `keep`.
   * Throws `BAD_REQUEST` when the token is set by OPENCLAW_GATEWAY_TOKEN or the configuration.
   */
  rotateToken(actor: Actor, keep?: AccessRequest): Promise<string>;
  /** The caller behind a request, or why it is refused (`UNAUTHENTICATED`, `TOKEN_MISMATCH`). Records nothing. */
  identify(request: AccessRequest): Promise<Caller | GatewayError>;
  /** The caller behind a request. Records a denial and throws `UNAUTHENTICATED` or `TOKEN_MISMATCH`. */
  authenticate(request: AccessRequest, door?: Denial['door']): Promise<Caller>;
  /** Records that a door refused someone; what comes from one address is folded into one event per 10 s. */
  recordDenial(denial: Denial): void;
  /** A link that signs a browser in once within 60 s. `baseUrl` is what the browser shall open, for example http://127.0.0.1:18789. */
  mintSignInLink(actor: Actor, baseUrl: string): Promise<SignInLink>;
  /** Signs a browser in by the code of a link. Throws `SIGN_IN_CODE_UNKNOWN`, `SIGN_IN_CODE_USED`, `SIGN_IN_CODE_EXPIRED`. */
  redeem(code: string, request?: AccessRequest): Promise<SignedIn>;
  /** Signs a browser in by the gateway token. Throws `TOKEN_MISMATCH`. */
  signInWithToken(token: string, request?: AccessRequest): Promise<SignedIn>;
  /** Ends the login session of the request, if it has one. Returns the value of a Set-Cookie header that clears the cookie. */
  logout(request: AccessRequest): Promise<string>;
  close(): Promise<void>;
}

/** Appends an event to the log; resolves once it is durable. */
export type RecordEvent = (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<unknown>;

export type AccessOptions = {
  readonly stateDir: string;
  readonly config: ConfigStore;
  readonly record: RecordEvent;
  /** A keyed hash: stands for an address in events. */
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
  /** Hears of each gateway token that was made: it must not be written anywhere. */
  readonly onToken?: (token: string) => void;
  readonly env?: NodeJS.ProcessEnv;
};

const TOKEN_CALLER: Caller = { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] };
const ANYONE: Caller = { method: 'token', actor: { type: 'unauthenticated', id: 'anyone' }, roles: ['admin'] };
const SYSTEM: Actor = { type: 'system', id: 'gateway' };
const LOGIN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** Opens `<stateDir>/gateway-token` (made on the first run) and, with the first login, `<stateDir>/state/auth.db`. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { record, logger, stateDir } = options;
  const env = options.env ?? process.env;
  const auth = () => options.config.current().config.gateway.auth;
  // Cookies know no ports: two gateways on one machine must not overwrite each other's.
  const cookie = `openclaw_${hashOf(stateDir).slice(0, 8)}`;
  const denials = createDenials(options);
  const codes = createSignInCodes();
  const logins = createLogins({ path: join(stateDir, 'state', 'auth.db'), lifetimeMs: () => LOGIN_LIFETIME_MS });
  const token = await openToken({
    path: join(stateDir, 'gateway-token'),
    fixed: () => fixedToken(env, auth().token.value),
    rules: () => ({ sizeBytes: auth().token.length, lifetimeMs: auth().token.expiry ?? auth().tokenExpiry }),
    onMade: (made, reason, previous) => {
      recordToken(made, reason, SYSTEM, previous).catch((error: unknown) => logger.warn({ err: error }, 'a new token was not recorded'));
    },
    logger,
  });

  async function recordToken(made: string, reason: string, actor: Actor, previous?: string): Promise<void> {
    options.onToken?.(made);
    const kind = 'gateway_token';
    if (previous !== undefined) await record('auth', AuthTokenRevoked.create({ kind, tokenHash: shortHash(previous), reason }), { actor });
    await record('auth', AuthTokenIssued.create({ kind, tokenHash: shortHash(made), reason }), { actor });
  }

  async function identify(request: AccessRequest): Promise<Caller | GatewayError> {
    const bearer = readBearer(request.headers);
    if (bearer !== undefined) return token.matches(bearer) ? TOKEN_CALLER : new GatewayError('TOKEN_MISMATCH');
    const secret = readCookie(request, cookie);
    const login = secret === undefined ? undefined : await logins.validate(secret);
    if (login) return { method: 'session', actor: { type: 'user', id: login.userId }, roles: ['admin'] };
    if (auth().type === 'disabled') return ANYONE;
    if (secret === undefined) return new GatewayError('UNAUTHENTICATED');
    return new GatewayError('UNAUTHENTICATED', { message: 'This login has ended.', details: { login: 'ended' } });
  }

  async function signIn(method: 'link' | 'token', request: AccessRequest | undefined): Promise<SignedIn> {
    const before = request && readCookie(request, cookie);
    if (before !== undefined) await logins.end(before);
    const { secret, userId, loginSessionHash } = await logins.create();
    const { subject, client } = clientIn(request?.socket, options.pseudonym);
    const event = AuthLogin.create({ userId, method, loginSessionHash: loginSessionHash.slice(0, 32), ...(client && { client }) });
    await record('auth', event, { actor: { type: 'user', id: userId }, ...(subject && { subject }) });
    return { cookie: sessionCookie(cookie, secret, request !== undefined && isSecure(request)), userId };
  }

  /** Runs a check that throws; what it throws is recorded as a denial. */
  function refuseUnless(method: Denial['method'], request: AccessRequest | undefined, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof GatewayError) {
        denials.add({ door: 'dashboard', method, error, client: request?.socket });
      }
      throw error;
    }
  }

  return {
    token: token.current,
    checkToken: token.matches,
    identify,
    recordDenial: denials.add,
    async authenticate(request, door = 'http') {
      const caller = await identify(request);
      if (!(caller instanceof GatewayError)) return caller;
      const method = caller.details?.['login'] === 'ended' ? 'session' : 'token';
      denials.add({ door, method, error: caller, client: request.socket });
      throw caller;
    },
    async rotateToken(actor, keep) {
      const previous = token.current();
      const fresh = await token.rotate();
      await recordToken(fresh, 'rotated', actor, previous);
      for (const ended of await logins.endAll(keep && readCookie(keep, cookie))) {
        const data = { userId: ended.userId, loginSessionHash: ended.loginSessionHash.slice(0, 32), reason: 'token rotated' };
        await record('auth', AuthSessionRevoked.create(data), { actor });
      }
      return fresh;
    },
    async mintSignInLink(actor, baseUrl) {
      const { code, codeHash, expiresAt } = codes.mint(Date.now());
      const data = { kind: 'sign_in_link', tokenHash: codeHash.slice(0, 32), reason: 'dashboard' } as const;
      await record('auth', AuthTokenIssued.create(data), { actor });
      // All addresses are where it listens; a browser needs one of them.
      const reachable = baseUrl.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
      return { url: `${reachable.replace(/\/+$/, '')}/#c=${code}`, code, expiresAt };
    },
    async redeem(code, request) {
      refuseUnless('link', request, () => codes.redeem(code, Date.now()));
      return await signIn('link', request);
    },
    async signInWithToken(presented, request) {
      refuseUnless('token', request, () => {
        if (!token.matches(presented)) throw new GatewayError('TOKEN_MISMATCH');
      });
      return await signIn('token', request);
    },
    async logout(request) {
      const secret = readCookie(request, cookie);
      const ended = secret === undefined ? undefined : await logins.end(secret);
      if (ended) {
        const data = { userId: ended.userId, loginSessionHash: ended.loginSessionHash.slice(0, 32) };
        await record('auth', AuthLogout.create(data), { actor: { type: 'user', id: ended.userId } });
      }
      return sessionCookie(cookie, undefined, isSecure(request));
    },
    async close() {
      await denials.close();
      await logins.close();
    },
  };
}

function fixedToken(env: NodeJS.ProcessEnv, configured: string | undefined) {
  const fromEnv = env['OPENCLAW_GATEWAY_TOKEN'];
  if (fromEnv) return { token: fromEnv, setBy: 'OPENCLAW_GATEWAY_TOKEN' };
  return configured === undefined ? undefined : { token: configured, setBy: 'gateway.auth.token in the configuration' };
}

function shortHash(secret: string): string {
  return hashOf(secret).slice(0, 32);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
