/**
 * Who is calling: the gateway token, service and device tokens, sign-in links and the dashboard's login sessions.
 * Whether a chat sender may write is not decided here (pipeline/admit.ts), nor what a route needs (the doors).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Actor, EventMetadata, NewEvent, StoredEvent } from '@openclaw-gateway/events';
import { GatewayError } from '@openclaw-gateway/events';
import type { ConfigStore } from '../config/index.ts';
import { egress } from '../operations/egress/index.ts';
import { looksLikeAccessToken } from './access-tokens.ts';
import { readBearer, readCookie } from './credentials.ts';
import { createDenials, type Denial } from './denials.ts';
import { createDevices, type Devices } from './devices.ts';
import { createGatewayTokens, type ExchangedToken } from './gateway-tokens.ts';
import type { WayTo } from './oauth/provider-fetch.ts';
import { createProviderAccess, type ProviderAccess } from './oauth/with-people.ts';
import { createPeople, type LoginMethod, type People } from './people/index.ts';
import { personBehind } from './person-behind.ts';
import { createRefusals, type Refusal } from './refusals.ts';
import { type CredentialKey, createRevocations, GATEWAY_TOKEN_ID, type Revocations } from './revocations.ts';
import type { Permission, Role } from './roles.ts';
import { createSignInCodes } from './sign-in-codes.ts';
import type { TokenRules } from './token-grants.ts';
import { TokenRegister } from './token-register.ts';
import { tokenHash as hashOf } from './token-text.ts';
import { createTokens, TOKEN_STREAM, type Tokens } from './tokens.ts';

export type { Denial } from './denials.ts';
export { GATEWAY_TOKEN_ID } from './revocations.ts';

/** Somebody who proved who it is, and the roles this proof carries. `service_account` holds a token, `user` is signed in. */
export type Caller = {
  readonly method: 'token' | 'session';
  readonly actor: Actor;
  readonly roles: readonly Role[];
  /** The permissions to which a token narrows the roles. */
  readonly permissions?: readonly Permission[];
  /** The service or device token that it came with. */
  readonly tokenId?: string;
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

/** A new gateway token, and what ended with the old one. */
export type RotatedToken = {
  readonly token: string;
  readonly ended: { readonly connections: number; readonly loginSessions: number; readonly deviceTokens: number };
};

export interface Access extends Pick<Revocations, 'onRevoked'> {
  readonly tokens: Tokens;
  readonly devices: Devices;
  /** Ends what a credential that stopped being good holds open. For whoever makes it stop. Returns how much that was. */
  emitRevoked(key: CredentialKey): number;
  /** The gateway token in force. */
  token(): string;
  /** Compares in constant time. */
  checkToken(presented: string): boolean;
  /**
   * Replaces the token that the gateway made itself and ends what it opened: connections, all login sessions but that of `keep`,
   * and the device tokens that were made on its strength.
   * Throws `BAD_REQUEST` when the token is set by OPENCLAW_GATEWAY_TOKEN or the configuration.
   */
  rotateToken(actor: Actor, keep?: AccessRequest): Promise<RotatedToken>;
  /**
   * Exchanges the gateway token or a service token for a new one. Records a denial and throws `UNAUTHENTICATED`, `TOKEN_MISMATCH`,
   * `TOKEN_REVOKED`, `TOKEN_EXPIRED`, `TOKEN_NOT_REFRESHABLE`, or `TOKEN_REUSED` for one that was exchanged before.
   */
  refresh(request: AccessRequest): Promise<ExchangedToken>;
  /**
   * The caller behind a request, or why it is refused (`UNAUTHENTICATED`, `TOKEN_MISMATCH`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`).
   * `deviceId` is a device that has proved its key. Records nothing but that a token was used.
   */
  identify(request: AccessRequest, deviceId?: string): Promise<Caller | GatewayError>;
  /** The caller behind a request. Records a denial and throws what `identify` gives. */
  authenticate(request: AccessRequest, door?: Denial['door']): Promise<Caller>;
  /** Records that a door refused someone; what comes from one address is folded into one event per 10 s. */
  recordDenial(denial: Denial): void;
  /** Records that somebody who is known was refused something; folded like denials. */
  recordRefusal(refusal: Refusal): void;
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
  /** Who answers for what an actor does (person-behind.ts). */
  personBehind(actor: Actor): string | undefined;
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
  /** Whose access tokens are taken. */
  readonly gatewayId: string;
  /** How the provider is asked; over the gateway's own way out when left out. */
  readonly wayTo?: WayTo;
  /** What a stream holds already, oldest first. */
  readonly history?: (streamId: string) => AsyncIterable<StoredEvent>;
  /** Hears of everyone who was refused, each time. */
  readonly onDenial?: (denial: Denial) => void;
};

const TOKEN_CALLER: Caller = { method: 'token', actor: { type: 'service_account', id: GATEWAY_TOKEN_ID }, roles: ['admin'] };
const ANYONE: Caller = { method: 'token', actor: { type: 'unauthenticated', id: 'anyone' }, roles: ['admin'] };
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

/** Opens `<stateDir>/gateway-token` (made on the first run) and, with the first login, `<stateDir>/state/auth.db`. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { record, logger, stateDir } = options;
  const env = options.env ?? process.env;
  const auth = () => options.config.current().config.gateway.auth;
  // Cookies know no ports: two gateways on one machine must not overwrite each other's. Instances that share a log know the same.
  const cookie = `openclaw_${hashOf(options.gatewayId).slice(0, 8)}`;
  const denials = createDenials(options);
  const refusals = createRefusals(options);
  const history = options.history ?? nothing;
  const codes = await createSignInCodes({ record, history });
  const revocations = createRevocations();
  const register = new TokenRegister();
  await register.read(history(TOKEN_STREAM));
  const rules = (): TokenRules => {
    const { token, tokenExpiry } = auth();
    return {
      sizeBytes: token.length,
      lifetimeMs: token.expiry ?? tokenExpiry,
      refreshable: token.refreshable,
      refreshMs: token.refreshExpiry,
    };
  };
  const tokens = createTokens({ record, register, revocations, rules, pseudonym: options.pseudonym, logger });
  const devices = createDevices({ tokens, record });
  const people = await createPeople({
    path: join(stateDir, 'state', 'auth.db'),
    cookie,
    record,
    history,
    pseudonym: options.pseudonym,
    limits: () => ({ idleMs: auth().sessions.idleTimeout, absoluteMs: auth().sessions.absoluteTimeout }),
    denials,
    redeemCode: (code) => codes.redeem(code, Date.now()),
    isGatewayToken: (presented) => gateway.matches(presented),
    revoked: revocations.emit,
  });
  const gateway = await createGatewayTokens({
    path: join(stateDir, 'gateway-token'),
    fixed: () => fixedToken(env, auth().token.value),
    rules,
    record,
    register,
    revocations,
    pseudonym: options.pseudonym,
    onToken: options.onToken,
    endAll: async (reason) => void (await endWithGatewayToken(SYSTEM, reason, undefined)),
    logger,
  });
  const stopWatching = options.config.onChange(() => gateway.settingsChanged());

  const provider = createProviderAccess({
    people,
    config: () => options.config.current().config,
    cookie,
    gatewayId: options.gatewayId,
    record,
    denied: denials.add,
    logger,
    wayTo: options.wayTo ?? egress.to,
  });

  /** What the gateway token opened and what can do without it from then on. */
  async function endWithGatewayToken(actor: Actor, reason: string, keep: AccessRequest | undefined) {
    const { logins, connections } = await people.sessions.revoke({ all: true }, { actor, reason, keep });
    devices.forgetGrantedBy(GATEWAY_TOKEN_ID);
    const deviceTokens = await tokens.revokeGrantedBy(GATEWAY_TOKEN_ID, actor, reason);
    return { connections, loginSessions: logins, deviceTokens };
  }

  async function identify(request: AccessRequest, deviceId?: string): Promise<Caller | GatewayError> {
    const bearer = readBearer(request.headers);
    if (bearer !== undefined) {
      if (gateway.matches(bearer)) return TOKEN_CALLER;
      if (looksLikeAccessToken(bearer)) return await provider.callerOfToken(bearer);
      return tokens.identify(bearer, request.socket, deviceId) ?? gateway.whyNot(bearer);
    }
    const caller = await people.caller(request);
    if (caller) return caller;
    if (auth().type === 'disabled') return ANYONE;
    if (readCookie(request, cookie) === undefined) return new GatewayError('UNAUTHENTICATED');
    return new GatewayError('UNAUTHENTICATED', { message: 'This login has ended.', details: { login: 'ended' } });
  }

  /** Runs a check that throws; what it throws is recorded as a denial. */
  async function refuseUnless<T>(method: Denial['method'], request: AccessRequest | undefined, check: () => T | Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof GatewayError) {
        denials.add({ door: 'dashboard', method, error, client: request?.socket });
      }
      throw error;
    }
  }

  return {
    tokens,
    devices,
    onRevoked: revocations.onRevoked,
    emitRevoked: revocations.emit,
    token: gateway.current,
    checkToken: gateway.matches,
    identify,
    recordDenial: denials.add,
    recordRefusal: refusals.add,
    async authenticate(request, door = 'http') {
      const caller = await identify(request);
      if (!(caller instanceof GatewayError)) return caller;
      const method = caller.details?.['login'] === 'ended' ? 'session' : 'token';
      denials.add({ door, method, error: caller, client: request.socket });
      throw caller;
    },
    async rotateToken(actor, keep) {
      const { token, endConnections } = await gateway.rotate(actor);
      let connections = 0;
      const ended = await endWithGatewayToken(actor, 'token rotated', keep).finally(() => {
        connections = endConnections();
      });
      return { token, ended: { ...ended, connections: ended.connections + connections } };
    },
    async refresh(request) {
      const presented = readBearer(request.headers) ?? '';
      try {
        if (presented === '') throw new GatewayError('UNAUTHENTICATED', { message: 'The token to exchange is missing.' });
        const exchanged = await gateway.refresh(presented, request.socket);
        return exchanged ?? (await tokens.refresh(presented, request.socket));
      } catch (error) {
        if (error instanceof GatewayError) denials.add({ door: 'http', method: 'token', error, client: request.socket });
        throw error;
      }
    },
    async mintSignInLink(actor, baseUrl, user) {
      const { code, expiresAt } = await codes.mint(actor, Date.now(), user);
      // All addresses are where it listens; a browser needs one of them.
      const reachable = baseUrl.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
      return { url: `${reachable.replace(/\/+$/, '')}/#c=${code}`, code, expiresAt };
    },
    async redeem(code, request) {
      const userId = await refuseUnless('link', request, () => codes.redeem(code, Date.now()));
      return await people.sessions.signIn(userId ?? (await people.ownerId()), 'link', request);
    },
    async signInWithToken(presented, request) {
      await refuseUnless('token', request, () => {
        if (!gateway.matches(presented)) throw new GatewayError('TOKEN_MISMATCH');
      });
      return await people.sessions.signIn(await people.ownerId(), 'token', request);
    },
    signInUser: people.sessions.signIn,
    people,
    personBehind: (actor) => personBehind(actor, { makerOf: (id) => register.get(id)?.createdBy, ownerId: people.users.owner()?.userId }),
    oauth: provider.oauth,
    issueAccessToken: provider.issueAccessToken,
    logout: people.sessions.logout,
    async close() {
      stopWatching();
      await gateway.close();
      await tokens.close();
      await denials.close();
      await refusals.close();
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
