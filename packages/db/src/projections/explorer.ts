/**
 * What makes the log searchable without copying it. `chunks` says in which runs of 256 positions a value occurs, so an
 * event costs an index write only when it is the first with its value there; a reader skips from chunk to chunk. `kinds` has
 * a code for each position that says its type, channel and agent, so that the few among 256 are found without reading the
 * rest. `counts` holds events per minute, hour and day, so that no list is ever counted.
 */
import type { ProjectedEvent, ViewsTransaction } from './define.ts';
import { defineProjection, tableName } from './define.ts';

const VERSION = 4;
export const CHUNKS_TABLE = tableName('explorer_chunks', VERSION);
export const KINDS_TABLE = tableName('explorer_kinds', VERSION);
export const KIND_CODES_TABLE = tableName('explorer_kind_codes', VERSION);
export const COUNTS_TABLE = tableName('explorer_counts', VERSION);

export const CHUNK_SIZE = 256;

export const FACET = { type: 1, channel: 2, agent: 3, session: 4, correlation: 5 } as const;
export type Facet = keyof typeof FACET;

/** Widths of the counts, in milliseconds, the widest first. */
export const COUNT_WIDTHS_MS = [86_400_000, 3_600_000, 60_000] as const;

/** The chunk that holds a position; positions of chunk n are n × 256 to n × 256 + 255. */
export function chunkOf(position: number): number {
  return Math.floor(position / CHUNK_SIZE);
}

/** The stream of a session's own events. Its index in the log says where they are, so `chunks` holds only those elsewhere. */
export function sessionStream(sessionId: string): string {
  return `session/${sessionId}`;
}

const MARK = `INSERT INTO ${CHUNKS_TABLE} (facet, value, chunk) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`;
const COUNT = `INSERT INTO ${COUNTS_TABLE} (width_ms, bucket, type, channel, agent, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET events = events + excluded.events`;

export const ExplorerProjection = defineProjection({
  name: 'explorer',
  version: VERSION,
  handles: 'all',
  reads: [],
  tables: [
    `CREATE TABLE ${CHUNKS_TABLE} (
       facet INTEGER NOT NULL,
       value TEXT NOT NULL,
       chunk INTEGER NOT NULL,
       PRIMARY KEY (facet, value, chunk)
     ) STRICT, WITHOUT ROWID`,
    // Two bytes a position, the lower one first.
    `CREATE TABLE ${KINDS_TABLE} (
       chunk INTEGER PRIMARY KEY,
       codes BLOB NOT NULL
     ) STRICT`,
    `CREATE TABLE ${KIND_CODES_TABLE} (
       code INTEGER PRIMARY KEY,
       type TEXT NOT NULL,
       channel TEXT NOT NULL,
       agent TEXT NOT NULL,
       UNIQUE (type, channel, agent)
     ) STRICT`,
    `CREATE TABLE ${COUNTS_TABLE} (
       width_ms INTEGER NOT NULL,
       bucket INTEGER NOT NULL,
       type TEXT NOT NULL,
       channel TEXT NOT NULL,
       agent TEXT NOT NULL,
       events INTEGER NOT NULL,
       PRIMARY KEY (width_ms, bucket, type, channel, agent)
     ) STRICT, WITHOUT ROWID`,
  ],
  apply: (tx, events) => {
    const marks = new Marks(tx);
    const kinds = new Kinds(tx);
    const codes = new KindCodes(tx);
    for (const event of events) {
      const kind = kinds.of(event);
      marks.add(event, kind);
      codes.add(event.position, kind);
      count(event, kind);
    }
    codes.write();
    for (const kind of kinds.all()) writeCounts(tx, kind);
  },
  // Ids and names of types, channels and agents only: nothing here is about a person.
  forget: () => {},
});

type Kind = {
  readonly code: number;
  readonly type: string;
  readonly channel: string;
  readonly agent: string;
  /** The chunk in which its type, channel and agent were last marked. */
  markedIn: number;
  /** Events by minute; an hour is the sum of its minutes, and a day of its hours. */
  readonly minutes: Map<number, number>;
};

const SELECT_CODE = `SELECT code FROM ${KIND_CODES_TABLE} WHERE type = ? AND channel = ? AND agent = ?`;
const ADD_CODE = `INSERT INTO ${KIND_CODES_TABLE} (type, channel, agent) VALUES (?, ?, ?)`;

/** Of an event that the projection passed over, or of one kind too many: it may be any. */
export const ANY_KIND = 0;
const LAST_CODE = 0xffff;

/** The kinds of a page's events. */
class Kinds {
  readonly #tx: ViewsTransaction;
  readonly #known = new Map<string, Map<string, Map<string, Kind>>>();

