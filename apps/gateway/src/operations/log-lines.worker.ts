/** The worker thread behind log-lines.ts: a batch of lines whenever it is asked for one. */
import { parentPort, workerData } from 'node:worker_threads';
import { scanEntries } from './log-lines-scan.ts';
import type { EntryFilter } from './log-page-scan.ts';

export type LogBatch = { readonly text: string; readonly isLast: boolean };

const BATCH_CHARACTERS = 256 * 1024;
const { path, filter, patienceMs } = workerData as {
  readonly path: string;
  readonly filter: EntryFilter;
  readonly patienceMs: number;
};
const entries = scanEntries(path, filter);

parentPort?.on('message', () => parentPort?.postMessage(nextBatch()));

/** What there is after a while, if need be nothing: whoever waits must see that it goes on. */
function nextBatch(): LogBatch {
  const startedAt = performance.now();
  let text = '';
  while (text.length < BATCH_CHARACTERS && performance.now() - startedAt < patienceMs) {
    const { value, done } = entries.next();
    if (done) return { text, isLast: true };
    for (const line of value) text += `${line}\n`;
  }
  return { text, isLast: false };
}
