/** A thread that writes one export and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type ErrorBody, toGatewayError } from '@openclaw-gateway/events';
import type { ExportProgress, ExportRequest, PreparedExport } from './request.ts';
import { runExport } from './run.ts';

export type ToExport = { readonly kind: 'cancel' };
export type FromExport =
  | { readonly kind: 'progress'; readonly progress: ExportProgress }
  | { readonly kind: 'prepared'; readonly prepared: PreparedExport }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

if (!parentPort) throw new TypeError('an export runs in a worker thread');
const port = parentPort;
yieldToMessages();
const say = (message: FromExport): void => port.postMessage(message);

let cancelled = false;
port.on('message', ({ kind }: ToExport) => {
  cancelled ||= kind === 'cancel';
});

try {
  const prepared = await runExport(workerData as ExportRequest, {
    cancelled: () => cancelled,
    onProgress: (progress) => say({ kind: 'progress', progress }),
  });
  say(prepared ? { kind: 'prepared', prepared } : { kind: 'cancelled' });
} catch (error) {
  const cause = toGatewayError(error);
  const said =
    error instanceof Error && cause.code === 'INTERNAL'
      ? { ...cause.toBody(), message: `The export failed: ${error.message}` }
      : cause.toBody();
  say({ kind: 'failed', error: said });
}
port.close();