  constructor(tx: ViewsTransaction) {
    this.#tx = tx;
  }

  of({ type, metadata: { channel = '', agentId: agent = '' } }: ProjectedEvent): Kind {
    const byAgent = below(below(this.#known, type), channel);
    let kind = byAgent.get(agent);
    if (!kind) {
      kind = { code: this.#codeOf(type, channel, agent), type, channel, agent, markedIn: -1, minutes: new Map() };
      byAgent.set(agent, kind);
    }
    return kind;
  }

  *all(): Generator<Kind> {
    for (const byChannel of this.#known.values()) for (const byAgent of byChannel.values()) yield* byAgent.values();
  }

  #codeOf(type: string, channel: string, agent: string): number {
    const stored = () => this.#tx.first<{ code: number }>(SELECT_CODE, type, channel, agent)?.code;
    let code = stored();
    if (code === undefined) {
      this.#tx.run(ADD_CODE, type, channel, agent);
      code = stored() ?? ANY_KIND;
    }
    return code <= LAST_CODE ? code : ANY_KIND;
  }
}

/** Writes a mark when a value is the first of its kind in its chunk. */
class Marks {
  readonly #tx: ViewsTransaction;
  readonly #seen = Object.values(FACET).map(() => new Map<string, number>());

  constructor(tx: ViewsTransaction) {
    this.#tx = tx;
  }

  add({ position, streamId, metadata: { sessionId, correlationId } }: ProjectedEvent, kind: Kind): void {
    const chunk = chunkOf(position);
    if (kind.markedIn !== chunk) {
      kind.markedIn = chunk;
      this.#mark(FACET.type, kind.type, chunk);
      if (kind.channel !== '') this.#mark(FACET.channel, kind.channel, chunk);
      if (kind.agent !== '') this.#mark(FACET.agent, kind.agent, chunk);
    }
    if (correlationId !== undefined) this.#mark(FACET.correlation, correlationId, chunk);
    if (sessionId !== undefined && streamId !== sessionStream(sessionId)) this.#mark(FACET.session, sessionId, chunk);
  }

  #mark(facet: number, value: string, chunk: number): void {
    const seen = this.#seen[facet - 1];
    if (seen?.get(value) === chunk) return;
    seen?.set(value, chunk);
    this.#tx.run(MARK, facet, value, chunk);
  }
}

const SELECT_CODES = `SELECT codes FROM ${KINDS_TABLE} WHERE chunk = ?`;
const SAVE_CODES = `INSERT INTO ${KINDS_TABLE} (chunk, codes) VALUES (?, ?) ON CONFLICT DO UPDATE SET codes = excluded.codes`;

/** Writes which kind stands at each position of a chunk. */
class KindCodes {
  readonly #tx: ViewsTransaction;
  readonly #chunks = new Map<number, { readonly codes: Uint8Array; length: number }>();

  constructor(tx: ViewsTransaction) {
    this.#tx = tx;
  }

  add(position: number, { code }: Kind): void {
    const number = chunkOf(position);
    let chunk = this.#chunks.get(number);
    if (!chunk) {
      chunk = { codes: new Uint8Array(2 * CHUNK_SIZE), length: 0 };
      const stored = this.#tx.first<{ codes: Uint8Array }>(SELECT_CODES, number);
      if (stored) chunk.codes.set(stored.codes);
      this.#chunks.set(number, chunk);
    }
    const at = 2 * (position - number * CHUNK_SIZE);
    chunk.codes[at] = code % 256;
    chunk.codes[at + 1] = Math.floor(code / 256);
    chunk.length = at + 2;
  }

  write(): void {
    for (const [number, { codes, length }] of this.#chunks) this.#tx.run(SAVE_CODES, number, codes.subarray(0, length));
  }
}

function count({ time }: ProjectedEvent, { minutes }: Kind): void {
  const minute = Math.floor(time / 60_000);
  minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
}

function writeCounts(tx: ViewsTransaction, { type, channel, agent, minutes }: Kind): void {
  for (const widthMs of COUNT_WIDTHS_MS) {
    for (const [bucket, events] of widen(minutes, widthMs / 60_000)) tx.run(COUNT, widthMs, bucket, type, channel, agent, events);
  }
}

function widen(minutes: ReadonlyMap<number, number>, factor: number): ReadonlyMap<number, number> {
  if (factor === 1) return minutes;
  const wide = new Map<number, number>();
  for (const [minute, count] of minutes) {
    const bucket = Math.floor(minute / factor);
    wide.set(bucket, (wide.get(bucket) ?? 0) + count);
  }
  return wide;
}

function below<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let inner = map.get(key);
  if (!inner) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}
