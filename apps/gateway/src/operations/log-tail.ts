import { setTimeout as delay } from 'node:timers/promises';
import { type LogEntry, toEntry } from './log-line.ts';
import { endOfLog, follow } from './log-reader.ts';

/** Entries that were just written, and how many were passed over because there were too many at once. */
export type LogBatch = { readonly rows: readonly LogEntry[]; readonly dropped: number };

const INTERVAL_MS = 250;
const MOST_ROWS = 500;

/** What is written to the log from now on, at most four batches a second, until the signal aborts. The first batch comes at once and is empty. */
export async function* tailLog(path: string, minLevel: number | undefined, signal: AbortSignal): AsyncGenerator<LogBatch> {
  let waiting: LogEntry[] = [];
  let dropped = 0;
  const from = (await endOfLog(path)) ?? { inode: -1, sizeBytes: 0 };
  const reading = (async () => {
    for await (const line of follow(path, minLevel === undefined ? {} : { minLevel }, signal, from)) {
      if (waiting.length < MOST_ROWS) waiting.push(toEntry(line));
      else dropped++;
    }
  })();
  yield { rows: [], dropped: 0 };
  while (!signal.aborted) {
    await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    if (waiting.length === 0 && dropped === 0) continue;
    const batch = { rows: waiting, dropped };
    waiting = [];
    dropped = 0;
    yield batch;
  }
  await reading;
}
