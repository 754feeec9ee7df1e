/** Folds the whole log anew, in a thread of its own, and compares it with the views. */
import { Worker } from 'node:worker_threads';
import type { ProjectionReplay } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { FromProjections } from './views-replay.worker.ts';

export type Projections = readonly ProjectionReplay[];

/** Rejects with RUN_ABORTED when the signal aborts. */
export function replayProjections(dir: string, signal: AbortSignal): Promise<Projections> {
  const { promise, resolve, reject } = Promise.withResolvers<Projections>();
  const worker = new Worker(new URL('./views-replay.worker.ts', import.meta.url), { name: 'replay', workerData: dir });
  const stop = () => {
    reject(new GatewayError('RUN_ABORTED'));
    void worker.terminate();
  };
  worker.once('message', (message: FromProjections) => {
    if (message.kind === 'done') resolve(message.projections);
    else reject(GatewayError.fromBody(message.error));
  });
  worker.once('error', reject);
  worker.once('exit', () => reject(new GatewayError('INTERNAL', { message: 'The replay ended without a report.' })));
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
