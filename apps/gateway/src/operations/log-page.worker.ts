/** The worker thread behind log-page.ts: one page, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type LogPageQuery, scanPage } from './log-page-scan.ts';

yieldToMessages();

const { path, query, patienceMs } = workerData as {
  readonly path: string;
  readonly query: LogPageQuery;
  readonly patienceMs: number;
};
const startedAt = performance.now();
parentPort?.postMessage(scanPage(path, query, () => performance.now() - startedAt > patienceMs));
