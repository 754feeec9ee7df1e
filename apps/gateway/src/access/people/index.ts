/**
 * People: who may sign in, how they prove who they are, and their logins. Facts about users are events; password hashes, secrets
 * and logins are in `auth.db`, which only the login thread opens. What a role may do is not decided here (roles.ts).
 */
import type { Denial } from '../denials.ts';
import type { AccessRequest, Caller, RecordEvent } from '../index.ts';
import { createLogins } from '../login.ts';
import { createLoginThread } from '../login-thread.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import type { LoginLimits } from './operations.ts';
import { createProofs, type Proofs } from './proofs.ts';
import { createSessions, type PeopleKey, type Sessions, shown } from './sessions.ts';
import { type History, openUsers, type Users } from './users.ts';

export { checkOwnCredentials } from './accounts.ts';
export type { LoginMethod } from './operations.ts';
export type { LoginView, PeopleKey } from './sessions.ts';
export { requireFreshProof } from './step-up.ts';
export type { ExternalPerson, History } from './users.ts';

export type People = {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly proofs: Proofs;
  /** The caller behind the login cookie of a request; nothing where there is none, or where it has ended. */
  caller(request: AccessRequest): Promise<Caller | undefined>;
  /** The one user that there always is, whom the gateway token and the links of `openclaw dashboard` sign in. */
  ownerId(): Promise<string>;
  close(): Promise<void>;
};

export type PeopleOptions = {
  /** Where `auth.db` is, or shall be. */
  readonly path: string;
  readonly cookie: string;
  readonly record: RecordEvent;
  readonly history: History;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly limits: () => LoginLimits;
  readonly denials: { add(denial: Denial): void };
  /** Uses up the code of a link and answers whom it is for, nothing for the owner. */
  readonly redeemCode: (code: string) => Promise<string | undefined>;
  readonly isGatewayToken: (token: string) => boolean;
  readonly revoked: (key: PeopleKey) => number;
};

export async function createPeople(options: PeopleOptions): Promise<People> {
  const { record, pseudonym, revoked } = options;
  const thread = createLoginThread(options.path);
  const users = await openUsers({ record, pseudonym, history: options.history });
  const logins = createLogins(thread, options.limits);
  const sessions = createSessions({ cookie: options.cookie, users, logins, thread, record, pseudonym, revoked, ownerId });

  async function ownerId(): Promise<string> {
    const known = users.owner();
    if (known) return known.userId;
    return (await users.addOwner(await thread.call('owner', {}))).userId;
  }

  const proofs = createProofs({
    users,
    sessions,
    thread,
    denials: options.denials,
    redeemCode: async (code) => (await options.redeemCode(code)) ?? (await ownerId()),
    isGatewayToken: options.isGatewayToken,
  });

  return {
    users,
    sessions,
    proofs,
    accounts: createAccounts({ users, sessions, thread, revoked }),
    ownerId,
    async caller(request) {
      const current = await sessions.current(request);
      if (!current) return undefined;
      const { login, user } = current;
      return {
        method: 'session',
        actor: { type: 'user', id: user.userId },
        roles: users.rolesOf(user.userId) ?? [],
        loginSessionHash: shown(login.id),
        provedAt: login.provedAt,
      };
    },
    close: () => thread.close(),
  };
}
