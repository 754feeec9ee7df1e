/** Events for tests of formats and masking, made from the golden fixtures as the log would hand them out. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chainHash } from '@openclaw-gateway/db';
import { ExportedEvent } from '@openclaw-gateway/db/export/event';
import { idToBytes, type StoredEvent } from '@openclaw-gateway/events';

const folder = new URL('../../../../../packages/events/fixtures/', import.meta.url);

export const PRODUCT = { gatewayId: 'gw_01jd0x5v3kf4c8m2q7r9t1w6yz', version: '0.1.0' };

/** One event of every type, in the order of one day. */
export function goldenEvents(): ExportedEvent[] {
  return readdirSync(folder)
    .filter((name) => name !== 'schemas.json')
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as StoredEvent)
    .sort((a, b) => a.position - b.position)
    .map((event) => exported(event));
}

/** An event with the hashes that the log would give it. */
export function exported(event: StoredEvent, previousHash = '0'.repeat(64)): ExportedEvent {
  const { id, type, schemaVersion, position, streamId, version, time } = event;
  const salt = hash('sha256', id).slice(0, 32);
  const stored = JSON.stringify(event.data);
  const metadataJson = JSON.stringify(event.metadata);
  const dataHash = hash('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(stored)]));
  const fields = { position, streamId, version, type, schemaVersion, time, eventId: idToBytes('event', id) };
  const chained = chainHash(Buffer.from(previousHash, 'hex'), {
    ...fields,
    dataHash: Buffer.from(dataHash, 'hex'),
    metadata: metadataJson,
  });
  return new ExportedEvent(
    { id, type, schemaVersion, position, streamId, version, time, metadataJson, hash: chained.toString('hex'), previousHash, dataHash },
    { stored, salt },
  );
}
