/** An export as the main thread sees it: a worker writes it, its event is recorded, and only then it gets its name. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AuditExported, GatewayError, type NewEvent } from '@openclaw-gateway/events';
import type { FromExport, ToExport } from './export.worker.ts';
import type { ExportProgress, ExportRequest, PreparedExport } from './request.ts';

const MAX_QUERY = 2000;

export type WriteOptions = {
  /** Appends `audit.exported`. When it rejects, the export stays unfinished. */
  readonly record: (event: NewEvent) => Promise<void>;
  readonly onProgress?: (progress: ExportProgress) => void;
  /** Ends it after the current page; what is there can be resumed. */
  readonly signal?: AbortSignal;
};

export type WrittenExport = { readonly directory: string; readonly events: number; readonly bytes: number; readonly manifestHash: string };

/**
 * Writes an export. Resolves with nothing when it was cancelled. Throws EXPORT_EXISTS, EXPORT_NOT_RESUMABLE, LOG_*,
 * VIEW_UNAVAILABLE, and what `record` throws.
 */
export async function writeExport(request: ExportRequest, options: WriteOptions): Promise<WrittenExport | undefined> {
  const prepared = await prepare(request, options);
  if (!prepared) return undefined;
  const { manifestHash, events, bytes, partial } = prepared;
  await options.record(AuditExported.create({ format: request.format, query: request.query.slice(0, MAX_QUERY), events, manifestHash }));
  await rename(partial, request.directory);
  await syncFolder(dirname(request.directory));
  return { directory: request.directory, events, bytes, manifestHash };
}

function prepare(request: ExportRequest, { onProgress, signal }: WriteOptions): Promise<PreparedExport | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<PreparedExport | undefined>();
  const worker = new Worker(new URL('./export.worker.ts', import.meta.url), {
    name: 'export',
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64 },
  });
  const cancel = (): void => worker.postMessage({ kind: 'cancel' } satisfies ToExport);
  worker.on('message', (message: FromExport) => {
    if (message.kind === 'progress') onProgress?.(message.progress);
    else if (message.kind === 'prepared') resolve(message.prepared);
    else if (message.kind === 'cancelled') resolve(undefined);
    else reject(GatewayError.fromBody(message.error));
  });
  worker.once('error', reject);
  worker.once('exit', () => reject(new GatewayError('INTERNAL', { message: 'The export ended without a result.' })));
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  return promise.finally(() => signal?.removeEventListener('abort', cancel));
}

/** A new name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
