/**
 * Every token that was made and what became of it: a fold of the stream `auth/tokens`, kept in memory. It holds hashes only, and
 * a token is found by its hash, so that how long a look-up takes tells nothing of the token.
 */
import {
  type Actor,
  AuthTokenIssued,
  AuthTokenReused,
  AuthTokenRevoked,
  AuthTokenUsed,
  type DataOf,
  type EventMetadata,
  type NewEvent,
  type StoredEvent,
} from '@openclaw-gateway/events';
import { PERMISSIONS, type Permission, ROLES, type Role } from './roles.ts';
import type { TokenKind } from './token-text.ts';

/** Former secrets of one token that are remembered, to know one that comes back. */
const MAX_FORMER = 100;
/** Tokens that have ended and are still shown. */
const MAX_ENDED = 1000;

export type Device = NonNullable<DataOf<typeof AuthTokenIssued>['device']>;

/** A service or device token. Its secret changes when it is rotated or exchanged; its id stays. */
export type TokenRecord = {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: Actor | undefined;
  readonly device: Device | undefined;
  readonly grantedBy: string | undefined;
  roles: readonly Role[];
  /** The permissions to which the roles are narrowed. */
  permissions: readonly Permission[] | undefined;
  prefix: string;
  hash: string;
  issuedAt: number;
  expiresAt: number | undefined;
  ended: { readonly at: number; readonly reason: string } | undefined;
  lastUsed: { readonly at: number; readonly address: string | undefined } | undefined;
  /** When its use was last written to the log. */
  useRecordedAt: number;
  readonly former: string[];
};

/** `exchanged` by its holder, `replaced` or ended by somebody else, or `expired` with no successor that its holder knows. */
type SecretState = 'live' | 'exchanged' | 'replaced' | 'expired';
export type Secret = { readonly token: TokenRecord; state: SecretState };
export type GatewaySecret = { readonly issuedAt: number; state: SecretState };

export type Fact = Pick<NewEvent, 'type' | 'data'> & { readonly time: number; readonly metadata?: EventMetadata | undefined };

export class TokenRegister {
  readonly #tokens = new Map<string, TokenRecord>();
  readonly #secrets = new Map<string, Secret>();
  readonly #gateway = new Map<string, GatewaySecret>();

  secret(hash: string): Secret | undefined {
    return this.#secrets.get(hash);
  }

  gatewaySecret(hash: string): GatewaySecret | undefined {
    return this.#gateway.get(hash);
  }

  /** The gateway tokens that were made and did not end, as far as the log knows. */
  liveGatewaySecrets(): string[] {
    return [...this.#gateway].filter(([, { state }]) => state === 'live').map(([hash]) => hash);
  }

  get(id: string): TokenRecord | undefined {
    return this.#tokens.get(id);
  }

  /** Those of a kind, the oldest first. */
  list(kind: TokenKind): TokenRecord[] {
    return [...this.#tokens.values()].filter((token) => token.kind === kind);
  }

  live(): TokenRecord[] {
    return [...this.#tokens.values()].filter((token) => token.ended === undefined);
  }

  /** Takes in what the log holds of a stream. */
  async read(events: AsyncIterable<StoredEvent>): Promise<void> {
    for await (const event of events) if (!event.erased) this.apply(event);
  }

  /** Takes in one more event of the stream. */
  apply({ type, data, time, metadata }: Fact): void {
    if (type === AuthTokenIssued.type) this.#issued(data as DataOf<typeof AuthTokenIssued>, time, metadata?.actor);
    else if (type === AuthTokenRevoked.type) this.#revoked(data as DataOf<typeof AuthTokenRevoked>, time);
    else if (type === AuthTokenReused.type) this.#reused(data as DataOf<typeof AuthTokenReused>);
    else if (type === AuthTokenUsed.type) this.#used(data as DataOf<typeof AuthTokenUsed>, time);
  }

  #issued(data: DataOf<typeof AuthTokenIssued>, time: number, actor: Actor | undefined): void {
    const { kind, tokenHash: hash, tokenId: id, expiresAt } = data;
    if (kind === 'gateway_token') return void this.#gatewaySecret(hash, time);
    if (id === undefined || (kind !== 'service_token' && kind !== 'device_token')) return;
    const roles = (data.roles ?? []).filter((role): role is Role => Object.hasOwn(ROLES, role));
    // A permission that this version does not know is none; an empty list must not turn into no list.
    const permissions = data.scopes?.filter((scope): scope is Permission => Object.hasOwn(PERMISSIONS, scope));
    const changing = { roles, permissions, prefix: data.prefix ?? '', hash, issuedAt: time, expiresAt, ended: undefined };
    const known = this.#tokens.get(id);
    const token = known ?? {
      ...changing,
      id,
      kind,
      name: data.name ?? '',
      createdAt: time,
      createdBy: actor,
      device: data.device,
      grantedBy: data.grantedBy,
      lastUsed: undefined,
      useRecordedAt: 0,
      former: [],
    };
    if (known) this.#replace(known, data.reason === 'refreshed' ? 'exchanged' : 'replaced');
    Object.assign(token, changing);
    this.#tokens.set(id, token);
    this.#secrets.set(hash, { token, state: 'live' });
  }

  #replace(token: TokenRecord, state: SecretState): void {
    const secret = this.#secrets.get(token.hash);
    if (secret) secret.state = state;
    token.former.push(token.hash);
    const oldest = token.former.length > MAX_FORMER ? token.former.shift() : undefined;
    if (oldest !== undefined) this.#secrets.delete(oldest);
  }

  #revoked({ kind, tokenHash: hash, tokenId: id, reason }: DataOf<typeof AuthTokenRevoked>, time: number): void {
    // One that an earlier version made has no event here.
    const gateway = kind === 'gateway_token' ? (this.#gateway.get(hash) ?? this.#gatewaySecret(hash, time)) : undefined;
    if (gateway) gateway.state = reason === 'refreshed' ? 'exchanged' : reason === 'expired' ? 'expired' : 'replaced';
    const token = id === undefined ? undefined : this.#tokens.get(id);
    if (!token || token.ended) return;
    token.ended = { at: time, reason };
    const ended = [...this.#tokens.values()].filter((candidate) => candidate.ended);
    if (ended.length > MAX_ENDED) this.#forget(ended.reduce((oldest, next) => (endOf(next) < endOf(oldest) ? next : oldest)));
  }

  #gatewaySecret(hash: string, issuedAt: number): GatewaySecret {
    const secret: GatewaySecret = { issuedAt, state: 'live' };
    this.#gateway.set(hash, secret);
    const oldest = this.#gateway.size > MAX_FORMER ? this.#gateway.keys().next().value : undefined;
    if (oldest !== undefined) this.#gateway.delete(oldest);
    return secret;
  }

  /** It was told of once; whoever tries it again changes nothing more. */
  #reused({ kind, tokenHash: hash }: DataOf<typeof AuthTokenReused>): void {
    const gateway = kind === 'gateway_token' ? this.#gateway.get(hash) : undefined;
    if (gateway) gateway.state = 'replaced';
  }

  #forget(token: TokenRecord): void {
    this.#tokens.delete(token.id);
    for (const hash of [token.hash, ...token.former]) this.#secrets.delete(hash);
  }

  #used({ tokenId, client }: DataOf<typeof AuthTokenUsed>, time: number): void {
    const token = this.#tokens.get(tokenId);
    if (!token) return;
    token.lastUsed = { at: time, address: client?.address };
    token.useRecordedAt = time;
  }
}

const endOf = (token: TokenRecord): number => token.ended?.at ?? 0;
