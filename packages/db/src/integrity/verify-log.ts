import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import { writeVerified } from './memory.ts';
import { type Found, type VerifyProgress, type VerifyResult, verdictOf } from './verdict.ts';
import type { Part } from './verify.ts';

export type VerifyRequest = {
  /** The directory of the databases. */
  readonly dir: string;
  /** First position to check. When left out, the check goes on from where the last one found everything good. */
  readonly from?: number;
  readonly to?: number;
  /** A file with checkpoints that were kept elsewhere; see `findCheckpoints`. */
  readonly witnessFile?: string;
  /** In one thread only. */
  readonly gently?: boolean;
  /** Keys to trust, as `name+id+base64`. The key beside the log when left out. */
  readonly verifierKeys?: readonly string[];
};

/** What a thread is to check: what is asked, of which it names the parts and does the first, or one of the other parts. */
export type VerifierOrder = { readonly request: VerifyRequest } & ({ readonly mostParts: number } | { readonly part: Part });

export type FromVerifier =
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'progress'; readonly position: number }
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

/** More threads than this would wait for the disk. */
const MOST_THREADS = 4;

/**
 * Checks a log in threads of its own, whether a gateway runs on it or not. A break is a result, not an error. Rejects with
 * `LOG_UNAVAILABLE`, `LOG_TOO_NEW` and `LOG_CORRUPT` when the file cannot be opened, `BAD_REQUEST` for a witness or key that
 * cannot be read, and with the signal's reason.
 * @example const { ok, limits } = await verifyLog({ dir, witnessFile: '/mnt/usb/checkpoints' })
 */
export async function verifyLog(
  request: VerifyRequest,
  { onProgress, signal }: { readonly onProgress?: (progress: VerifyProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<VerifyResult> {
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const threads: Thread[] = [];
  let checked = 0;
  let parts: readonly Part[] = [];
  const start = (order: VerifierOrder): Thread => {
    const index = threads.length;
    let reached: number | undefined;
    const thread = new Thread(order, (position) => {
      checked += position - (reached ?? parts[index]?.after ?? position);
      reached = position;
      const after = parts[0]?.after ?? 0;
      onProgress?.({ from: after + 1, position: after + checked, to: parts.at(-1)?.to ?? position });
    });
    threads.push(thread);
    return thread;
  };
  const stop = (): void => {
    for (const thread of threads) thread.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    parts = await start({ request, mostParts: request.gently ? 1 : Math.min(MOST_THREADS, availableParallelism()) }).parts;
    for (const part of parts.slice(1)) start({ request, part });
    const found = await Promise.all(threads.map((thread) => thread.found));
    const { verified, ...result } = verdictOf(found, performance.now() - startedAt);
    if (result.ok && verified && request.from === undefined) writeVerified(request.dir, { ...verified, at: Date.now() });
    return result;
  } catch (error) {
    stop();
    await Promise.allSettled(threads.map((thread) => thread.found));
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

class Thread {
  /** Rejects as `found` does. */
  readonly parts: Promise<readonly Part[]>;
  readonly found: Promise<Found>;
  readonly #worker: Worker;

  constructor(order: VerifierOrder, onProgress: (position: number) => void) {
    const parts = Promise.withResolvers<readonly Part[]>();
    const found = Promise.withResolvers<Found>();
    const fail = (error: GatewayError): void => {
      parts.reject(error);
      found.reject(error);
    };
    // Whoever waits for one of them hears of it.
    parts.promise.catch(() => undefined);
    found.promise.catch(() => undefined);
    this.parts = parts.promise;
    this.found = found.promise;
    this.#worker = new Worker(new URL('./verify.worker.ts', import.meta.url), { name: 'verify', workerData: order });
    this.#worker.on('message', (message: FromVerifier) => {
      if (message.kind === 'progress') onProgress(message.position);
      else if (message.kind === 'parts') parts.resolve(message.parts);
      else if (message.kind === 'found') found.resolve(message.found);
      else fail(GatewayError.fromBody(message.error));
    });
    this.#worker.on('error', (cause) => fail(new GatewayError('LOG_UNAVAILABLE', { details: { cause: cause.message }, cause })));
    this.#worker.on('exit', () => fail(new GatewayError('LOG_UNAVAILABLE', { details: { cause: 'the thread ended' } })));
  }

  stop(): void {
    this.#worker.postMessage('stop');
  }
}
