/** What may be given away, and exchanged: the rules of the configuration, and that nobody gives more than is his. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Caller } from './index.ts';
import { type Granted, mayDo, type Permission, permissionsOf, type Role } from './roles.ts';

/** What `gateway.auth.token` says of tokens that the gateway makes. */
export type TokenRules = {
  readonly sizeBytes: number;
  readonly lifetimeMs: number | undefined;
  readonly refreshable: boolean;
  /** How long after it was made a token can be exchanged; until it expires when left out. */
  readonly refreshMs: number | undefined;
};

export type TokenOrder = {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Narrows the roles. */
  readonly permissions?: readonly Permission[];
  /** What the configuration says when left out. */
  readonly lifetimeMs?: number;
};

/** Throws `FORBIDDEN` when somebody would give away more than is his. */
export function refuseUnlessMayGrant(by: Caller, granted: Granted): void {
  const missing = permissionsOf(granted).filter((permission) => !mayDo(by, permission));
  if (missing.length === 0) return;
  throw new GatewayError('FORBIDDEN', {
    message: `This would give away more than you may do yourself: ${missing.join(', ')}.`,
    details: { missing, remedy: 'Choose a narrower role, or fewer scopes.' },
  });
}

/** Throws `TOKEN_NOT_REFRESHABLE` or `TOKEN_EXPIRED` when the rules do not let a token of this age be exchanged. */
export function refuseUnlessRefreshable({ refreshable, refreshMs }: TokenRules, issuedAt: number, expiresAt: number | undefined): void {
  if (!refreshable) throw new GatewayError('TOKEN_NOT_REFRESHABLE');
  const until = refreshMs === undefined ? expiresAt : issuedAt + refreshMs;
  if (until === undefined || Date.now() < until) return;
  throw new GatewayError('TOKEN_EXPIRED', {
    message: 'The token is too old to be exchanged.',
    details: { until, remedy: 'Have a new one made. gateway.auth.token.refreshExpiry says how long a token can be exchanged.' },
  });
}

/** Throws `BAD_REQUEST` for scopes that narrow nothing, or leave nothing. */
export function refuseUseless({ roles, permissions }: TokenOrder): void {
  const beyond = permissions?.filter((permission) => !mayDo({ roles }, permission)) ?? [];
  if (beyond.length === 0 && permissions?.length !== 0) return;
  const message =
    beyond.length === 0
      ? 'scopes: expected at least one permission, or none to leave the role as it is'
      : `scopes: ${beyond.join(', ')} is not part of ${roles.join(', ')}, and scopes only narrow a role`;
  throw new GatewayError('BAD_REQUEST', { message, details: { scopes: permissionsOf({ roles }) } });
}
