/** Reads one session beside the running gateway and packs it. */
import { parentPort, workerData } from 'node:worker_threads';
import { openStoreReadOnly } from '@openclaw-gateway/db';
import { type ExportBundleOptions, type ExportedBundle, exportBundle } from '@openclaw-gateway/db/bundle/export';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type GatewayError, toGatewayError } from '@openclaw-gateway/events';

yieldToMessages();

export type BundleOrder = Pick<ExportBundleOptions, 'dir' | 'sessionId' | 'mask' | 'gateway'>;

export type FromBundle =
  | { readonly kind: 'made'; readonly file: Uint8Array; readonly manifest: ExportedBundle['manifest'] }
  | { readonly kind: 'failed'; readonly error: ReturnType<GatewayError['toBody']> };

try {
  const order = workerData as BundleOrder;
  const store = await openStoreReadOnly({ dir: order.dir });
  try {
    const { file, manifest } = await exportBundle({ ...order, checkpoints: store.checkpoints });
    parentPort?.postMessage({ kind: 'made', file, manifest } satisfies FromBundle);
  } finally {
    await store.close();
  }
} catch (thrown) {
  parentPort?.postMessage({ kind: 'failed', error: toGatewayError(thrown).toBody() } satisfies FromBundle);
}
