/**
 * Makes checkpoints: takes the events into the tree and signs its root every 1,000 events, or when asked. Synchronous and
 * without a clock; `schedule.ts` says when. Each call does little, so that no append waits for it.
 */
import type { Connection } from '../sqlite/connection.ts';
import { Frontier, TILE } from './merkle.ts';
import { checkpointText, type NoteSigner } from './note.ts';
import type { CheckpointRow } from './rows.ts';
import { LogTree } from './tree.ts';

/** How many events a checkpoint adds at most. */
export const CHECKPOINT_EVENTS = 1000;

type Tip = { readonly size: number; readonly root: string };

/** The log does not hold what was signed before. To sign anything more would be to vouch for it. */
export class LogContradiction extends Error {
  readonly size: number;

  constructor(size: number) {
    super(`the events up to ${size} are not those that the checkpoint there was signed for`);
    this.size = size;
  }
}

export class Checkpointer {
  readonly #db: Connection;
  readonly #origin: string;
  readonly #signer: NoteSigner;
  readonly #tree: LogTree;
  readonly #synchronous: 'FULL' | 'NORMAL';
  readonly #statements: ReturnType<typeof prepareStatements>;
  #frontier: Frontier | undefined;
  #last: Tip;
  #tiles: (readonly [number, string])[] = [];

  /** `synchronous`: how the connection is used beside; `NORMAL` for a copy of a log. */
  constructor(db: Connection, origin: string, signer: NoteSigner, synchronous: 'FULL' | 'NORMAL' = 'FULL') {
    this.#db = db;
    this.#synchronous = synchronous;
    this.#origin = origin;
    this.#signer = signer;
    this.#tree = new LogTree(db);
    this.#statements = prepareStatements(db);
    this.#last = this.#statements.last.get() ?? { size: 0, root: new Frontier().root() };
  }

  /** How many events the newest checkpoint covers. */
  get size(): number {
    return this.#last.size;
  }

  /**
   * Takes in at most 1,000 events and signs once there are 1,000 more than in the newest checkpoint, or when `now` is set
   * and `head` is reached. Throws `LogContradiction` when the log is not what was signed before.
   */
  step(head: number, now: boolean): CheckpointRow | undefined {
    if (head < this.#last.size) throw new LogContradiction(this.#last.size);
    this.#frontier ??= this.#restore();
    const frontier = this.#frontier;
    const leaves = this.#tree.leaves(frontier.size, Math.min(head, this.#last.size + CHECKPOINT_EVENTS) - frontier.size);
    for (const leaf of leaves) frontier.append(leaf);
    const added = frontier.size - this.#last.size;
    if (added < CHECKPOINT_EVENTS && !(now && added > 0)) return undefined;
    return this.#sign(frontier);
  }

  /** The tree as the newest checkpoint left it. Tiles that were damaged are made anew from the events. */
  #restore(): Frontier {
    const { size, root } = this.#last;
    const onTile = (tile: number, hash: string) => void this.#tiles.push([tile, hash]);
    const kept = this.#tree.frontierAt(size);
    if (kept.root() === root) return new Frontier(size, kept.roots, onTile);
    const rebuilt = new Frontier(0, [], onTile);
    while (rebuilt.size < size) {
      for (const leaf of this.#tree.leaves(rebuilt.size, Math.min(TILE, size - rebuilt.size))) rebuilt.append(leaf);
    }
    if (rebuilt.root() === root) return rebuilt;
    throw new LogContradiction(size);
  }

  #sign(frontier: Frontier): CheckpointRow {
    const size = frontier.size;
    const root = frontier.root();
    const signature = this.#signer.sign(checkpointText({ origin: this.#origin, size, root }));
    const { keyId } = this.#signer.verifierKey;
    const event = this.#statements.event.get(size);
    if (!event) throw new LogContradiction(size);
    this.#withoutWaiting(() => {
      this.#statements.insert.run(size, event.time, event.hash, Buffer.from(root, 'hex'), keyId, signature);
      for (const [tile, hash] of this.#tiles) this.#statements.insertTile.run(tile, Buffer.from(hash, 'hex'));
    });
    this.#tiles = [];
    this.#last = { size, root };
    return { size, time: event.time, hash: event.hash.toString('hex'), root, keyId, signature };
  }

  /** A checkpoint that is lost with the power is made again from the events, so that nobody need wait for the disk. */
  #withoutWaiting(write: () => void): void {
    this.#db.pragma('synchronous = NORMAL');
    try {
      this.#db.transaction(write).immediate();
    } finally {
      if (this.#synchronous === 'FULL') waitForDisk(this.#db);
    }
  }
}

const FULL = 2;

/** Throws when SQLite does not take it: an event would then be acknowledged that is not durable. */
function waitForDisk(db: Connection): void {
  db.pragma('synchronous = FULL');
  const level = db.pragma('synchronous', { simple: true });
  if (level !== FULL) throw new Error(`the log's connection no longer waits for the disk: synchronous is ${level}`);
}

function prepareStatements(db: Connection) {
  return {
    last: db.prepare<[], Tip>('SELECT position AS size, lower(hex(merkle_root)) AS root FROM checkpoints ORDER BY position DESC LIMIT 1'),
    event: db.prepare<[number], { time: number; hash: Buffer }>('SELECT time, hash FROM events WHERE position = ?'),
    insert: db.prepare<[number, number, Uint8Array, Uint8Array, string, Uint8Array]>(
      'INSERT INTO checkpoints (position, time, hash, merkle_root, key_id, signature) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    insertTile: db.prepare<[number, Uint8Array]>('INSERT OR REPLACE INTO merkle_tiles (tile, hash) VALUES (?, ?)'),
  };
}
