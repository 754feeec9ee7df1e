/** Who may sign in: a fold of the stream `auth/users`, and the decisions that add to it. Passwords and secrets are not here (the login thread). */
import {
  type Actor,
  type EventMetadata,
  GatewayError,
  type NewEvent,
  newId,
  type StoredEvent,
  USER_STREAM,
  User,
  UserCreated,
  UserDisabled,
  UserEnabled,
  type UserRecord,
  UserRemoved,
  UserRolesChanged,
} from '@openclaw-gateway/events';
import { subjectOf } from '../../pipeline/context.ts';
import { ROLE_NAMES, type Role } from '../roles.ts';

const NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/;
export const OWNER_NAME = 'owner';

/** What a stream of the log holds already, oldest first. */
export type History = (streamId: string) => AsyncIterable<StoredEvent>;

export type NewUser = { readonly name: string; readonly roles: readonly Role[]; readonly email?: string | undefined };

/** Somebody whom an identity provider signed in. */
export type ExternalPerson = {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string | undefined;
  readonly emailVerified: boolean;
  /** The roles of a user that is made for this person. Who is known already gets them from whoever asks. */
  readonly roles: readonly Role[];
};

export type Users = {
  list(): readonly UserRecord[];
  byId(userId: string): UserRecord | undefined;
  /** By name, however it is capitalised. */
  find(name: string): UserRecord | undefined;
  /** Throws `USER_NOT_FOUND`. */
  named(name: string): UserRecord;
  owner(): UserRecord | undefined;
  /** The roles of somebody who may sign in; nothing for who may not. */
  rolesOf(userId: string): readonly Role[] | undefined;
  /** Throws `USER_EXISTS`, `BAD_REQUEST`. */
  add(user: NewUser, actor: Actor): Promise<UserRecord>;
  addOwner(userId: string): Promise<UserRecord>;
  /** By issuer and subject alone: an address can change hands, and a provider's word on it is none on the gateway's users. */
  findOrCreateExternal(person: ExternalPerson): Promise<UserRecord>;
  /** Throws `OWNER_PROTECTED`. */
  setRoles(user: UserRecord, roles: readonly Role[], actor: Actor): Promise<UserRecord>;
  setDisabled(user: UserRecord, disabled: boolean, actor: Actor): Promise<UserRecord>;
  remove(user: UserRecord, actor: Actor): Promise<void>;
  /** Records a fact about a user. */
  note(userId: string, event: NewEvent, actor: Actor): Promise<void>;
};

