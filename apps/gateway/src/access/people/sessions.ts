/** The login sessions of people: begun by a proof, shown, ended, and recorded each time. */
import { type Actor, AuthLogin, AuthLogout, AuthProved, AuthSessionRevoked, GatewayError, type UserRecord } from '@openclaw-gateway/events';
import { plainAddress } from '../addresses.ts';
import { clientIn } from '../client-event.ts';
import { isSecure, readCookie, sessionCookie } from '../credentials.ts';
import type { AccessRequest, RecordEvent, SignedIn } from '../index.ts';
import type { Logins } from '../login.ts';
import type { LoginThread } from '../login-thread.ts';
import { knownDevice, makeDevice } from './device-cookie.ts';
import { deviceName } from './device-name.ts';
import type { LoginMethod, LoginRow } from './operations.ts';
import type { Users } from './users.ts';

/** What may stop being good: a login, by the hash that its events carry, and what a user may do. */
export type PeopleKey = `session:${string}` | `user:${string}`;

/** How somebody proved anew who it is. */
export type ProofMethod = 'password' | 'totp' | 'recovery_code' | 'link' | 'token';

/** A login session as people see it. */
export type LoginView = {
  /** The first half of a hash; any beginning of it that is clear names the login. */
  readonly id: string;
  readonly user: string;
  readonly method: LoginMethod;
  readonly device: string | null;
  readonly address: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** When it ends if it is not used any more. */
  readonly endsAt: number;
  /** Whether it is the one that asks. */
  readonly current: boolean;
};

/** With `userId` only logins of this user. */
export type LoginSelection = ({ readonly id: string } | { readonly all: true }) & { readonly userId?: string };

export type Sessions = {
  /** Begins a login; the one that the browser had before ends. Throws `SIGN_IN_REFUSED` for somebody who may not sign in. */
  signIn(userId: string, method: LoginMethod, request: AccessRequest | undefined): Promise<SignedIn>;
  /** The login behind a request, of somebody who may still sign in. */
  current(request: AccessRequest): Promise<{ readonly login: LoginRow; readonly user: UserRecord } | undefined>;
  /** The same by the id of a login, for what stands on it. */
  byId(id: string): Promise<{ readonly login: LoginRow; readonly user: UserRecord } | undefined>;
  /** Takes note of a proof; the cookie's secret changes. Throws `UNAUTHENTICATED` where the login has ended meanwhile. */
  renew(request: AccessRequest, user: UserRecord, method: ProofMethod): Promise<SignedIn>;
  list(asker: AccessRequest | undefined, userId?: string): Promise<readonly LoginView[]>;
  /** Ends logins, but for that of `keep`, and what they held open; answers how many of both. Throws `LOGIN_NOT_FOUND`, `BAD_REQUEST` for an id that is not clear. */
  revoke(
    selection: LoginSelection,
    by: { readonly actor: Actor; readonly reason: string; readonly keep?: AccessRequest | undefined },
  ): Promise<{ readonly logins: number; readonly connections: number }>;
  /** Ends the login of the request, if it has one. Resolves with the value of a Set-Cookie header. */
  logout(request: AccessRequest): Promise<string>;
  /** The browser, if it signed in to this account before. */
  deviceOf(request: AccessRequest | undefined, user: UserRecord | undefined): Promise<string | undefined>;
};

export type SessionsOptions = {
  readonly cookie: string;
  readonly users: Users;
  readonly logins: Logins;
  readonly thread: LoginThread;
  readonly record: RecordEvent;
  readonly pseudonym: (text: string) => Uint8Array;
  /** Ends what a login that ended held open; answers how much that was. */
  readonly revoked: (key: PeopleKey) => number;
  /** Finds out who the owner is. */
  readonly ownerId: () => Promise<string>;
};

