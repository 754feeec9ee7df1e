/** Receiving from Discord's gateway: by as many connections as Discord recommends, each for its part of the servers. */
import { createLanes } from '../lanes.ts';
import type { DiscordApi } from './api.ts';
import type { ReceiveContext } from './commit.ts';
import type { Flow } from './gateway.ts';
import { askSessionStart, checkSessionsLeft, identifyTurns } from './session-start.ts';
import { receiveShard, type ShardView } from './shard.ts';

/** More than this waiting, and Discord has to wait, too. */
const MOST_WAITING = 500;

export type ReceiveOptions = {
  readonly api: DiscordApi;
  readonly apiRoot: string;
  readonly botToken: string;
  readonly messageContent: boolean;
  readonly context: ReceiveContext;
  readonly viewOf: (shard: number, context: ReceiveContext) => ShardView;
  /** Called whenever all shards are connected, with how many they are. */
  readonly onConnected: (shards: number) => void;
  /** Until when somebody listened before, in milliseconds since 1970. */
  readonly since: number | undefined;
};

export type Receiving = {
  /** Resolves once the signal aborts. Rejects with a CHANNEL_ code when no shard can reach Discord, or it will not have one of them. */
  readonly ended: Promise<void>;
  /** How many shards there are, as soon as Discord said so, and how many are connected. */
  readonly shards: () => { readonly count: number; readonly connected: number } | undefined;
  /** Up to which dispatch of its session each shard has committed everything, in the shards' order. */
  readonly sequences: () => readonly number[];
};

export function receiveFromDiscord(options: ReceiveOptions): Receiving {
  const connected = new Set<number>();
  const committed: (() => number)[] = [];
  let count: number | undefined;
  return {
    ended: receiveAll(),
    shards: () => (count === undefined ? undefined : { count, connected: connected.size }),
    sequences: () => committed.map((ask) => ask()),
  };

  async function receiveAll(): Promise<void> {
    const { api, viewOf, onConnected } = options;
    const start = await askSessionStart(api, options.context.signal);
    checkSessionsLeft(start, start.shards);
    const { url, shards, concurrency } = start;
    count = shards;
    const stopped = new AbortController();
    const signal = AbortSignal.any([options.context.signal, stopped.signal]);
    const context = { ...options.context, signal };
    const turnOf = identifyTurns(concurrency, signal);
    const flows = new Map<number, Flow>();
    const lanes = createLanes((size) => {
      for (const flow of flows.values()) size > MOST_WAITING ? flow.pause() : flow.resume();
    });
    const receiving = Array.from({ length: shards }, (_, id) =>
      receiveShard({
        ...options,
        ...viewOf(id, context),
        shard: { id, count: shards },
        url,
        context,
        lanes,
        turn: () => turnOf(id),
        onOpen: (flow) => flows.set(id, flow),
        onUp: () => {
          connected.add(id);
          if (connected.size === shards) onConnected(shards);
        },
        onDown: () => connected.delete(id),
        onSequence: (ask) => {
          committed[id] = ask;
        },
        isOtherUp: () => connected.size > 0,
      }),
    );
    try {
      await Promise.all(receiving);
    } finally {
      stopped.abort();
      await Promise.allSettled(receiving);
    }
  }
}
