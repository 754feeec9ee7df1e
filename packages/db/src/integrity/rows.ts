/** Checkpoints as they lie in the log's file. The note is made of a row and the log's name; nothing in it is unsigned. */
import type { Connection } from '../sqlite/connection.ts';

/** Hashes in lowercase hex. */
export type CheckpointRow = {
  /** How many events it covers: the position of the last of them. */
  readonly size: number;
  /** Time of that event, in milliseconds since 1970. */
  readonly time: number;
  /** The chain's hash at that event. */
  readonly hash: string;
  /** Root of the Merkle tree over the chain's hashes. */
  readonly root: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
};

/** `before`: newest first, smaller than this. `after`: oldest first, larger than this. */
export type CheckpointPage = { readonly before?: number; readonly after?: number; readonly limit: number };

const COLUMNS =
  'position AS size, time, lower(hex(hash)) AS hash, lower(hex(merkle_root)) AS root, key_id AS keyId, signature FROM checkpoints';

export class CheckpointRows {
  readonly #after;
  readonly #before;

  constructor(db: Connection) {
    this.#after = db.prepare<[number, number], CheckpointRow>(`SELECT ${COLUMNS} WHERE position > ? ORDER BY position LIMIT ?`);
    this.#before = db.prepare<[number, number], CheckpointRow>(`SELECT ${COLUMNS} WHERE position < ? ORDER BY position DESC LIMIT ?`);
  }

  page({ before = Number.MAX_SAFE_INTEGER, after, limit }: CheckpointPage): CheckpointRow[] {
    return after === undefined ? this.#before.all(before, limit) : this.#after.all(after, limit);
  }
}
