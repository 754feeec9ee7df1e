/** The Merkle tree over a log in SQLite: complete tiles of 1,024 leaves are kept as one hash each, the rest is made from the events. */
import type { Connection } from '../sqlite/connection.ts';
import { Frontier, innerNode, leftPart, type OnTile, rootOf, TILE } from './merkle.ts';

const HASH_LENGTH = 64;
/** Stands for a stored hash that is none, so that every root over it is wrong. */
const NO_HASH = '0'.repeat(HASH_LENGTH);

export class LogTree {
  readonly #leaves;
  readonly #tile;

  constructor(db: Connection) {
    this.#leaves = db
      .prepare<[number, number], string>('SELECT lower(hex(hash)) FROM events WHERE position > ? ORDER BY position LIMIT ?')
      .pluck();
    this.#tile = db.prepare<[number], string>('SELECT lower(hex(hash)) FROM merkle_tiles WHERE tile = ?').pluck();
  }

  /** The chain hashes of the events after a position. */
  leaves(after: number, limit: number): string[] {
    return this.#leaves.all(after, limit).map(wellFormed);
  }

  tile(number: number): string | undefined {
    const stored = this.#tile.get(number);
    return stored === undefined ? undefined : wellFormed(stored);
  }

  /** The root over the first events. Throws `RangeError` when there are fewer. */
  rootAt(size: number): string {
    return this.frontierAt(size).root();
  }

  /** The tree over the first events, to go on from. Throws `RangeError` when there are fewer. */
  frontierAt(size: number, onTile?: OnTile): Frontier {
    const frontier = new Frontier(0, [], onTile);
    while (frontier.size + TILE <= size) frontier.appendSubtree(this.subtreeRoot(frontier.size, TILE), TILE);
    for (const leaf of this.#exactly(frontier.size, size - frontier.size)) frontier.append(leaf);
    return frontier;
  }

  /** The root over `count` leaves from leaf `first`, which is a subtree of the whole, as proofs need it. */
  readonly subtreeRoot = (first: number, count: number): string => {
    if (count > TILE) {
      const left = leftPart(count);
      return innerNode(this.subtreeRoot(first, left), this.subtreeRoot(first + left, count - left));
    }
    const stored = count === TILE ? this.tile(first / TILE) : undefined;
    return stored ?? rootOf(this.#exactly(first, count));
  };

  #exactly(after: number, count: number): string[] {
    if (count === 0) return [];
    const leaves = this.leaves(after, count);
    if (leaves.length < count) throw new RangeError(`the log has no ${after + count} events`);
    return leaves;
  }
}

function wellFormed(hash: string): string {
  return hash.length === HASH_LENGTH ? hash : NO_HASH;
}
