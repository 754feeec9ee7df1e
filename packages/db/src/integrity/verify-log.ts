import { Worker } from 'node:worker_threads';
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import type { VerifyProgress, VerifyResult } from './verdict.ts';

export type VerifyRequest = {
  /** The directory of the databases. */
  readonly dir: string;
  /** First position to check. When left out, the check goes on from where the last one found everything good. */
  readonly from?: number;
  readonly to?: number;
  /** A file with checkpoints that were kept elsewhere; see `findCheckpoints`. */
  readonly witnessFile?: string;
  /** Keys to trust, as `name+id+base64`. The key beside the log when left out. */
  readonly verifierKeys?: readonly string[];
};

export type FromVerifier =
  | { readonly kind: 'progress'; readonly progress: VerifyProgress }
  | { readonly kind: 'result'; readonly result: VerifyResult }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

/**
 * Checks a log in a thread of its own, whether a gateway runs on it or not. A break is a result, not an error. Rejects with
 * `LOG_UNAVAILABLE`, `LOG_TOO_NEW` and `LOG_CORRUPT` when the file cannot be opened, `BAD_REQUEST` for a witness or key that
 * cannot be read, and with the signal's reason.
 * @example const { ok, limits } = await verifyLog({ dir, witnessFile: '/mnt/usb/checkpoints' })
 */
export function verifyLog(
  request: VerifyRequest,
  options: { readonly onProgress?: (progress: VerifyProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<VerifyResult> {
  const { onProgress, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL('./verify.worker.ts', import.meta.url), { name: 'verify', workerData: request });
    const stop = (): void => worker.postMessage('stop');
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: FromVerifier) => {
      if (message.kind === 'progress') onProgress?.(message.progress);
      else if (message.kind === 'result') resolve(message.result);
      else reject(signal?.aborted ? signal.reason : GatewayError.fromBody(message.error));
    });
    worker.on('error', (cause) => reject(new GatewayError('LOG_UNAVAILABLE', { details: { cause: cause.message }, cause })));
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new GatewayError('LOG_UNAVAILABLE', { details: { cause: 'the thread ended' } }));
    });
  });
}
