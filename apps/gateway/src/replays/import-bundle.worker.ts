import { parentPort, workerData } from 'node:worker_threads';
import { importBundle } from '@openclaw-gateway/db/bundle/import';
import { type BundleInspection, inspectBundle } from '@openclaw-gateway/db/bundle/inspect';
import { verifyBundle } from '@openclaw-gateway/db/bundle/verify';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ImportedBundle } from './import-bundle.ts';

yieldToMessages();

export type BundleImport = { readonly packed: Uint8Array; readonly into: string; readonly trustedKeys: readonly string[] };
/** Only looked at: a page of its lines, after this one. */
export type BundleLook = { readonly packed: Uint8Array; readonly after: number };

export type FromImport =
  | { readonly kind: 'imported'; readonly bundle: Omit<ImportedBundle, 'bundleId'> }
  | { readonly kind: 'inspected'; readonly inspection: BundleInspection }
  | { readonly kind: 'failed'; readonly error: ReturnType<GatewayError['toBody']> };

try {
  const order = workerData as BundleImport | BundleLook;
  parentPort?.postMessage('into' in order ? await imported(order) : inspected(order));
} catch (thrown) {
  parentPort?.postMessage({ kind: 'failed', error: toGatewayError(thrown).toBody() } satisfies FromImport);
}

async function imported({ packed, into, trustedKeys }: BundleImport): Promise<FromImport> {
  const verified = verifyBundle(Buffer.from(packed), trustedKeys);
  await importBundle(verified, into);
  const { session, count, masking } = verified.manifest;
  return { kind: 'imported', bundle: { sessionId: session.sessionId, events: count, masking: masking.profile, key: verified.proof.key } };
}

function inspected({ packed, after }: BundleLook): FromImport {
  return { kind: 'inspected', inspection: inspectBundle(Buffer.from(packed), { after }) };
}
