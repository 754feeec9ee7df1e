/** What is done to users: each change is recorded, and what it takes away ends at once. */
import {
  type Actor,
  GatewayError,
  UserPasswordCleared,
  UserPasswordSet,
  type UserRecord,
  UserRecoveryCodesMade,
  UserTotpDisabled,
  UserTotpEnabled,
} from '@openclaw-gateway/events';
import type { AccessRequest } from '../index.ts';
import type { LoginThread } from '../login-thread.ts';
import type { Role } from '../roles.ts';
import { checkPassword } from './password-rules.ts';
import type { PeopleKey, Sessions } from './sessions.ts';
import type { NewUser, Users } from './users.ts';

export type Accounts = {
  /** Throws `USER_EXISTS`, `BAD_REQUEST`, `PASSWORD_REFUSED`. */
  add(user: NewUser & { readonly password?: string | undefined }, actor: Actor): Promise<UserRecord>;
  /** Throws `OWNER_PROTECTED`. Holds for what is open, too. */
  setRoles(user: UserRecord, roles: readonly Role[], actor: Actor): Promise<UserRecord>;
  /** Somebody who is disabled is signed out everywhere. */
  setDisabled(user: UserRecord, disabled: boolean, actor: Actor): Promise<UserRecord>;
  /** Removes the user with password, second factor and logins. */
  remove(user: UserRecord, actor: Actor): Promise<void>;
  /** Ends the user's logins but for that of `keep`. Throws `PASSWORD_REFUSED`, `BAD_REQUEST` for somebody whom a provider signs in. */
  setPassword(user: UserRecord, password: string, actor: Actor, keep?: AccessRequest): Promise<void>;
  /** Leaves the user without one, and signed out everywhere. */
  clearPassword(user: UserRecord, actor: Actor): Promise<void>;
  /** Makes a secret for an authenticator app; it counts once a code of it is confirmed. */
  beginTotp(user: UserRecord): Promise<{ readonly uri: string; readonly secret: string }>;
  /** Throws `TOTP_CODE_WRONG`. */
  confirmTotp(user: UserRecord, code: string, actor: Actor): Promise<void>;
  /** From now on the password is enough. Ends the user's logins but for that of `keep`. */
  resetTotp(user: UserRecord, actor: Actor, keep?: AccessRequest): Promise<void>;
  /** Ten codes, each good once in place of the app's. Throws `BAD_REQUEST` for a user without an app. */
  makeRecoveryCodes(user: UserRecord, actor: Actor): Promise<readonly string[]>;
};

/** Throws `BAD_REQUEST` for somebody whom a provider signs in: who is turned away there must have no other way in. */
export function checkOwnCredentials(user: UserRecord | undefined): void {
  if (user?.external === undefined) return;
  const message = `${user.name} signs in by ${user.external.issuer}, and has no password or sign-in link of the own making.`;
  throw new GatewayError('BAD_REQUEST', { message });
}

export type AccountsOptions = {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly thread: LoginThread;
  /** Told of each user whose rights have changed. */
  readonly revoked: (key: PeopleKey) => number;
};

export function createAccounts({ users, sessions, thread, revoked }: AccountsOptions): Accounts {
  async function endLogins({ userId }: UserRecord, reason: string, actor: Actor, keep?: AccessRequest): Promise<void> {
    await sessions.revoke({ all: true, userId }, { actor, reason, keep });
    revoked(`user:${userId}`);
  }

  async function storePassword({ userId }: UserRecord, password: string, actor: Actor): Promise<void> {
    await thread.call('set-password', { userId, password });
    await users.note(userId, UserPasswordSet.create({ userId }), actor);
  }

  const namesOf = ({ name, email }: { readonly name: string; readonly email?: string | undefined }) => (email ? [name, email] : [name]);

  return {
    async add({ password, ...user }, actor) {
      if (password !== undefined) await checkPassword(password, namesOf(user));
      const added = await users.add(user, actor);
      if (password !== undefined) await storePassword(added, password, actor);
      return users.byId(added.userId) ?? added;
    },
    async setRoles(user, roles, actor) {
      const changed = await users.setRoles(user, roles, actor);
      revoked(`user:${user.userId}`);
      return changed;
    },
    async setDisabled(user, disabled, actor) {
      const changed = await users.setDisabled(user, disabled, actor);
      if (disabled) await endLogins(user, 'user disabled', actor);
      return changed;
    },
    async remove(user, actor) {
      await users.remove(user, actor);
      await endLogins(user, 'user removed', actor);
      await thread.call('forget-user', { userId: user.userId });
    },
    async setPassword(user, password, actor, keep) {
      checkOwnCredentials(user);
      await checkPassword(password, namesOf(user));
      await storePassword(user, password, actor);
      await endLogins(user, 'new password', actor, keep);
    },
    async clearPassword(user, actor) {
      const { userId } = user;
      await thread.call('clear-password', { userId });
      await users.note(userId, UserPasswordCleared.create({ userId }), actor);
      await endLogins(user, 'password deleted', actor);
    },
    beginTotp: ({ userId, name }) => thread.call('begin-totp', { userId, label: name, now: Date.now() }),
    async confirmTotp({ userId }, code, actor) {
      const plain = code.replace(/\s/g, '');
      if (!(await thread.call('confirm-totp', { userId, code: plain, now: Date.now() }))) throw new GatewayError('TOTP_CODE_WRONG');
      await users.note(userId, UserTotpEnabled.create({ userId }), actor);
    },
    async resetTotp(user, actor, keep) {
      const { userId } = user;
      await thread.call('remove-totp', { userId });
      await users.note(userId, UserTotpDisabled.create({ userId }), actor);
      await endLogins(user, 'authenticator app removed', actor, keep);
    },
    async makeRecoveryCodes({ userId, name, totp }, actor) {
      if (!totp) {
        const remedy = `Set one up first: \`openclaw users totp setup ${name}\`.`;
        throw new GatewayError('BAD_REQUEST', { message: `${name} uses no authenticator app.`, details: { remedy } });
      }
      const codes = await thread.call('make-recovery-codes', { userId });
      await users.note(userId, UserRecoveryCodesMade.create({ userId, codes: codes.length }), actor);
      return codes;
    },
  };
}
