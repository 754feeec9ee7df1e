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

export type ChainedRow = ChainFields & {
  readonly data: Uint8Array | null;
  /** What is sealed of the data, where anything is. */
  readonly sealed?: Uint8Array | null;
  readonly hash: Uint8Array;
};

export type ChainVerdict =
  | { readonly ok: true; readonly events: number; readonly head: number; readonly hash: Uint8Array }
  | { readonly ok: false; readonly position: number; readonly reason: 'missing' | 'data_changed' | 'chain_broken' };

const SEALED_FOLLOWS = Buffer.from([0]);

/**
 * SHA-256 of an event's data as stored: 16 random bytes and the JSON, and where something is sealed a zero byte and that.
 * It stays when the data is erased and, without the salt, confirms no guess.
 */
export function leafHash(data: Uint8Array, sealed?: Uint8Array | null): Buffer {
  // Node makes hashes several times faster as text than as buffers.
  return Buffer.from(hash('sha256', sealed ? Buffer.concat([data, SEALED_FOLLOWS, sealed]) : data), 'hex');
}

/** The hash of an event that follows the one with `previous`. */
export function chainHash(previous: Uint8Array, fields: ChainFields): Buffer {
  return Buffer.from(chainHashHex(previous, fields, hash('sha256', fields.metadata)), 'hex');
}

/** The same in lowercase hex, for those who know the SHA-256 of the metadata already. */
export function chainHashHex(previous: Uint8Array, fields: Omit<ChainFields, 'metadata'>, metadataHash: string): string {
  const streamBytes = Buffer.byteLength(fields.streamId);
  const typeBytes = Buffer.byteLength(fields.type);
  reserve(FIXED_BYTES + streamBytes + typeBytes + fields.eventId.length + fields.dataHash.length);
  let at = DOMAIN.length;
  scratch.set(previous, at);
  at = writeInteger(fields.position, at + previous.length);
  at = scratch.writeUInt32BE(streamBytes, at);
  at += scratch.write(fields.streamId, at);
  at = writeInteger(fields.version, at);
  at = scratch.writeUInt32BE(typeBytes, at);
  at += scratch.write(fields.type, at);
  at = writeInteger(fields.schemaVersion, at);
  at = writeInteger(fields.time, at);
  at = writeBytes(fields.eventId, at);
  at = writeBytes(fields.dataHash, at);
  at = scratch.writeUInt32BE(HASH_BYTES, at);
  at += scratch.write(metadataHash, at, 'hex');
  return hash('sha256', scratch.subarray(0, at));
}

const HASH_BYTES = 32;
/** Domain, previous hash, four integers, five lengths before bytes, and the hash of the metadata. */
const FIXED_BYTES = DOMAIN.length + HASH_BYTES + 4 * (4 + 8) + 5 * 4 + HASH_BYTES;
/** What is hashed is put together here: there is only one at a time. */
let scratch = Buffer.concat([DOMAIN, Buffer.alloc(1024)]);

function reserve(size: number): void {
  if (scratch.length < size) scratch = Buffer.concat([DOMAIN, Buffer.alloc(2 * size)]);
}

function writeInteger(value: number, at: number): number {
  const next = scratch.writeUInt32BE(Math.floor(value / 2 ** 32), scratch.writeUInt32BE(8, at));
  return scratch.writeUInt32BE(value >>> 0, next);
}

function writeBytes(bytes: Uint8Array, at: number): number {
  const next = scratch.writeUInt32BE(bytes.length, at);
  scratch.set(bytes, next);
  return next + bytes.length;
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
    if (row.data ? !equal(leafHash(row.data, row.sealed), row.dataHash) : row.sealed)
      return { ok: false, position: row.position, reason: 'data_changed' };
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
