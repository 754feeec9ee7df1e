/**
 * Web push: browsers that are told of calls that wait for a person, also while no page is open. Which there are is the fold of the
 * stream `push`. Each belongs to a login and ends with it; that is looked at before anything is sent.
 */
import { createHash } from 'node:crypto';
import type { Store } from '@openclaw-gateway/db';
import {
  type Actor,
  AuthLogout,
  AuthSessionRevoked,
  DataErased,
  GatewayError,
  type NewEvent,
  PUSH_STREAM,
  Push,
  PushSubscribed,
  type PushSubscription,
  PushUnsubscribed,
  type StoredEvent,
  ToolApprovalRequested,
  UserDisabled,
  UserRemoved,
} from '@openclaw-gateway/events';
import type { Access, Caller } from '../access/index.ts';
import { mayDo } from '../access/roles.ts';
import { type Egress, hostOf, portOf } from '../operations/egress/index.ts';
import { describeFailure } from '../operations/endpoint.ts';
import type { Logger } from '../operations/logs.ts';
import { subjectOf } from '../pipeline/context.ts';
import { SYSTEM } from '../take-up.ts';
import { wholeStream } from '../whole-stream.ts';
import { type BrowserKeys, createSigner, seal } from './message.ts';
import { createSender, type Notice } from './sender.ts';

const MOST_OF_ONE_USER = 10;
const MOST = 500;

/** What a browser gives when it subscribes. */
export type PushDraft = BrowserKeys & { readonly endpoint: string };

export type NotifiedBrowser = {
  readonly id: string;
  /** Such as `Firefox on Linux`. */
  readonly device?: string;
  /** The host of its push service. */
  readonly service: string;
  readonly since: number;
};

