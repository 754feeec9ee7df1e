/** How sessions of Discord's gateway are begun: where, how many shards there are to be, and how soon after each other. */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { DiscordApi } from './api.ts';

/** Discord takes so many shards as may identify at once, and the next ones after this time. */
const IDENTIFY_EVERY_MS = 5_000;
/** Discord's largest bots have fewer. */
const MOST_SHARDS = 1_000;

const starts = z.looseObject({
  url: z.string(),
  shards: z.int().min(1).max(MOST_SHARDS).catch(1),
  session_start_limit: z
    .looseObject({ remaining: z.number(), reset_after: z.number(), max_concurrency: z.int().min(1).catch(1) })
    .optional(),
});

export type SessionStart = {
  readonly url: string;
  /** How many connections Discord recommends, each for its part of the servers. */
  readonly shards: number;
  /** How many of them may identify at once. */
  readonly concurrency: number;
  /** How many sessions may still be begun today, and when that is set back, in milliseconds from now. */
  readonly limit?: { readonly remaining: number; readonly resetAfterMs: number };
};

/** Asks Discord. Throws CHANNEL_UNAVAILABLE when it does not say. */
export async function askSessionStart(api: DiscordApi, signal: AbortSignal): Promise<SessionStart> {
  const answer = starts.safeParse(await api.call('GET', '/gateway/bot', signal)).data;
  if (!answer) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Discord names no address to connect to.' });
  const { url, shards, session_start_limit: limit } = answer;
  return {
    url,
    shards,
    concurrency: limit?.max_concurrency ?? 1,
    ...(limit && { limit: { remaining: limit.remaining, resetAfterMs: limit.reset_after } }),
  };
}

/** Throws CHANNEL_RATE_LIMITED when not as many sessions may be begun today as are needed. */
export function checkSessionsLeft({ limit }: SessionStart, needed: number): void {
  if (!limit || limit.remaining >= needed) return;
  const message =
    needed === 1
      ? 'The bot has begun as many sessions as Discord allows in a day.'
      : `The bot needs ${needed} sessions, and Discord allows ${limit.remaining} more today.`;
  throw new GatewayError('CHANNEL_RATE_LIMITED', { message, details: { retryAfterMs: limit.resetAfterMs } });
}

/** Resolves when the shard may identify: of those that share a turn, one every five seconds. */
export function identifyTurns(concurrency: number, signal: AbortSignal): (shard: number) => Promise<void> {
  const free = new Map<number, number>();
  return async (shard) => {
    const turn = shard % concurrency;
    const now = performance.now();
    const at = Math.max(free.get(turn) ?? 0, now);
    free.set(turn, at + IDENTIFY_EVERY_MS);
    if (at > now) await wait(at - now, undefined, { signal }).catch(() => {});
  };
}
