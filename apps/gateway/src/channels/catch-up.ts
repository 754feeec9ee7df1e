/** What is asked of a chat service that answers again: the messages that were written while nobody listened. */
import { setTimeout as wait } from 'node:timers/promises';
import { toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { untilDurable } from './until-durable.ts';

const MOST_BACK_MS = 24 * 3600 * 1000;
const MOST_TRIES = 5;

/** From when on messages are asked for, in milliseconds since 1970: `overlapMs` earlier, because the service's clock is not this one. */
export function missedFrom(since: number, overlapMs: number): number {
  return Math.max(since, Date.now() - MOST_BACK_MS) - overlapMs;
}

/** The answer, or nothing: what cannot be asked for must not hold up what comes by itself. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  for (let tries = 0; tries < MOST_TRIES && !signal.aborted; tries++) {
    try {
      return await call();
    } catch (thrown) {
      const { retryable, details } = toGatewayError(thrown);
      if (!retryable) return undefined;
      const askedMs = details?.['retryAfterMs'];
      await wait(typeof askedMs === 'number' ? askedMs : 1_000, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

/** Commits what was found, in its order; what is not a message is left out. */
export async function takeMissed<M, R extends { readonly kind: string }>(
  found: readonly M[],
  read: (message: M) => R,
  commit: (reading: R, message: M) => Promise<void>,
  context: Pick<ChannelContext<unknown>, 'refuse' | 'signal'>,
): Promise<void> {
  for (const message of found) {
    const reading = read(message);
    if (reading.kind === 'message') await untilDurable(message, () => commit(reading, message), context);
  }
}
