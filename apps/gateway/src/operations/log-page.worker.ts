/** The worker thread behind log-page.ts: one page, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LogPageQuery, scanPage } from './log-page-scan.ts';

const { path, query, patienceMs } = workerData as {
  readonly path: string;
  readonly query: LogPageQuery;
  readonly patienceMs: number;
};
const startedAt = performance.now();
parentPort?.postMessage(scanPage(path, query, () => performance.now() - startedAt > patienceMs));
