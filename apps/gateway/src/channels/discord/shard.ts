/**
 * One shard: a connection of Discord's gateway for its part of the servers, held, resumed and begun anew by itself. It has no
 * acknowledgements: what is told back, and resumed after, is the last dispatch up to which everything is committed. What a resume
 * cannot bring is asked for.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { BACKOFF, restartDelayMs } from '../backoff.ts';
import type { Lanes } from '../lanes.ts';
import { untilDurable } from '../until-durable.ts';
import type { CatchUp } from './catch-up.ts';
import { commit, type ReceiveContext } from './commit.ts';
import { type Flow, holdGateway, type Session } from './gateway.ts';
import { readDispatch } from './message.ts';
import type { KnownPlaces } from './places.ts';

/** What a shard knows of its servers, and how it asks for what it missed there. */
export type ShardView = { readonly places: KnownPlaces; readonly catchUp: CatchUp };

export type ShardOptions = ShardView & {
  readonly shard: { readonly id: number; readonly count: number };
  readonly url: string;
  readonly apiRoot: string;
  readonly botToken: string;
  readonly messageContent: boolean;
  readonly context: ReceiveContext;
  readonly lanes: Lanes;
  /** Until when somebody listened before, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** Resolves when it may begin a session. */
  readonly turn: () => Promise<void>;
  readonly onOpen: (flow: Flow) => void;
  readonly onUp: () => void;
  readonly onDown: () => void;
  /** Called with how to ask up to which dispatch of its session everything is committed. */
  readonly onSequence: (committed: () => number) => void;
  /** Whether another shard is connected. */
  readonly isOtherUp: () => boolean;
};

/**
 * Receives until the signal aborts. A connection that cannot be made is tried again as long as another shard has one. Throws a CHANNEL_ code
 * when Discord cannot be reached at all or will not have the bot.
 */
export async function receiveShard(options: ShardOptions): Promise<void> {
  const { shard, context, places, catchUp, lanes, turn, onOpen, onDown } = options;
  const { signal } = context;
  let pending = new Set<number>();
  let session = undefined as Session | undefined;
  let { since } = options;
  let heard = 0;
  let failures = 0;
  const onUp = () => {
    failures = 0;
    options.onUp();
  };
  // Dispatches are numbered upwards, so the first that is pending is the least.
  const committed = () => (pending.values().next().value ?? heard + 1) - 1;
  options.onSequence(committed);
  const take = (name: string, data: unknown, sequence: number) => {
    heard = sequence;
    const seen = places.learn(name, data);
    if (since !== undefined) for (const place of seen) catchUp.seen(place, lanes, since);
    const reading = readDispatch(name, data, places);
    if (reading.kind === 'skip') return;
    const { lane, order } = reading.kind === 'refuse' ? { lane: 'refused', order: '' } : reading;
    // A new session numbers anew.
    const ofSession = pending;
    ofSession.add(sequence);
    lanes.add(lane, order, async () => {
      if (await untilDurable(data, () => commit(reading, data, context), context)) ofSession.delete(sequence);
    });
  };
  while (!signal.aborted) {
    if (!session && since !== undefined) await catchUp.prepare();
    const next = await holdGateway({
      url: session?.resumeUrl ?? options.url,
      apiRoot: options.apiRoot,
      botToken: options.botToken,
      messageContent: options.messageContent,
      shard,
      turn,
      signal,
      session: session && { ...session, sequence: committed() },
      sequence: committed,
      onOpen,
      onReady: (begun) => {
        [session, heard] = [begun, begun.sequence];
        pending = new Set();
        if (since !== undefined) catchUp.direct(lanes, since);
        onUp();
      },
      onResumed: onUp,
      onDispatch: take,
    }).finally(onDown);
    if (next === 'resume' || signal.aborted) continue;
    if (next instanceof GatewayError) {
      if (!options.isOtherUp()) throw next;
      await wait(restartDelayMs(BACKOFF, ++failures, next, Math.random), undefined, { signal }).catch(() => {});
      continue;
    }
    [session, since] = [undefined, Date.now()];
    // Discord asks for this pause before a new session.
    await wait(1_000 + Math.random() * 4_000, undefined, { signal }).catch(() => {});
  }
}
