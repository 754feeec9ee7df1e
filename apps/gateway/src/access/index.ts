/**
 * Who is calling: the gateway token, sign-in links and the dashboard's login sessions.
 * Whether a chat sender may write is not decided here (pipeline/admit.ts), nor what a route needs (the doors).
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Actor, EventMetadata, NewEvent, StoredEvent } from '@openclaw-gateway/events';
import { AuthTokenIssued, AuthTokenRevoked, GatewayError } from '@openclaw-gateway/events';
import type { ConfigStore } from '../config/index.ts';
import { looksLikeAccessToken } from './access-tokens.ts';
import { readBearer, readCookie } from './credentials.ts';
import { createDenials, type Denial } from './denials.ts';
import type { Fetch } from './oauth/bounded-fetch.ts';
import { createProviderAccess, type ProviderAccess } from './oauth/with-people.ts';
import { createPeople, type LoginMethod, type People, type PeopleKey } from './people/index.ts';
import type { Role } from './roles.ts';
import { createSignInCodes } from './sign-in-codes.ts';
import { openToken } from './token.ts';

export type { Denial } from './denials.ts';

/** Somebody who proved who it is, and the roles this proof carries. `service_account` holds a token, `user` is signed in. */
export type Caller = {
  readonly method: 'token' | 'session';
  readonly actor: Actor;
  readonly roles: readonly Role[];
  /** The login session that it came with, as its events name it. */
  readonly loginSessionHash?: string;
  /** When somebody who is signed in last proved who it is, in milliseconds since 1970 (`requireFreshProof`). */
  readonly provedAt?: number;
};

/** What of a request access looks at. An `IncomingMessage` is one. */
export type AccessRequest = {
  readonly headers: IncomingHttpHeaders;
  readonly socket?: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
};

export type SignInLink = { readonly url: string; readonly code: string; readonly expiresAt: number };
/** `cookie` and `deviceCookie` are values of Set-Cookie headers; the second one is for a browser that is known from now on. */
export type SignedIn = { readonly cookie: string; readonly deviceCookie: string; readonly userId: string };

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
  /**
   * A link that signs a browser in once within 60 s, or as long as `user` says. `baseUrl` is what the browser shall open, for
   * example http://127.0.0.1:18789. It signs in the owner where no user is named.
   */
  mintSignInLink(actor: Actor, baseUrl: string, user?: { readonly userId: string; readonly lifetimeMs: number }): Promise<SignInLink>;
  /** Signs a browser in by the code of a link. Throws `SIGN_IN_CODE_UNKNOWN`, `SIGN_IN_CODE_USED`, `SIGN_IN_CODE_EXPIRED`. */
  redeem(code: string, request?: AccessRequest): Promise<SignedIn>;
  /** Signs a browser in by the gateway token. Throws `TOKEN_MISMATCH`. */
  signInWithToken(token: string, request?: AccessRequest): Promise<SignedIn>;
  /** Begins the login of somebody whom another part has proved to be this user. Throws `SIGN_IN_REFUSED` when disabled or removed. */
  signInUser(userId: string, method: LoginMethod, request?: AccessRequest): Promise<SignedIn>;
  /** Sign-in by the provider that the configuration names. */
  readonly oauth: ProviderAccess['oauth'];
  /** An access token for the login of a request. Throws `OAUTH_OFF`, `FORBIDDEN`. */
  readonly issueAccessToken: ProviderAccess['issueAccessToken'];
  /** Users, their passwords and second factors, and their logins. */
  readonly people: People;
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
  readonly env?: NodeJS.ProcessEnv;
  /** Whose access tokens are taken. */
  readonly gatewayId: string;
  /** How the provider is asked. */
  readonly fetch?: Fetch;
  /** What a stream holds already, oldest first. */
  readonly history?: (streamId: string) => AsyncIterable<StoredEvent>;
  /** Told when a login has ended, or the rights of a user have changed. */
  readonly revoked?: (key: PeopleKey) => unknown;
};

const TOKEN_CALLER: Caller = { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] };
const ANYONE: Caller = { method: 'token', actor: { type: 'unauthenticated', id: 'anyone' }, roles: ['admin'] };
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

