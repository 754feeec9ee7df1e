/** Takes a stranger's bundle in, to be replayed: checked and written in a thread of its own, into a log of its own. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BundleInspection } from '@openclaw-gateway/db/bundle/inspect';
import { GatewayError, newId } from '@openclaw-gateway/events';
import type { BundleImport, BundleLook, FromImport } from './import-bundle.worker.ts';

export type ImportedBundle = {
  readonly bundleId: string;
  readonly sessionId: string;
  readonly events: number;
  readonly masking: string;
  /** Whether it is signed with a key that is trusted here. */
  readonly key: 'trusted' | 'unknown' | 'none';
};

const MAX_BUNDLES = 10;

/** Keeps the newest ten. Throws BUNDLE_INVALID with what is wrong and where, LOG_TOO_NEW. */
export async function importBundle(dir: string, packed: Buffer, trustedKeys: readonly string[]): Promise<ImportedBundle> {
  const bundleId = newId('replay');
  const folder = join(dir, 'bundles');
  const into = join(folder, bundleId);
  await mkdir(into, { recursive: true, mode: 0o700 });
  try {
    const found = await inThread({ packed, into, trustedKeys });
    if (found.kind !== 'imported') throw new GatewayError('INTERNAL', { message: 'The import gave something else.' });
    const { sessionId, events, masking, key } = found.bundle;
    const ids = (await readdir(folder)).sort();
    await Promise.all(
      ids.slice(0, Math.max(0, ids.length - MAX_BUNDLES)).map((id) => rm(join(folder, id), { recursive: true, force: true })),
    );
    return { bundleId, sessionId, events, masking, key };
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw error;
  }
}

/** What is wrong with a bundle and what can be read of it, a page after a line. Nothing of it is kept. */
export async function inspectBundle(packed: Buffer, after: number): Promise<BundleInspection> {
  const found = await inThread({ packed, after });
  if (found.kind !== 'inspected') throw new GatewayError('INTERNAL', { message: 'The look at the bundle gave something else.' });
  return found.inspection;
}

type Found = Exclude<FromImport, { readonly kind: 'failed' }>;

function inThread(order: BundleImport | BundleLook): Promise<Found> {
  const { promise, resolve, reject } = Promise.withResolvers<Found>();
  const worker = new Worker(new URL('./import-bundle.worker.ts', import.meta.url), {
    name: 'bundle import',
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 768 },
  });
  worker.once('message', (message: FromImport) => {
    if (message.kind === 'failed') reject(GatewayError.fromBody(message.error));
    else resolve(message);
  });
  worker.once('error', reject);
  worker.once('exit', () => reject(new GatewayError('INTERNAL', { message: 'The import ended without a result.' })));
  return promise;
}
