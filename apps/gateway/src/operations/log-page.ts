/** Pages of the log file for those who look at it in the dashboard. */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events';
import type { LogPage, LogPageQuery } from './log-page-scan.ts';

export type { LogPage, LogPageQuery } from './log-page-scan.ts';

/** After this long a page is answered with what was found. */
const PATIENCE_MS = 1_500;
/** An expression that is still at one line then will not come to an end. */
export const DEADLINE_MS = 4_000;
const MOST_AT_ONCE = 4;

let running = 0;

/**
 * The newest entries of the log that fit, a page at a time. Throws `QUERY_INVALID` for a bad expression, `DEADLINE_EXCEEDED` for
 * one that takes too long, `OVERLOADED` while four others are looked for, and `QUERY_CANCELLED` when the signal aborts.
 */
export async function readLogPage(path: string, query: LogPageQuery, signal?: AbortSignal): Promise<LogPage> {
  checkExpression(query.regex);
  if (running >= MOST_AT_ONCE) throw new GatewayError('OVERLOADED');
  const workerData = { path, query, patienceMs: PATIENCE_MS };
  running++;
  const worker = new Worker(new URL('./log-page.worker.ts', import.meta.url), { workerData, name: 'log-page' });
  try {
    return await new Promise<LogPage>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new GatewayError('DEADLINE_EXCEEDED')), DEADLINE_MS);
      worker.once('message', resolve);
      worker.once('error', (cause) => reject(new GatewayError('INTERNAL', { cause })));
      worker.once('exit', () => {
        clearTimeout(deadline);
        reject(new GatewayError('INTERNAL'));
      });
      signal?.addEventListener('abort', () => reject(new GatewayError('QUERY_CANCELLED')), { once: true });
    });
  } finally {
    running--;
    void worker.terminate();
  }
}

/** Throws `QUERY_INVALID` for what is no regular expression. */
export function checkExpression(source: string | undefined): void {
  if (source === undefined) return;
  try {
    new RegExp(source);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'This is no regular expression.';
    throw new GatewayError('QUERY_INVALID', { message, details: { remedy: 'Mend the expression, or look for plain text.' } });
  }
}