/** Opens `<stateDir>/gateway-token` (made on the first run) and, with the first login, `<stateDir>/state/auth.db`. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { record, logger, stateDir } = options;
  const env = options.env ?? process.env;
  const auth = () => options.config.current().config.gateway.auth;
  // Cookies know no ports: two gateways on one machine must not overwrite each other's.
  const cookie = `openclaw_${hashOf(stateDir).slice(0, 8)}`;
  const denials = createDenials(options);
  const codes = createSignInCodes();
  const token = await openToken({
    path: join(stateDir, 'gateway-token'),
    fixed: () => fixedToken(env, auth().token.value),
    rules: () => ({ sizeBytes: auth().token.length, lifetimeMs: auth().token.expiry ?? auth().tokenExpiry }),
    onMade: (made, reason, previous) => {
      recordToken(made, reason, SYSTEM, previous).catch((error: unknown) => logger.warn({ err: error }, 'a new token was not recorded'));
    },
    logger,
  });

  const people = await createPeople({
    path: join(stateDir, 'state', 'auth.db'),
    cookie,
    record,
    history: options.history ?? nothing,
    pseudonym: options.pseudonym,
    limits: () => ({ idleMs: auth().sessions.idleTimeout, absoluteMs: auth().sessions.absoluteTimeout }),
    denials,
    redeemCode: (code) => codes.redeem(code, Date.now()),
    isGatewayToken: token.matches,
    revoked: options.revoked ?? (() => undefined),
  });

  const provider = createProviderAccess({
    people,
    config: () => options.config.current().config,
    cookie,
    gatewayId: options.gatewayId,
    record,
    denied: denials.add,
    logger,
    fetch: options.fetch,
  });

  async function recordToken(made: string, reason: string, actor: Actor, previous?: string): Promise<void> {
    const kind = 'gateway_token';
    if (previous !== undefined) await record('auth', AuthTokenRevoked.create({ kind, tokenHash: shortHash(previous), reason }), { actor });
    await record('auth', AuthTokenIssued.create({ kind, tokenHash: shortHash(made), reason }), { actor });
  }

  async function identify(request: AccessRequest): Promise<Caller | GatewayError> {
    const bearer = readBearer(request.headers);
    if (bearer !== undefined) {
      if (token.matches(bearer)) return TOKEN_CALLER;
      return looksLikeAccessToken(bearer) ? await provider.callerOfToken(bearer) : new GatewayError('TOKEN_MISMATCH');
    }
    const caller = await people.caller(request);
    if (caller) return caller;
    if (auth().type === 'disabled') return ANYONE;
    if (readCookie(request, cookie) === undefined) return new GatewayError('UNAUTHENTICATED');
    return new GatewayError('UNAUTHENTICATED', { message: 'This login has ended.', details: { login: 'ended' } });
  }

  /** Runs a check that throws; what it throws is recorded as a denial. */
  function refuseUnless<T>(method: Denial['method'], request: AccessRequest | undefined, check: () => T): T {
    try {
      return check();
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
      await people.sessions.revoke({ all: true }, { actor, reason: 'token rotated', keep });
      return fresh;
    },
    async mintSignInLink(actor, baseUrl, user) {
      const { code, codeHash, expiresAt } = codes.mint(Date.now(), user);
      const data = { kind: 'sign_in_link', tokenHash: codeHash.slice(0, 32), reason: user ? `for ${user.userId}` : 'dashboard' } as const;
      await record('auth', AuthTokenIssued.create(data), { actor });
      // All addresses are where it listens; a browser needs one of them.
      const reachable = baseUrl.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
      return { url: `${reachable.replace(/\/+$/, '')}/#c=${code}`, code, expiresAt };
    },
    async redeem(code, request) {
      const userId = refuseUnless('link', request, () => codes.redeem(code, Date.now()));
      return await people.sessions.signIn(userId ?? (await people.ownerId()), 'link', request);
    },
    async signInWithToken(presented, request) {
      refuseUnless('token', request, () => {
        if (!token.matches(presented)) throw new GatewayError('TOKEN_MISMATCH');
      });
      return await people.sessions.signIn(await people.ownerId(), 'token', request);
    },
    signInUser: people.sessions.signIn,
    people,
    oauth: provider.oauth,
    issueAccessToken: provider.issueAccessToken,
    logout: people.sessions.logout,
    async close() {
      await denials.close();
      await people.close();
    },
  };
}

async function* nothing(): AsyncIterable<StoredEvent> {}

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
