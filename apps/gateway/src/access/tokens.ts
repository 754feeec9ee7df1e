/**
 * Service tokens for programs and device tokens for the devices of people: made, listed, exchanged, rotated and ended. Every
 * change is an event first, then in force, then what the old secret held open is ended.
 */
import {
  type Actor,
  AuthTokenIssued,
  AuthTokenReused,
  AuthTokenRevoked,
  AuthTokenUsed,
  GatewayError,
  newId,
} from '@openclaw-gateway/events';
import { clientIn } from './client-event.ts';
import type { AccessRequest, Caller, RecordEvent } from './index.ts';
import type { Revocations } from './revocations.ts';
import type { Granted, Permission } from './roles.ts';
import { hasExpired, watchExpiry } from './token-expiry.ts';
import { refuseUnlessMayGrant, refuseUnlessRefreshable, refuseUseless, type TokenOrder, type TokenRules } from './token-grants.ts';
import type { Device, Fact, TokenRecord, TokenRegister } from './token-register.ts';
import { makeTokenText, readTokenText, tokenHash } from './token-text.ts';

export type DeviceOrder = { readonly device: Device; readonly granted: Granted; readonly grantedBy: string; readonly actor: Actor };

/** A token as it is shown. Of its secret nothing but the beginning. */
export type TokenRow = Pick<TokenRecord, 'id' | 'name' | 'prefix' | 'roles' | 'createdAt' | 'issuedAt'> & {
  readonly scopes?: readonly Permission[];
  readonly state: 'active' | 'expired' | 'revoked';
  readonly createdBy?: string;
  readonly expiresAt?: number;
  readonly refreshUntil?: number;
  readonly endedAt?: number;
  readonly reason?: string;
  readonly lastUsedAt?: number;
  readonly lastUsedFrom?: string;
  readonly device?: Device;
};

/** A fresh token. `token` is shown this once. */
export type IssuedToken = TokenRow & { readonly token: string };
/** How many connections and streams were ended. */
export type EndedToken = TokenRow & { readonly connections: number };

export type Tokens = {
  /** The caller behind a token of this kind; why it does not hold; `undefined` for a text that is none. `deviceId` is a device that proved its key. */
  identify(text: string, socket: AccessRequest['socket'], deviceId?: string): Caller | GatewayError | undefined;
  services(): readonly TokenRow[];
  devices(): readonly TokenRow[];
  /** Makes a service token. Throws `FORBIDDEN` for more than the maker may do, `BAD_REQUEST`, `TOKEN_LIMIT`. */
  create(order: TokenOrder, by: Caller): Promise<IssuedToken>;
  /** Gives a service token a new secret; the old one ends. Throws `TOKEN_UNKNOWN`, `TOKEN_REVOKED`, `FORBIDDEN`. */
  rotate(id: string, by: Caller): Promise<IssuedToken & EndedToken>;
  /** Ends a token, and the device tokens that were made on its strength. Throws `TOKEN_UNKNOWN`. */
  revoke(id: string, actor: Actor, reason?: string): Promise<EndedToken>;
  /** Ends the device tokens that were made on the strength of a credential. Returns how many. */
  revokeGrantedBy(grantedBy: string, actor: Actor, reason: string): Promise<number>;
  /** Exchanges a service token for a new one. Throws `TOKEN_MISMATCH`, `TOKEN_REVOKED`, `TOKEN_EXPIRED`, `TOKEN_NOT_REFRESHABLE`, `TOKEN_REUSED`. */
  refresh(text: string, socket: AccessRequest['socket']): Promise<IssuedToken>;
  /** Gives a device its token in place of one that it may have had in this role. */
  issueToDevice(order: DeviceOrder): Promise<IssuedToken>;
  /** The living token of a device in a role. */
  ofDevice(deviceId: string, role: string): TokenRecord | undefined;
  /** Resolves when what it had to record is recorded. */
  close(): Promise<void>;
};

export type TokenOptions = {
  readonly record: RecordEvent;
  readonly register: TokenRegister;
  readonly revocations: Revocations;
  readonly rules: () => TokenRules;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
};

export const TOKEN_STREAM = 'auth/tokens';
const MAX_LIVE = 1000;
const DAY_MS = 86_400_000;