export function createSessions(options: SessionsOptions): Sessions {
  const { cookie, users, logins, record } = options;
  const deviceCookie = `${cookie}_device`;
  let deviceKey: Promise<string> | undefined;

  function keyOfDevices(): Promise<string> {
    deviceKey ??= options.thread.call('device-key', {});
    deviceKey.catch(() => {
      deviceKey = undefined;
    });
    return deviceKey;
  }

  async function signedIn(secret: string, user: UserRecord, request: AccessRequest | undefined): Promise<SignedIn> {
    const secure = request !== undefined && isSecure(request);
    const device = makeDevice(user, await keyOfDevices(), Date.now());
    return {
      userId: user.userId,
      cookie: sessionCookie(cookie, secret, secure),
      deviceCookie: sessionCookie(deviceCookie, device, secure),
    };
  }

  function withUser(login: LoginRow): { readonly login: LoginRow; readonly user: UserRecord } | undefined {
    const user = users.byId(login.userId);
    return user && !user.disabled ? { login, user } : undefined;
  }

  return {
    async signIn(userId, method, request) {
      const user = users.byId(userId);
      if (!user || user.disabled) throw new GatewayError('SIGN_IN_REFUSED', { message: 'This user may not sign in any more.' });
      const before = request && readCookie(request, cookie);
      const ended = before === undefined ? undefined : await logins.end(before);
      if (ended) options.revoked(`session:${shown(ended.id)}`);
      const address = plainAddress(request?.socket?.remoteAddress) ?? null;
      const { secret, id } = await logins.create({ userId, method, address, device: deviceName(request?.headers['user-agent']) });
      const { subject, client } = clientIn(request?.socket, options.pseudonym);
      const event = AuthLogin.create({ userId, method, loginSessionHash: shown(id), ...(client && { client }) });
      await record('auth', event, { actor: { type: 'user', id: userId }, ...(subject && { subject }) });
      return signedIn(secret, user, request);
    },
    async current(request) {
      const secret = readCookie(request, cookie);
      const login = secret === undefined ? undefined : await logins.validate(secret);
      if (login === undefined) return undefined;
      // Logins that an earlier version made are the owner's, of whom no event tells yet.
      if (!users.byId(login.userId) && !users.owner()) await options.ownerId();
      return withUser(login);
    },
    async byId(id) {
      const login = await logins.find(id);
      return login && withUser(login);
    },
    async renew(request, user, method) {
      const secret = readCookie(request, cookie);
      const fresh = secret === undefined ? undefined : await logins.rotate(secret);
      if (!fresh) throw new GatewayError('UNAUTHENTICATED', { message: 'This login has ended.', details: { login: 'ended' } });
      // What is open goes by the former secret, and comes again with the new one.
      options.revoked(`session:${shown(fresh.previousId)}`);
      const { userId } = user;
      const event = AuthProved.create({ userId, method, loginSessionHash: shown(fresh.id), previousHash: shown(fresh.previousId) });
      await record('auth', event, { actor: { type: 'user', id: userId } });
      return signedIn(fresh.secret, user, request);
    },
    async list(asker, userId) {
      const secret = asker && readCookie(asker, cookie);
      const own = secret === undefined ? undefined : (await logins.validate(secret))?.id;
      const rows = (await logins.list()).filter((login) => userId === undefined || login.userId === userId);
      return rows.map(({ id, userId: of, provedAt: _, ...login }) => ({
        ...login,
        id: shown(id),
        user: users.byId(of)?.name ?? of,
        current: id === own,
      }));
    },
    async revoke(selection, { actor, reason, keep }) {
      const kept = keep && readCookie(keep, cookie);
      const keptId = kept === undefined ? undefined : (await logins.validate(kept))?.id;
      const holds = 'id' in selection ? await oneBeginningWith(selection.id, selection.userId, logins) : allBut(keptId, selection.userId);
      const ended = await logins.endWhere(holds);
      let connections = 0;
      for (const { id } of ended) connections += options.revoked(`session:${shown(id)}`);
      for (const { id, userId } of ended) {
        await record('auth', AuthSessionRevoked.create({ userId, loginSessionHash: shown(id), reason }), { actor });
      }
      return { logins: ended.length, connections };
    },
    async logout(request) {
      const secret = readCookie(request, cookie);
      const ended = secret === undefined ? undefined : await logins.end(secret);
      if (ended) {
        options.revoked(`session:${shown(ended.id)}`);
        const data = { userId: ended.userId, loginSessionHash: shown(ended.id) };
        await record('auth', AuthLogout.create(data), { actor: { type: 'user', id: ended.userId } });
      }
      return sessionCookie(cookie, undefined, isSecure(request));
    },
    async deviceOf(request, user) {
      const value = request && readCookie(request, deviceCookie);
      if (value === undefined || user === undefined) return undefined;
      return knownDevice(user, value, await keyOfDevices(), Date.now());
    },
  };
}

function allBut(keptId: string | undefined, userId: string | undefined) {
  return (login: LoginRow) => login.id !== keptId && (userId === undefined || login.userId === userId);
}

async function oneBeginningWith(beginning: string, of: string | undefined, logins: Logins): Promise<(login: LoginRow) => boolean> {
  const found = (await logins.list()).filter(({ id, userId }) => shown(id).startsWith(beginning) && (of === undefined || userId === of));
  const [only] = found;
  if (only === undefined) throw new GatewayError('LOGIN_NOT_FOUND');
  if (found.length > 1)
    throw new GatewayError('BAD_REQUEST', { message: `id: ${found.length} logins begin with ${beginning}; write more of it.` });
  return ({ id }) => id === only.id;
}

/** What of a login's hash is shown and recorded. */
export function shown(id: string): string {
  return id.slice(0, 32);
}
