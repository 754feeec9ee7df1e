/**
 * Checks a log from beginning to end: that every event is as it was written and follows the one before, that every checkpoint
 * is signed and its root is that of the events, and that the log holds all that a witness has seen. Reads only, in pages, and
 * in whatever thread it is called in; `verify-log.ts` gives it one.
 */
import { hash } from 'node:crypto';
import { CHAIN_START, chainHashHex, SALT_BYTES } from '../chain.ts';
import type { Connection } from '../sqlite/connection.ts';
import { MissingBodies } from './bodies.ts';
import { type EventRow, EventRows, StreamVersions } from './event-rows.ts';
import type { Verified } from './memory.ts';
import { Frontier } from './merkle.ts';
import type { CheckpointNote, VerifierKey } from './note.ts';
import { Stops } from './stops.ts';
import { LogTree } from './tree.ts';
import { type Break, breakAt, type Finding, type Found } from './verdict.ts';
import { Vouching } from './vouching.ts';

export type VerificationOptions = {
  /** First and last position to check; the whole log when left out. */
  readonly from?: number;
  readonly to?: number;
  /** An earlier check to go on from, when `from` is left out. */
  readonly earlier?: Verified;
  /** For a part: the events up to here are checked elsewhere, `from` is of no account. */
  readonly after?: number;
  /** The keys that are trusted. With none, no signature is checked. */
  readonly keys: readonly VerifierKey[];
  /** What a witness kept, of whatever logs. */
  readonly witness?: readonly CheckpointNote[];
  /** Where archived segments lie. */
  readonly segmentsDir: string;
};

/** Positions that are checked in one go, beside others. */
export type Part = { readonly after: number; readonly to: number; readonly isLast: boolean };

type Start = { readonly position: number; readonly hash: Uint8Array; readonly frontier: Frontier; readonly continues?: number };

export class Verification {
  readonly #db: Connection;
  readonly #options: VerificationOptions;
  readonly #rows: EventRows;
  readonly #tree: LogTree;
  readonly #vouching: Vouching;
  readonly #notes: readonly CheckpointNote[];
  readonly #start: Start;
  readonly #versions: StreamVersions;
  readonly #stops: Stops;
  readonly #bodies: MissingBodies;
  readonly #head: number;
  readonly #to: number;
  #position: number;
  #hash: Uint8Array;
  /** The same in lowercase hex. */
  #leaf: string;
  #frontier: Frontier;
  #verified: Verified | undefined;
  readonly #metadataHash = new LastHash();
  #damagedTile: Break | undefined;
  #archived = 0;
  #away = 0;
  #removed = 0;

  constructor(db: Connection, options: VerificationOptions) {
    this.#db = db;
    this.#options = options;
    this.#rows = new EventRows(db);
    this.#tree = new LogTree(db);
    this.#vouching = new Vouching(options.keys);
    const names = options.keys.map(({ name }) => name);
    this.#notes = (options.witness ?? []).filter(({ origin }) => names.length === 0 || names.includes(origin));
    // Before the head: events come before their checkpoints.
    const newest = this.#checkpointUpTo(Number.MAX_SAFE_INTEGER);
    this.#head = this.#rows.head();
    this.#to = Math.min(options.to ?? this.#head, this.#head);
    this.#start = this.#begin();
    this.#position = this.#start.position;
    this.#hash = this.#start.hash;
    this.#leaf = toHex(this.#hash);
    this.#frontier = new Frontier(this.#start.frontier.size, this.#start.frontier.roots, (tile, root) => this.#checkTile(tile, root));
    this.#versions = new StreamVersions(db, this.#start.position);
    this.#stops = new Stops(db, this.#notes, this.#start.position);
    this.#bodies = new MissingBodies(db, options.segmentsDir);
    this.#largest = Math.max(newest, this.#notes.at(-1)?.size ?? 0, options.earlier?.size ?? 0);
  }

  readonly #largest: number;