export type UsersOptions = {
  readonly record: (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<unknown>;
  readonly history: History;
  readonly pseudonym: (text: string) => Uint8Array;
};

export async function openUsers(options: UsersOptions): Promise<Users> {
  let state = User.initial();
  for await (const event of options.history(USER_STREAM)) state = User.evolve(state, event);
  let last: Promise<unknown> = Promise.resolve();

  const all = () => Object.values(state);
  const find = (name: string) => all().find((user) => user.name === name.toLowerCase());

  /** One change after the other, so that each is decided by what the one before has left. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = last.then(change, change);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function record(userId: string, event: NewEvent, actor: Actor): Promise<void> {
    await options.record(USER_STREAM, event, { actor, subject: subjectOf(options, 'user', userId) });
    state = User.evolve(state, { ...event, time: Date.now() } as StoredEvent);
  }

  /** Records a change of a user who is still there. */
  async function change(userId: string, decide: (user: UserRecord) => NewEvent | undefined, actor: Actor): Promise<void> {
    await inTurn(async () => {
      const user = state[userId];
      const event = user && decide(user);
      if (event) await record(userId, event, actor);
    });
  }

  async function create(user: Omit<Parameters<typeof UserCreated.create>[0], 'userId'> & { readonly userId?: string }, actor: Actor) {
    const userId = user.userId ?? newId('user');
    await record(userId, UserCreated.create({ ...user, userId }), actor);
    return state[userId] as UserRecord;
  }

  function checkNotOwner(user: UserRecord): void {
    if (user.owner) throw new GatewayError('OWNER_PROTECTED');
  }

  const fresh = ({ userId }: UserRecord) => {
    const user = state[userId];
    if (!user) throw new GatewayError('USER_NOT_FOUND');
    return user;
  };

  return {
    list: () => all().toSorted((a, b) => a.name.localeCompare(b.name)),
    byId: (userId) => state[userId],
    find,
    named(name) {
      const user = find(name);
      if (user) return user;
      throw new GatewayError('USER_NOT_FOUND', { message: `No user is called ${JSON.stringify(name.slice(0, 64))}.` });
    },
    owner: () => all().find(({ owner }) => owner),
    rolesOf(userId) {
      const user = state[userId];
      return user && !user.disabled ? user.roles.filter(isRole) : undefined;
    },
    add: ({ name, roles, email }, actor) =>
      inTurn(async () => {
        const wanted = name.toLowerCase();
        if (!NAME.test(wanted)) {
          const message = `name: expected up to 64 letters, digits and ". _ @ + -", beginning with a letter or a digit, got ${JSON.stringify(name.slice(0, 64))}.`;
          throw new GatewayError('BAD_REQUEST', { message });
        }
        if (wanted === OWNER_NAME || find(wanted))
          throw new GatewayError('USER_EXISTS', { message: `A user is called ${wanted} already.` });
        return create({ name: wanted, roles: [...new Set(roles)], owner: false, ...(email !== undefined && { email }) }, actor);
      }),
    addOwner: (userId) =>
      inTurn(async () => {
        const owner = all().find((user) => user.owner);
        return owner ?? create({ userId, name: OWNER_NAME, roles: ['admin'], owner: true }, { type: 'system', id: 'gateway' });
      }),
    findOrCreateExternal: ({ issuer, subject, email, emailVerified, roles }) =>
      inTurn(async () => {
        const known = all().find(({ external }) => external?.issuer === issuer && external.subject === subject);
        if (known) return known;
        const verified = emailVerified && email !== undefined ? email : undefined;
        const user = {
          name: freeName(verified, subject, (name) => name === OWNER_NAME || find(name) !== undefined),
          roles: [...new Set(roles)],
          owner: false,
          external: { issuer, subject },
          ...(verified !== undefined && { email: verified }),
        };
        return create(user, { type: 'system', id: 'gateway' });
      }),
    async setRoles(user, roles, actor) {
      checkNotOwner(user);
      const wanted = [...new Set(roles)];
      const decide = ({ userId, roles: before }: UserRecord) =>
        wanted.length === before.length && wanted.every((role) => before.includes(role))
          ? undefined
          : UserRolesChanged.create({ userId, roles: wanted, before: [...before] });
      await change(user.userId, decide, actor);
      return fresh(user);
    },
    async setDisabled(user, disabled, actor) {
      checkNotOwner(user);
      const decide = ({ userId, disabled: before }: UserRecord) =>
        before === disabled ? undefined : (disabled ? UserDisabled : UserEnabled).create({ userId });
      await change(user.userId, decide, actor);
      return fresh(user);
    },
    async remove(user, actor) {
      checkNotOwner(user);
      await change(user.userId, ({ userId }) => UserRemoved.create({ userId }), actor);
    },
    note: (userId, event, actor) => change(userId, () => event, actor),
  };
}

/** A name for somebody from elsewhere: the address where the provider vouches for it. */
function freeName(email: string | undefined, subject: string, taken: (name: string) => boolean): string {
  const wanted =
    [email?.toLowerCase(), subject.toLowerCase().replace(/[^a-z0-9._@+-]/g, '-')].find((name) => name && NAME.test(name)) ?? 'user';
  const base = wanted.slice(0, 56);
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${base}-${number}`;
    if (!taken(name)) return name;
  }
}

function isRole(name: string): name is Role {
  return (ROLE_NAMES as readonly string[]).includes(name);
}
