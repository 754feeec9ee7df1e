/** Hears of what was added to the shared log. The database tells at once; each second one looks beside, should it not, as through a pooler. */
import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { connect, hangUp, isPooled, letBeSilent, loseWhenSilent } from './connection.ts';

const LOOK_EVERY_MS = 1000;

export type Follow = {
  /** Where to listen. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** It is time to look. */
  readonly look: () => void;
  /** There is an event at this position. */
  readonly told: (position: number) => void;
};

/** Follows the log until the signal is aborted. */
export async function follow({ url, signal, look, told }: Follow): Promise<void> {
  const lookEachSecond = async () => {
    while (!signal.aborted) {
      look();
      await pause(signal);
    }
  };
  const listen = async () => {
    while (!signal.aborted) {
      if ((await listenOnce(url, signal, told)) === 'pooled') return;
      await pause(signal);
    }
  };
  await Promise.all([lookEachSecond(), listen()]);
}

/**
 * Listens until the connection ends. Through a pooler nobody would be told of anything, and the connection that was lent would go on listening
 * for whoever has it next.
 */
async function listenOnce(url: string, signal: AbortSignal, told: (position: number) => void): Promise<'pooled' | 'over'> {
  let client: pg.Client | undefined;
  try {
    client = await connect(url, 'listener');
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    client.on('end', () => end()).on('error', () => end());
    client.on('notification', ({ payload }) => told(Number(payload)));
    loseWhenSilent(client);
    if (await isPooled(client)) return 'pooled';
    await client.query('LISTEN openclaw_log');
    letBeSilent(client);
    using _ = addAbortListener(signal, () => end());
    await over;
  } catch {
    // The next attempt follows in a second.
  } finally {
    if (client) await hangUp(client);
  }
  return 'over';
}

const pause = (signal: AbortSignal) => delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
