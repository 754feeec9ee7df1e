/** Which addresses are turned away. What is in force is the fold of the stream `auth/bans`, kept in memory. */
import type { EventLog, Store } from '@openclaw-gateway/db';
import { type Actor, AuthAddressBanned, AuthAddressUnbanned, GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import type { RecordEvent } from '../access/index.ts';
import { subjectOf } from '../pipeline/context.ts';
import { networkOf } from './network.ts';

export const BANS_STREAM = 'auth/bans';

export type Ban = {
  /** An address, or the /64 of an IPv6 address. */
  readonly address: string;
  readonly reason: 'rate' | 'anomaly' | 'operator';
  readonly since: number;
  /** When it ends; without it, when somebody lifts it. */
  readonly until?: number;
  readonly note?: string;
};

const MOST_BANS = 10_000;
/** Bans by the gateway itself that are recorded in an hour. Those beyond are in force until the process ends. */
const MOST_RECORDED_PER_HOUR = 1000;
const HOUR_MS = 3_600_000;
const PAGE = 1000;
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

export type Bans = {
  /** The ban of an address, while it lasts. */
  of(network: string): Ban | undefined;
  /** Those in force, the newest first. */
  list(): readonly Ban[];
  /** Turns an address away at once and records it afterwards. */
  impose(network: string, reason: 'rate' | 'anomaly', durationMs: number): Ban;
  /** Records that an operator turns an address away, and then does. Throws `BAD_REQUEST` when there are too many. */
  add(network: string, by: Actor, options: { readonly forMs?: number; readonly note?: string }): Promise<Ban>;
  /** Records that a ban is lifted, and then does. Returns whether there was one. */
  remove(network: string, by: Actor): Promise<boolean>;
  /** Reads what earlier processes recorded. */
  load(log: Pick<EventLog, 'head' | 'readStream'>): Promise<void>;
  /** Resolves when everything is recorded. */
  close(): Promise<void>;
};

export function createBans(options: {
  readonly record: RecordEvent;
  readonly pseudonym: Store['pseudonym'];
  readonly logger: { warn(details: object, message: string): void };
  readonly onBanned: (network: string) => void;
  readonly now?: () => number;
}): Bans {
  const { record, logger, onBanned, now = Date.now } = options;
  const byHand = new Map<string, Ban>();
  /** Those of the gateway itself, in the order in which they were made. */
  const own = new Map<string, Ban>();
  const writing = new Set<Promise<unknown>>();
  const hour = { startedAt: 0, recorded: 0 };

  const metadata = (network: string, actor: Actor) => ({ actor, subject: subjectOf(options, 'address', network) });
  const write = (ban: Ban, actor: Actor) => {
    const { address, reason, until, note } = ban;
    const event = AuthAddressBanned.create({ address, reason, ...(until !== undefined && { until }), ...(note !== undefined && { note }) });
    return record(BANS_STREAM, event, metadata(address, actor));
  };

  function of(network: string): Ban | undefined {
    for (const bans of [byHand, own]) {
      const ban = bans.get(network);
      if (!ban) continue;
      if (ban.until === undefined || ban.until > now()) return ban;
      bans.delete(network);
    }
    return undefined;
  }

  function put(ban: Ban): void {
    lift(ban.address);
    (ban.reason === 'operator' ? byHand : own).set(ban.address, ban);
    onBanned(ban.address);
  }

  function lift(network: string): void {
    byHand.delete(network);
    own.delete(network);
  }

  /** Whether there is room for one more. The oldest that the gateway made itself makes room, which is the next to end. */
  function makeRoom(): boolean {
    if (byHand.size + own.size < MOST_BANS) return true;
    const [oldest] = own.keys();
    return oldest !== undefined && own.delete(oldest);
  }

  function mayRecord(): boolean {
    if (now() - hour.startedAt >= HOUR_MS) Object.assign(hour, { startedAt: now(), recorded: 0 });
    hour.recorded += 1;
    if (hour.recorded === MOST_RECORDED_PER_HOUR + 1) {
      logger.warn({ limit: MOST_RECORDED_PER_HOUR }, 'more bans in an hour than are recorded: they end with this process');
    }
    return hour.recorded <= MOST_RECORDED_PER_HOUR;
  }

  return {
    of,
    list: () => [...byHand.keys(), ...own.keys()].flatMap((network) => of(network) ?? []).sort((a, b) => b.since - a.since),
    impose(network, reason, durationMs) {
      const known = of(network);
      if (known) return known;
      const ban: Ban = { address: network, reason, since: now(), until: now() + durationMs };
      if (!makeRoom()) return ban;
      put(ban);
      if (!mayRecord()) return ban;
      const written = write(ban, SYSTEM)
        .catch((error: unknown) => logger.warn({ err: error }, 'a ban was not recorded'))
        .finally(() => writing.delete(written));
      writing.add(written);
      return ban;
    },
    async add(network, by, { forMs, note }) {
      const ban: Ban = {
        address: network,
        reason: 'operator',
        since: now(),
        ...(forMs !== undefined && { until: now() + forMs }),
        ...(note !== undefined && { note }),
      };
      for (const known of byHand.keys()) of(known);
      if (!byHand.has(network) && !makeRoom()) {
        throw new GatewayError('BAD_REQUEST', {
          message: `${MOST_BANS} addresses are banned, and no more can be.`,
          details: { remedy: 'Lift some with `openclaw gateway bans remove`, or turn whole networks away in front of the gateway.' },
        });
      }
      await write(ban, by);
      put(ban);
      return ban;
    },
    async remove(network, by) {
      if (!of(network)) return false;
      await record(BANS_STREAM, AuthAddressUnbanned.create({ address: network }), metadata(network, by));
      lift(network);
      return true;
    },
    async load(log) {
      const bans = new Map<string, Ban>();
      let afterVersion = 0;
      while (log.head() > 0) {
        const page = await log.readStream(BANS_STREAM, { afterVersion, limit: PAGE });
        for (const event of page) foldBan(bans, event, now());
        afterVersion += page.length;
        if (page.length < PAGE) break;
      }
      for (const ban of bans.values()) if (makeRoom()) put(ban);
    },
    async close() {
      await Promise.all(writing);
    },
  };
}

/** The bans after one more event. Whoever was erased is no longer known, and so no longer banned. */
export function foldBan(bans: Map<string, Ban>, event: StoredEvent, now: number): void {
  if (AuthAddressBanned.is(event)) {
    const { reason, until, note } = event.data;
    const address = networkOf(event.data.address);
    if (address === undefined || (until !== undefined && until <= now)) return;
    bans.delete(address);
    bans.set(address, { address, reason, since: event.time, ...(until !== undefined && { until }), ...(note !== undefined && { note }) });
  } else if (AuthAddressUnbanned.is(event)) {
    bans.delete(event.data.address);
  }
}
