/** The log file for those who take it along: the lines of all entries that a page of it would show. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events';
import type { LogBatch } from './log-lines.worker.ts';
import { checkExpression, DEADLINE_MS } from './log-page.ts';
import type { EntryFilter } from './log-page-scan.ts';

const PATIENCE_MS = 1_000;
const MOST_AT_ONCE = 4;

let running = 0;

/**
 * The lines as they stand in the files, the oldest first, as text in pieces. Throws `QUERY_INVALID` for a bad expression; reading
 * throws `DEADLINE_EXCEEDED` where an expression does not come to an end at one line, and `OVERLOADED` while four others read.
 */
export function readLogLines(path: string, filter: EntryFilter): AsyncGenerator<string> {
  checkExpression(filter.regex);
  return read(path, filter);
}

async function* read(path: string, filter: EntryFilter): AsyncGenerator<string> {
  if (running >= MOST_AT_ONCE) throw new GatewayError('OVERLOADED');
  running++;
  const workerData = { path, filter, patienceMs: PATIENCE_MS };
  const worker = new Worker(new URL('./log-lines.worker.ts', import.meta.url), { workerData, name: 'log-lines' });
  // Also while nobody waits for a batch.
  worker.on('error', () => undefined);
  try {
    for (;;) {
      const { text, isLast } = await nextOf(worker);
      if (text !== '') yield text;
      if (isLast) return;
    }
  } finally {
    running--;
    void worker.terminate();
  }
}

async function nextOf(worker: Worker): Promise<LogBatch> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  worker.postMessage('next');
  try {
    const [batch] = await once(worker, 'message', { signal: deadline });
    return batch;
  } catch (cause) {
    throw new GatewayError(deadline.aborted ? 'DEADLINE_EXCEEDED' : 'INTERNAL', { cause });
  }
}
