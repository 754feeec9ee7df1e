/** A session as one file that verifies itself, made in a thread of its own. */
import { Worker } from 'node:worker_threads';
import type { ExportedBundle } from '@openclaw-gateway/db/bundle/export';
import { GatewayError } from '@openclaw-gateway/events';
import type { BundleOrder, FromBundle } from './bundle.worker.ts';

/** Throws SESSION_NOT_FOUND, RECORDING_INCOMPLETE, BODY_TOO_LARGE. */
export function bundleOf(order: BundleOrder): Promise<ExportedBundle> {
  const { promise, resolve, reject } = Promise.withResolvers<ExportedBundle>();
  const worker = new Worker(new URL('./bundle.worker.ts', import.meta.url), {
    name: 'bundle',
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.once('message', (message: FromBundle) => {
    if (message.kind === 'made') resolve({ file: Buffer.from(message.file), manifest: message.manifest });
    else reject(GatewayError.fromBody(message.error));
  });
  worker.once('error', reject);
  worker.once('exit', () => reject(new GatewayError('INTERNAL', { message: 'The bundle ended without a result.' })));
  return promise;
}