  /**
   * What there is to check, cut into so many parts or fewer. Cut only where the log has a checkpoint, so that each break lies
   * in one part.
   */
  parts(most: number): Part[] {
    const after = this.#start.position;
    const share = (this.#to - after) / most;
    const cuts = Array.from({ length: most - 1 }, (_, index) => this.#checkpointUpTo(Math.round(after + share * (index + 1))));
    const ends = [...new Set(cuts.filter((cut) => cut > after && cut < this.#to)), this.#to];
    return ends.map((to, index) => ({ after: ends[index - 1] ?? after, to, isLast: index === ends.length - 1 }));
  }

  /** Reads page by page and gives after each the position it came to; the last value is what was found. */
  *run({ to, isLast }: Pick<Part, 'to' | 'isLast'> = { to: this.#to, isLast: true }): Generator<number, Found> {
    const before = this.#options.after === undefined ? this.#checkBefore() : undefined;
    if (before) return this.#found(before);
    try {
      while (this.#position < to) {
        const page = this.#rows.page(this.#position, to);
        const broken = this.#checkPage(page);
        if (broken) return this.#found(broken);
        yield this.#position;
      }
    } catch (error) {
      const actual = error instanceof Error ? error.message : String(error);
      return this.#found(breakAt({ reason: 'unreadable', expected: 'an event', actual }, this.#position + 1));
    }
    return this.#found(this.#damagedTile ?? (isLast ? this.#checkAfter() : undefined));
  }

  #checkPage(page: readonly (EventRow | 'malformed')[]): Break | undefined {
    let stop = this.#stops.next();
    for (const row of page) {
      const finding = this.#checkRow(row);
      if (finding) return breakAt(finding, this.#position + 1);
      this.#position += 1;
      this.#frontier.append(this.#leaf);
      if (this.#position !== stop) continue;
      const found = row === 'malformed' ? undefined : this.#checkStop(row.time);
      if (found) return found;
      stop = this.#stops.next();
    }
    if (page.length > 0) return undefined;
    return breakAt(
      { reason: 'missing', expected: `position ${this.#position + 1}`, actual: 'there is none up to the head' },
      this.#position + 1,
    );
  }

  #checkRow(row: EventRow | 'malformed'): Finding | undefined {
    const next = this.#position + 1;
    if (row === 'malformed') return { reason: 'chain_broken', expected: 'an id of 16 bytes and hashes of 32', actual: 'something else' };
    const { position, body, streamNo, version } = row;
    if (position !== next) return { reason: 'missing', expected: `position ${next}`, actual: `position ${position} follows` };
    const type = this.#rows.type(row.typeNo);
    const finding = body ? checkBody(row, body) : this.#checkMissingBody(row, type);
    if (finding) return finding;
    const { schemaVersion, time, eventId, dataHash } = row;
    const streamId = this.#rows.streamId(streamNo);
    const fields = { position, streamId, version, type, schemaVersion, time, eventId, dataHash };
    const expected = chainHashHex(this.#hash, fields, this.#metadataHash.of(row.metadata));
    this.#leaf = toHex(row.hash);
    if (expected !== this.#leaf) return { reason: 'chain_broken', expected, actual: this.#leaf };
    const belongs = this.#versions.expected(streamNo, version);
    if (belongs !== version) return { reason: 'version_gap', expected: belongs < 0 ? 'another' : String(belongs), actual: String(version) };
    this.#hash = row.hash;
    return undefined;
  }

  #checkMissingBody(row: EventRow, type: string): Finding | undefined {
    const expected = toHex(row.dataHash);
    if (row.isTorn) return { reason: 'data_changed', expected, actual: 'only what was sealed of it' };
    const whereabouts = this.#bodies.find({ position: row.position, type, time: row.time, dataHash: expected });
    if (whereabouts === 'changed') return { reason: 'data_changed', expected, actual: 'something else in the archived segment' };
    if (whereabouts === 'unexplained') return { reason: 'body_missing', expected, actual: 'no data' };
    if (whereabouts === 'removed') this.#removed += 1;
    else this.#archived += 1;
    if (whereabouts === 'away') this.#away += 1;
    return undefined;
  }

  #checkStop(time: number): Break | undefined {
    const size = this.#position;
    const vouchedTo = Math.max(this.#start.position, this.#vouching.vouchedTo);
    const root = this.#frontier.root();
    const finding = this.#vouching.check(this.#stops.take(), { root, hash: this.#leaf, time });
    if (finding) return breakAt(finding, vouchedTo + 1, size);
    this.#verified = { size, hash: this.#leaf, roots: this.#frontier.roots.slice(), at: 0 };
    return undefined;
  }

  #checkTile(tile: number, root: string): void {
    const stored = this.#tree.tile(tile);
    if (stored === undefined || stored === root || this.#damagedTile) return;
    this.#damagedTile = breakAt({ reason: 'tile_changed', expected: root, actual: stored }, tile * 1024 + 1, (tile + 1) * 1024);
  }

  /** What can be said before an event is read. */
  #checkBefore(): Break | undefined {
    if (this.#options.witness && this.#notes.length === 0) {
      const expected = this.#options.keys.map(({ name }) => name).join(', ');
      const actual = [...new Set(this.#options.witness.map(({ origin }) => origin))].join(', ');
      return breakAt({ reason: 'witness_unrelated', expected, actual: actual || 'no checkpoint at all' }, 1);
    }
    // Events that this run does not read: the hashes that are stored of them must at least be those that the witness has seen.
    const unread = this.#notes.filter(({ size }) => size <= this.#start.position);
    const last = unread.at(-1);
    if (!last || this.#tree.rootAt(last.size) === last.root) return undefined;
    for (const note of unread) {
      const actual = this.#tree.rootAt(note.size);
      if (actual !== note.root) return breakAt({ reason: 'witness_root', expected: note.root, actual }, 1, note.size);
    }
    return undefined;
  }

  #checkAfter(): Break | undefined {
    if (this.#largest <= this.#head) return undefined;
    const expected = `at least ${this.#largest} events`;
    return breakAt({ reason: 'tail_cut', expected, actual: `${this.#head} events` }, this.#head + 1, this.#largest);
  }

  #begin(): Start {
    const { from, earlier, after } = this.#options;
    if (
      after === undefined &&
      from === undefined &&
      earlier &&
      earlier.size <= this.#to &&
      this.#rows.hashAt(earlier.size)?.toString('hex') === earlier.hash
    ) {
      return {
        position: earlier.size,
        hash: Buffer.from(earlier.hash, 'hex'),
        frontier: new Frontier(earlier.size, earlier.roots),
        continues: earlier.at,
      };
    }
    const position = after ?? Math.min(Math.max(1, from ?? 1), this.#head + 1) - 1;
    if (position === 0) return { position, hash: CHAIN_START, frontier: new Frontier() };
    return { position, hash: this.#rows.hashAt(position) ?? CHAIN_START, frontier: this.#tree.frontierAt(position) };
  }

  #checkpointUpTo(position: number): number {
    const statement = this.#db.prepare<[number], number>('SELECT coalesce(max(position), 0) FROM checkpoints WHERE position <= ?');
    return statement.pluck().get(position) ?? 0;
  }

  #found(broken: Break | undefined): Found {
    const { checkpoints, witnessed, checkpointedTo, witnessedTo } = this.#vouching;
    return {
      after: this.#start.position,
      to: this.#position,
      head: this.#head,
      hash: this.#leaf,
      root: this.#frontier.root(),
      checkpoints,
      witnessed,
      checkpointedTo,
      witnessedTo,
      archivedBodies: this.#archived,
      awayBodies: this.#away,
      removedBodies: this.#removed,
      continues: this.#start.continues,
      broken,
      verified: this.#verified,
      witness: this.#options.witness && { newest: this.#notes.at(-1)?.size ?? 0 },
      isSignatureChecked: this.#options.keys.length > 0,
    };
  }
}

/** Remembers the hash of the last bytes: events of one commit mostly have the same metadata. */
class LastHash {
  #bytes: Uint8Array = Buffer.alloc(0);
  #hash = hash('sha256', '');

  of(bytes: Uint8Array): string {
    if (bytes.length === this.#bytes.length && Buffer.compare(bytes, this.#bytes) === 0) return this.#hash;
    this.#bytes = bytes;
    this.#hash = hash('sha256', bytes);
    return this.#hash;
  }
}

function checkBody(row: EventRow, body: Buffer): Finding | undefined {
  const expected = toHex(row.dataHash);
  const actual = hash('sha256', body);
  if (actual !== expected) return { reason: 'data_changed', expected, actual };
  // The same bytes cut elsewhere have the same hash. JSON has no zero byte, so there is one border that we can have set.
  if (body.indexOf(0, SALT_BYTES) === row.border) return undefined;
  return { reason: 'data_changed', expected: 'the data up to its end', actual: 'another border between the data and what is sealed of it' };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