export function createTokens({ record, register, revocations, rules, pseudonym, logger }: TokenOptions): Tokens {
  // One change at a time: two exchanges of one token must see each other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done;
    return done;
  };
  const writing = new Set<Promise<unknown>>();
  const expiry = watchExpiry(register, revocations);

  /** Durable first, then in force. */
  async function commit(event: Parameters<RecordEvent>[1], actor: Actor, subject?: string): Promise<void> {
    const metadata = { actor, ...(subject && { subject }) };
    await record(TOKEN_STREAM, event, metadata);
    register.apply({ ...event, time: Date.now(), metadata } satisfies Fact);
    expiry.arm();
  }

  async function issue(token: Issue, reason: string, actor: Actor): Promise<IssuedToken> {
    const { kind, id, name, roles, permissions, lifetimeMs, device, grantedBy } = token;
    const { text, prefix } = makeTokenText(kind, id, rules().sizeBytes);
    const event = AuthTokenIssued.create({
      kind,
      tokenHash: tokenHash(text),
      reason,
      tokenId: id,
      name,
      prefix,
      roles: [...roles],
      ...(permissions && { scopes: [...permissions] }),
      ...(lifetimeMs !== undefined && { expiresAt: Date.now() + lifetimeMs }),
      ...(token.hash !== undefined && { replaces: token.hash }),
      ...(device && { device }),
      ...(grantedBy !== undefined && { grantedBy }),
    });
    await commit(event, actor);
    return { ...row(known(id)), token: text };
  }

  async function end(token: TokenRecord, actor: Actor, reason: string): Promise<number> {
    await commit(AuthTokenRevoked.create({ kind: token.kind, tokenHash: token.hash, reason, tokenId: token.id, name: token.name }), actor);
    return revocations.emit(`token:${token.id}`);
  }

  async function endGrantedBy(grantedBy: string, actor: Actor, reason: string): Promise<number> {
    const granted = register.live().filter((token) => token.grantedBy === grantedBy);
    for (const token of granted) await end(token, actor, reason);
    return granted.length;
  }

  function known(id: string): TokenRecord {
    const token = register.get(id);
    if (!token) throw new GatewayError('TOKEN_UNKNOWN', { details: { id } });
    return token;
  }

  function live(id: string): TokenRecord {
    const token = known(id);
    if (token.ended) throw new GatewayError('TOKEN_REVOKED', { details: { id, endedAt: token.ended.at, reason: token.ended.reason } });
    return token;
  }

  function refuseWhenFull(kind: TokenRecord['kind']): void {
    if (register.live().filter((token) => token.kind === kind).length >= MAX_LIVE) {
      throw new GatewayError('TOKEN_LIMIT', { details: { limit: MAX_LIVE } });
    }
  }

  function refreshUntil({ issuedAt, expiresAt }: TokenRecord): number | undefined {
    const { refreshable, refreshMs } = rules();
    if (!refreshable) return undefined;
    return refreshMs === undefined ? expiresAt : issuedAt + refreshMs;
  }

  function row(token: TokenRecord): TokenRow {
    const { id, name, prefix, roles, permissions, createdAt, issuedAt, createdBy, expiresAt, ended, lastUsed, device } = token;
    const until = token.kind === 'service_token' ? refreshUntil(token) : undefined;
    return {
      id,
      name,
      prefix,
      roles,
      createdAt,
      issuedAt,
      state: ended ? 'revoked' : hasExpired(token, register) ? 'expired' : 'active',
      ...(permissions && { scopes: permissions }),
      ...(createdBy && { createdBy: createdBy.id }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(until !== undefined && { refreshUntil: until }),
      ...(ended && { endedAt: ended.at, reason: ended.reason }),
      ...(lastUsed && { lastUsedAt: lastUsed.at }),
      ...(lastUsed?.address !== undefined && { lastUsedFrom: lastUsed.address }),
      ...(device && { device }),
    };
  }

  function noteUse(token: TokenRecord, socket: AccessRequest['socket']): void {
    const now = Date.now();
    const { subject, client } = clientIn(socket, pseudonym);
    token.lastUsed = { at: now, address: client?.address };
    if (now - token.useRecordedAt < DAY_MS) return;
    token.useRecordedAt = now;
    const { kind, id, name } = token;
    const event = AuthTokenUsed.create({ kind, tokenId: id, name, ...(client && { client }) });
    const written = record(TOKEN_STREAM, event, { actor: actorOf(token), ...(subject && { subject }) })
      .catch((error: unknown) => logger.warn({ err: error, tokenId: id }, 'the use of a token was not recorded'))
      .finally(() => writing.delete(written));
    writing.add(written);
  }

  async function exchange(text: string, socket: AccessRequest['socket']): Promise<IssuedToken> {
    const secret = register.secret(tokenHash(text));
    if (!secret) throw mismatch(text);
    const { token, state } = secret;
    if (token.ended) throw new GatewayError('TOKEN_REVOKED');
    if (state === 'exchanged') {
      const { subject, client } = clientIn(socket, pseudonym);
      const { kind, id, name } = token;
      await commit(
        AuthTokenReused.create({ kind, tokenHash: tokenHash(text), tokenId: id, name, ...(client && { client }) }),
        actorOf(token),
        subject,
      );
      await end(token, actorOf(token), 'reused');
      await endGrantedBy(id, actorOf(token), 'granting token reused');
      throw new GatewayError('TOKEN_REUSED');
    }
    if (state !== 'live') throw new GatewayError('TOKEN_REVOKED');
    if (token.kind === 'device_token') {
      throw new GatewayError('TOKEN_NOT_REFRESHABLE', {
        message: 'A device token is not exchanged here.',
        details: { remedy: 'The device renews it with the WebSocket method device.token.rotate.' },
      });
    }
    refuseUnlessRefreshable(rules(), token.issuedAt, token.expiresAt);
    const lifetimeMs = token.expiresAt === undefined ? undefined : token.expiresAt - token.issuedAt;
    const fresh = await issue({ ...token, lifetimeMs }, 'refreshed', actorOf(token));
    revocations.emit(`token:${token.id}`);
    return fresh;
  }

  return {
    identify(text, socket, deviceId) {
      const kind = readTokenText(text);
      if (kind === undefined) return undefined;
      const secret = register.secret(tokenHash(text));
      if (!secret) return mismatch(text);
      const { token, state } = secret;
      if (token.ended || state !== 'live') return new GatewayError('TOKEN_REVOKED');
      if (hasExpired(token, register)) return new GatewayError('TOKEN_EXPIRED', { details: { expiredAt: token.expiresAt } });
      if (token.device && token.device.id !== deviceId) {
        return new GatewayError('TOKEN_MISMATCH', {
          message: 'A device token opens a WebSocket only, for the device that it was given to.',
        });
      }
      noteUse(token, socket);
      const { id: tokenId, roles, permissions } = token;
      return { method: 'token', actor: actorOf(token), roles, tokenId, ...(permissions && { permissions }) };
    },
    services: () => register.list('service_token').map(row),
    devices: () => register.list('device_token').map(row),
    ofDevice: (deviceId, role) =>
      register.live().find(({ device }) => device !== undefined && device.id === deviceId && device.role === role),
    create: (order, by) =>
      inTurn(async () => {
        const { name, roles, permissions, lifetimeMs = rules().lifetimeMs } = order;
        refuseUseless(order);
        refuseUnlessMayGrant(by, order);
        refuseWhenFull('service_token');
        return await issue(
          { kind: 'service_token', id: newId('token'), name, roles, permissions, lifetimeMs, hash: undefined },
          'created',
          by.actor,
        );
      }),
    rotate: (id, by) =>
      inTurn(async () => {
        const token = live(id);
        if (token.kind !== 'service_token') throw new GatewayError('TOKEN_UNKNOWN', { details: { id } });
        refuseUnlessMayGrant(by, token);
        const lifetimeMs = token.expiresAt === undefined ? undefined : token.expiresAt - token.issuedAt;
        const fresh = await issue({ ...token, lifetimeMs }, 'rotated', by.actor);
        return { ...fresh, connections: revocations.emit(`token:${id}`) };
      }),
    revoke: (id, actor, reason = 'revoked') =>
      inTurn(async () => {
        const token = known(id);
        if (token.ended) return { ...row(token), connections: 0 };
        const connections = await end(token, actor, reason);
        await endGrantedBy(id, actor, 'granting token revoked');
        return { ...row(token), connections };
      }),
    revokeGrantedBy: (grantedBy, actor, reason) => inTurn(() => endGrantedBy(grantedBy, actor, reason)),
    refresh: (text, socket) => inTurn(() => exchange(text, socket)),
    issueToDevice: ({ device, granted, grantedBy, actor }) =>
      inTurn(async () => {
        const former = register.live().find((token) => token.device?.id === device.id && token.device.role === device.role);
        // What it is, and on whose strength it is there, stays with a token; another origin makes another token.
        const same = former?.grantedBy === grantedBy && sameTexts(former.device?.scopes, device.scopes) ? former : undefined;
        if (former && !same) await end(former, actor, 'replaced');
        if (!same) refuseWhenFull('device_token');
        const { roles, permissions } = granted;
        const name = `${device.clientId} on ${device.platform}`.slice(0, 128);
        const token = { kind: 'device_token', id: same?.id ?? newId('token'), name, roles, permissions, device, grantedBy } as const;
        const fresh = await issue({ ...token, lifetimeMs: undefined, hash: same?.hash }, same ? 'rotated' : 'device connected', actor);
        if (same) revocations.emit(`token:${same.id}`);
        return fresh;
      }),
    async close() {
      expiry.close();
      await Promise.all([last.catch(() => undefined), ...writing]);
    },
  };
}

type Issue = Pick<TokenRecord, 'kind' | 'id' | 'name' | 'roles' | 'permissions'> & {
  readonly lifetimeMs: number | undefined;
  /** The secret that it takes the place of. */
  readonly hash: string | undefined;
  readonly device?: Device | undefined;
  readonly grantedBy?: string | undefined;
};

function mismatch(text: string): GatewayError {
  if (readTokenText(text) !== 'damaged') return new GatewayError('TOKEN_MISMATCH');
  return new GatewayError('TOKEN_MISMATCH', { message: 'The token is cut or mistyped: its checksum does not fit.' });
}

const actorOf = ({ id }: TokenRecord): Actor => ({ type: 'service_account', id });

const sameTexts = (some: readonly string[] | undefined, others: readonly string[]): boolean =>
  some !== undefined && some.length === others.length && others.every((text) => some.includes(text));
