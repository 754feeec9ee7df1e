import { parentPort, workerData } from 'node:worker_threads';
import { importBundle } from '@openclaw-gateway/db/bundle/import';
import { verifyBundle } from '@openclaw-gateway/db/bundle/verify';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ImportedBundle } from './import-bundle.ts';

yieldToMessages();

export type BundleImport = { readonly packed: Uint8Array; readonly into: string; readonly trustedKeys: readonly string[] };

export type FromImport =
  | { readonly kind: 'imported'; readonly bundle: Omit<ImportedBundle, 'bundleId'> }
  | { readonly kind: 'failed'; readonly error: ReturnType<GatewayError['toBody']> };

try {
  const { packed, into, trustedKeys } = workerData as BundleImport;
  const verified = verifyBundle(Buffer.from(packed), trustedKeys);
  await importBundle(verified, into);
  const { session, count, masking } = verified.manifest;
  const bundle = { sessionId: session.sessionId, events: count, masking: masking.profile, key: verified.proof.key };
  parentPort?.postMessage({ kind: 'imported', bundle } satisfies FromImport);
} catch (thrown) {
  parentPort?.postMessage({ kind: 'failed', error: toGatewayError(thrown).toBody() } satisfies FromImport);
}
