/**
 * The hash chain that makes a change to the log visible. Each event's hash covers the previous one, so a body can leave
 * (its own hash stays) while the chain still verifies, but nothing can be edited, inserted, removed or swapped unseen.
 * Pure: no I/O, no clock.
 */
import { hash } from 'node:crypto';

/** What the first event's hash is chained to. */
export const CHAIN_START: Buffer = Buffer.alloc(32);
export const SALT_BYTES = 16;

const DOMAIN = Buffer.from('evlog/1');

/** What the chain covers of one event. `data` is the salted JSON as stored, or null once it was erased or archived. */
export type ChainFields = {
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly eventId: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly metadata: string;
};

export type ChainedRow = ChainFields & { readonly data: Uint8Array | null; readonly hash: Uint8Array };

export type ChainVerdict =
  | { readonly ok: true; readonly events: number; readonly head: number; readonly hash: Uint8Array }
  | { readonly ok: false; readonly position: number; readonly reason: 'missing' | 'data_changed' | 'chain_broken' };

/** SHA-256 of an event's data as stored: 16 random bytes and the JSON. It stays when the data is erased and, without the salt, confirms no guess. */
export function leafHash(data: Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** The hash of an event that follows the one with `previous`. */
export function chainHash(previous: Uint8Array, fields: ChainFields): Buffer {
  const streamBytes = Buffer.byteLength(fields.streamId);
  const typeBytes = Buffer.byteLength(fields.type);
  const { eventId, dataHash } = fields;
  const integers = 4 * (4 + 8);
  const fixed = DOMAIN.length + 32 + integers + 4 + 32;
  const buffer = Buffer.allocUnsafe(fixed + 4 + streamBytes + 4 + typeBytes + 4 + eventId.length + 4 + dataHash.length);
  let at = 0;
  const bytes = (value: Uint8Array): void => {
    buffer.set(value, at);
    at += value.length;
  };
  const length = (value: number): void => {
    at = buffer.writeUInt32BE(value, at);
  };
  const integer = (value: number): void => {
    length(8);
    at = buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    at = buffer.writeUInt32BE(value >>> 0, at);
  };
  bytes(DOMAIN);
  bytes(previous);
  integer(fields.position);
  length(streamBytes);
  at += buffer.write(fields.streamId, at);
  integer(fields.version);
  length(typeBytes);
  at += buffer.write(fields.type, at);
  integer(fields.schemaVersion);
  integer(fields.time);
  length(eventId.length);
  bytes(eventId);
  length(dataHash.length);
  bytes(dataHash);
  length(32);
  bytes(hash('sha256', fields.metadata, 'buffer'));
  return hash('sha256', buffer.subarray(0, at), 'buffer');
}

/**
 * Checks rows in position order and names the first that is not as it was written.
 * To go on from an earlier check, pass the hash and position of the last row that was found good.
 * @example verifyChain(rows) // { ok: false, position: 17, reason: 'data_changed' }
 */
export function verifyChain(
  rows: Iterable<ChainedRow>,
  from: { readonly position: number; readonly hash: Uint8Array } = { position: 0, hash: CHAIN_START },
): ChainVerdict {
  let previous = from.hash;
  let position = from.position;
  let events = 0;
  for (const row of rows) {
    if (row.position !== position + 1) return { ok: false, position: position + 1, reason: 'missing' };
    if (row.data && !equal(leafHash(row.data), row.dataHash)) return { ok: false, position: row.position, reason: 'data_changed' };
    if (!equal(chainHash(previous, row), row.hash)) return { ok: false, position: row.position, reason: 'chain_broken' };
    previous = row.hash;
    position = row.position;
    events += 1;
  }
  return { ok: true, events, head: position, hash: previous };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
