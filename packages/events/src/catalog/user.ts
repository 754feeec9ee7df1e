/** The people who may sign in, in the stream `auth/users`. No password, no secret and no hash of either is ever in an event. */
import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import type { StoredEvent } from '../envelope.ts';
import { count, name } from './shared.ts';

export const USER_STREAM = 'auth/users';

const roles = z.array(z.string().regex(/^[a-z][a-z-]{0,31}$/)).max(20);

export const UserCreated = defineEvent('user.created', {
  version: 1,
  description: 'Somebody may sign in from now on.',
  schema: z.object({
    userId: name,
    name: pii(z.string().min(1).max(64)),
    email: pii(z.string().max(320)).optional(),
    roles,
    /** The one whom the gateway token and the links of `openclaw dashboard` sign in. */
    owner: z.boolean(),
    /** By whom the user is signed in, when not by the gateway. */
    external: z.object({ issuer: z.string().min(1).max(512), subject: pii(z.string().min(1).max(512)) }).optional(),
  }),
  summary: (d) => `User ${d.name} made: ${d.roles.join(', ') || 'no roles'}`,
  retention: 'audit',
});

export const UserRolesChanged = defineEvent('user.roles_changed', {
  version: 1,
  description: 'A user has other roles from now on.',
  schema: z.object({ userId: name, roles, before: roles }),
  summary: (d) => `Roles of ${d.userId}: ${d.before.join(', ') || 'none'} → ${d.roles.join(', ') || 'none'}`,
  retention: 'audit',
  severity: 'warn',
});

export const UserDisabled = defineEvent('user.disabled', {
  version: 1,
  description: 'A user may not sign in any more; the logins have ended.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} disabled`,
  retention: 'audit',
  severity: 'warn',
});

export const UserEnabled = defineEvent('user.enabled', {
  version: 1,
  description: 'A user who was disabled may sign in again.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} enabled`,
  retention: 'audit',
});

export const UserRemoved = defineEvent('user.removed', {
  version: 1,
  description: 'A user is no more: the logins have ended, password and second factor are deleted.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} removed`,
  retention: 'audit',
  severity: 'warn',
});

export const UserPasswordSet = defineEvent('user.password_set', {
  version: 1,
  description: 'A user has a new password.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} has a new password`,
  retention: 'audit',
});

export const UserPasswordCleared = defineEvent('user.password_cleared', {
  version: 1,
  description: 'A user has no password any more, and signs in by a link.',
  schema: z.object({ userId: name }),
  summary: (d) => `Password of ${d.userId} deleted`,
  retention: 'audit',
  severity: 'warn',
});

export const UserTotpEnabled = defineEvent('user.totp_enabled', {
  version: 1,
  description: 'A user signs in with a code of an authenticator app from now on.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} uses an authenticator app`,
  retention: 'audit',
});

export const UserTotpDisabled = defineEvent('user.totp_disabled', {
  version: 1,
  description: 'A user needs no code of an authenticator app any more.',
  schema: z.object({ userId: name }),
  summary: (d) => `User ${d.userId} uses no authenticator app any more`,
  retention: 'audit',
  severity: 'warn',
});

export const UserRecoveryCodesMade = defineEvent('user.recovery_codes_made', {
  version: 1,
  description: 'A user has new recovery codes; the earlier ones are void.',
  schema: z.object({ userId: name, codes: count }),
  summary: (d) => `${d.codes} recovery codes made for ${d.userId}`,
  retention: 'audit',
});

export const UserRecoveryUsed = defineEvent('user.recovery_used', {
  version: 1,
  description: 'A user signed in with a recovery code in place of the authenticator app.',
  schema: z.object({ userId: name, left: count }),
  summary: (d) => `${d.userId} used a recovery code; ${d.left} left`,
  retention: 'audit',
  severity: 'warn',
});

/** A user as the log has it. Times are Unix times in milliseconds. */
export type UserRecord = {
  readonly userId: string;
  readonly name: string;
  readonly email?: string;
  readonly roles: readonly string[];
  readonly owner: boolean;
  readonly disabled: boolean;
  readonly createdAt: number;
  /** When the password was set; absent where there is none. */
  readonly passwordSetAt?: number;
  readonly totp: boolean;
  readonly recoveryCodes: number;
  readonly external?: { readonly issuer: string; readonly subject: string };
};

/** Everyone who is there, by id. */
export type UserState = Record<string, UserRecord>;

export const User = defineAggregate<UserState>({
  name: 'user',
  events: [
    UserCreated,
    UserRolesChanged,
    UserDisabled,
    UserEnabled,
    UserRemoved,
    UserPasswordSet,
    UserPasswordCleared,
    UserTotpEnabled,
    UserTotpDisabled,
    UserRecoveryCodesMade,
    UserRecoveryUsed,
  ],
  initial: () => ({}),
  evolve(state, event) {
    if (UserCreated.is(event)) {
      const { data, time } = event;
      state[data.userId] = { ...data, disabled: false, createdAt: time, totp: false, recoveryCodes: 0 } as UserRecord;
      return state;
    }
    const { userId } = event.data as { readonly userId?: string };
    const before = userId === undefined ? undefined : state[userId];
    if (before === undefined) return state;
    const after = changed(before, event);
    if (after) state[before.userId] = after;
    else delete state[before.userId];
    return state;
  },
});

/** The user after one more event; nothing once removed. */
function changed(user: UserRecord, event: StoredEvent): UserRecord | undefined {
  if (UserRemoved.is(event)) return undefined;
  if (UserRolesChanged.is(event)) return { ...user, roles: event.data.roles };
  if (UserDisabled.is(event)) return { ...user, disabled: true };
  if (UserEnabled.is(event)) return { ...user, disabled: false };
  if (UserPasswordSet.is(event)) return { ...user, passwordSetAt: event.time };
  if (UserPasswordCleared.is(event)) {
    const { passwordSetAt: _, ...rest } = user;
    return rest;
  }
  if (UserTotpEnabled.is(event)) return { ...user, totp: true };
  if (UserTotpDisabled.is(event)) return { ...user, totp: false, recoveryCodes: 0 };
  if (UserRecoveryCodesMade.is(event)) return { ...user, recoveryCodes: event.data.codes };
  if (UserRecoveryUsed.is(event)) return { ...user, recoveryCodes: event.data.left };
  return user;
}