export type PushPart = {
  /** What a browser needs to subscribe, in base64url: it takes messages of this gateway only. */
  readonly publicKey: string;
  /** The browsers of who asks, the oldest first; none for who is no user. */
  readonly list: (caller: Caller) => Promise<readonly NotifiedBrowser[]>;
  /** Throws PUSH_NEEDS_LOGIN, PUSH_SUBSCRIPTION_INVALID, PUSH_SERVICE_UNKNOWN, PUSH_FULL, EGRESS_REFUSED. */
  readonly subscribe: (draft: PushDraft, caller: Caller) => Promise<{ readonly id: string }>;
  /** Throws PUSH_UNKNOWN. */
  readonly unsubscribe: (id: string, caller: Caller) => Promise<void>;
  readonly observe: (events: readonly StoredEvent[]) => void;
  /** Reads what earlier processes recorded. */
  readonly load: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type PushOptions = {
  readonly store: Pick<Store, 'log' | 'pseudonym' | 'pushKey'>;
  readonly people: Pick<Access['people'], 'users' | 'sessions'>;
  readonly egress: Pick<Egress, 'to'>;
  /** The codes of the calls that wait. */
  readonly waiting: () => readonly { readonly code: string }[];
  /** Whom the people of a push service find when they want to know who sends. */
  readonly contact: () => string;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now?: () => number;
};

export function createPush({ store, people, egress, waiting, contact, logger, now = Date.now }: PushOptions): PushPart {
  let state = Push.initial();
  let changes: Promise<unknown> = Promise.resolve();
  let newest: Notice | undefined;
  let telling: Promise<void> | undefined;
  const signer = createSigner(store.pushKey, contact);
  const unexpected = (error: unknown) =>
    logger.warn({ err: error }, 'a browser could not be told, or what it is told of could not be recorded');
  const sender = createSender({
    egress,
    signer,
    waiting: ({ code }) => {
      const calls = waiting();
      return calls.some((call) => call.code === code) ? calls.length : undefined;
    },
    onGone: (subscription) => void change(() => end(subscription, 'gone')).catch(unexpected),
    logger,
    now,
  });

  /** One after the other, so that each is decided by what the one before has left. */
  function change<T>(act: () => Promise<T>): Promise<T> {
    const next = changes.then(act);
    changes = next.catch(() => undefined);
    return next;
  }

  async function record(event: NewEvent, userId: string, actor: Actor): Promise<void> {
    const metadata = { actor, subject: subjectOf(store, 'user', userId) };
    const result = await store.log.append({ events: [{ streamId: PUSH_STREAM, event, metadata }] });
    if (!result.ok) throw new GatewayError('INTERNAL');
    for (const stored of result.events) state = Push.evolve(state, stored);
  }

  const all = () => [...state.subscriptions.values()];

  async function end(
    { subscriptionId }: PushSubscription,
    reason: Parameters<typeof PushUnsubscribed.create>[0]['reason'],
    actor = SYSTEM,
  ) {
    const known = state.subscriptions.get(subscriptionId);
    if (!known) return;
    sender.forget(subscriptionId);
    await record(PushUnsubscribed.create({ subscriptionId, userId: known.userId, reason }), known.userId, actor);
  }

  /** Ends those whose login has ended, however it did. */
  async function endStale(): Promise<void> {
    if (state.subscriptions.size === 0) return;
    const logins = await loginsByUser(all().map(({ userId }) => userId));
    for (const subscription of all()) {
      const { userId, loginBeganAt } = subscription;
      if (people.users.rolesOf(userId) === undefined) await end(subscription, 'user_ended');
      else if (!logins.get(userId)?.some(({ createdAt }) => createdAt === loginBeganAt)) await end(subscription, 'login_ended');
    }
  }

  async function loginsByUser(userIds: readonly string[]) {
    const found = [...new Set(userIds)].map(async (userId) => [userId, await people.sessions.list(undefined, userId)] as const);
    return new Map(await Promise.all(found));
  }

  /** Tells of the newest only: whoever opens it sees all that wait. */
  async function tell(): Promise<void> {
    for (;;) {
      await change(endStale);
      const notice = newest;
      newest = undefined;
      if (!notice) return;
      for (const subscription of all()) {
        const roles = people.users.rolesOf(subscription.userId);
        if (roles && mayDo({ roles }, 'approvals.decide')) sender.offer(subscription, notice);
      }
    }
  }

  function begin(notice: Notice | undefined): void {
    if (state.subscriptions.size === 0) return;
    newest = notice ?? newest;
    telling ??= tell()
      .catch(unexpected)
      .finally(() => {
        telling = undefined;
      });
  }

  const own = (caller: Caller) => all().filter(({ userId }) => userId === userOf(caller));

  return {
    publicKey: signer.publicKey,
    async list(caller) {
      const mine = userOf(caller);
      if (mine === undefined) return [];
      await change(endStale);
      const logins = await people.sessions.list(undefined, mine);
      return own(caller).map(({ subscriptionId: id, endpoint, since, loginBeganAt }) => {
        const device = logins.find(({ createdAt }) => createdAt === loginBeganAt)?.device;
        return { id, service: new URL(endpoint).host, since, ...(device && { device }) };
      });
    },
    async subscribe(draft, caller) {
      const userId = userOf(caller);
      if (userId === undefined) throw new GatewayError('PUSH_NEEDS_LOGIN');
      await check(draft, egress);
      const logins = await people.sessions.list(undefined, userId);
      const login = logins.find(({ id }) => id === caller.loginSessionHash);
      if (!login) throw new GatewayError('PUSH_NEEDS_LOGIN');
      const id = createHash('sha256').update(draft.endpoint).digest('hex').slice(0, 32);
      return await change(async () => {
        const before = state.subscriptions.get(id);
        const wanted = { ...draft, subscriptionId: id, userId, loginBeganAt: login.createdAt };
        if (before && Object.entries(wanted).every(([key, value]) => before[key as keyof typeof wanted] === value)) return { id };
        if (before?.userId !== userId && own(caller).length >= MOST_OF_ONE_USER)
          throw new GatewayError('PUSH_FULL', { details: { most: MOST_OF_ONE_USER } });
        if (!before && state.subscriptions.size >= MOST) throw new GatewayError('PUSH_FULL', { details: { most: MOST } });
        sender.forget(id);
        await record(PushSubscribed.create(wanted), userId, caller.actor);
        return { id };
      });
    },
    unsubscribe: (id, caller) =>
      change(async () => {
        const subscription = own(caller).find(({ subscriptionId }) => subscriptionId === id);
        if (!subscription) throw new GatewayError('PUSH_UNKNOWN', { details: { id } });
        await end(subscription, 'user', caller.actor);
      }),
    observe(events) {
      for (const event of events) {
        if (ToolApprovalRequested.is(event)) {
          const { approvalCode: code, tool, expiresAt } = event.data;
          if (code !== undefined) begin({ code, tool, expiresAt, agent: event.metadata.agentId ?? '' });
        } else if ([AuthLogout, AuthSessionRevoked, UserDisabled, UserRemoved].some((type) => type.is(event))) begin(undefined);
        else if (DataErased.is(event)) {
          const { subject } = event.data;
          const erased = all().filter(({ userId }) => subjectOf(store, 'user', userId) === subject);
          for (const subscription of erased) void change(() => end(subscription, 'user_ended')).catch(unexpected);
        }
      }
    },
    async load() {
      for await (const event of wholeStream(store.log, PUSH_STREAM)) state = Push.evolve(state, event);
    },
    async close() {
      await telling;
      await sender.close();
      await changes;
    },
  };
}

/** Somebody whose browser it is: a program has none. */
function userOf({ method, actor, loginSessionHash }: Caller): string | undefined {
  return method === 'session' && actor.type === 'user' && loginSessionHash !== undefined ? actor.id : undefined;
}

/** What a browser says is judged like what any message names: the gateway must not be made to call its own network. */
async function check({ endpoint, ...keys }: PushDraft, egress: Pick<Egress, 'to'>): Promise<void> {
  const url = URL.parse(endpoint);
  if (!url || !isPrivateWay(url))
    throw new GatewayError('PUSH_SUBSCRIPTION_INVALID', { message: 'endpoint: expected an https address without a user in it.' });
  try {
    seal('', keys);
  } catch (error) {
    throw new GatewayError('PUSH_SUBSCRIPTION_INVALID', { message: `${describeFailure(error)}.` });
  }
  try {
    await egress.to().resolve({ host: hostOf(url), port: portOf(url) });
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('PUSH_SERVICE_UNKNOWN', { message: `The gateway cannot find ${url.host}: ${describeFailure(error)}.` });
  }
}

/** Without TLS only to this machine, which the rules of what may be called must allow besides. */
function isPrivateWay({ protocol, hostname, username, password }: URL): boolean {
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
  return isPrivate && username === '' && password === '';
}
