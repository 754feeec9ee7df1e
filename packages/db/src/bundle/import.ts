/** Makes a state directory of a verified bundle, to be looked at and replayed. */
import type { EventMetadata } from '@openclaw-gateway/events/envelope';
import type { Id } from '@openclaw-gateway/events/ids';
import { openStore } from '../open.ts';
import type { VerifiedBundle } from './verify.ts';

const BATCH = 200;
const VIEWS_TIMEOUT_MS = 60_000;

/**
 * Writes the events into a new log in `dir`. They keep their ids; their places, times and hashes of before are in their
 * metadata as `origin`. Rejects with what `openStore` rejects with.
 */
export async function importBundle({ manifest, lines }: VerifiedBundle, dir: string): Promise<{ readonly events: number }> {
  const store = await openStore({ dir });
  try {
    const isMasked = manifest.masking.profile !== 'none';
    for (let from = 0; from < lines.length; from += BATCH) {
      const events = lines.slice(from, from + BATCH).map((line) => {
        const { position, time, streamId, type, id, dataVersion: schemaVersion, data, stored } = line;
        const masked = isMasked || line.erased === true;
        const origin = { gatewayId: manifest.gateway.id, position, time, hash: stored.hash, ...(masked && { masked }) };
        const metadata: EventMetadata = { ...line.metadata, origin };
        return { streamId, event: { id: id as Id<'event'>, type, schemaVersion, data }, metadata };
      });
      await store.log.append({ events });
    }
    await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS);
    return { events: lines.length };
  } finally {
    await store.close();
  }
}
