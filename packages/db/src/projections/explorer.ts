/**
 * What makes the log searchable without copying it. `chunks` says in which runs of 256 positions a value occurs, so an
 * event costs an index write only when it is the first with its value there; a reader skips from chunk to chunk and reads
 * the log itself. `types` has a byte for each position that says its type, so that a rare one is found among 256 without
 * reading them. `counts` holds events per minute, hour and day, so that no list is ever counted.
 */
import type { ProjectedEvent, ViewsTransaction } from './define.ts';
import { defineProjection, tableName } from './define.ts';

const VERSION = 3;
export const CHUNKS_TABLE = tableName('explorer_chunks', VERSION);
export const TYPES_TABLE = tableName('explorer_types', VERSION);
export const TYPE_CODES_TABLE = tableName('explorer_type_codes', VERSION);
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
    `CREATE TABLE ${TYPES_TABLE} (
       chunk INTEGER PRIMARY KEY,
       codes BLOB NOT NULL
     ) STRICT`,
    `CREATE TABLE ${TYPE_CODES_TABLE} (
       code INTEGER PRIMARY KEY,
       type TEXT NOT NULL UNIQUE
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
    const types = new TypeBytes(tx);
    const counts = new Counts();
    for (const event of events) {
      marks.add(event);
      types.add(event);
      counts.add(event);
    }
    types.write();
    counts.write(tx);
  },
  // Ids and names of types, channels and agents only: nothing here is about a person.
  forget: () => {},
});

/** Writes a mark when a value is the first of its kind in its chunk. */
class Marks {
  readonly #tx: ViewsTransaction;
  readonly #seen = Object.values(FACET).map(() => new Map<string, number>());

  constructor(tx: ViewsTransaction) {
    this.#tx = tx;
  }

  add({ position, type, streamId, metadata }: ProjectedEvent): void {
    const chunk = chunkOf(position);
    const { channel, agentId, sessionId, correlationId } = metadata;
    this.#mark(FACET.type, type, chunk);
    this.#mark(FACET.channel, channel, chunk);
    this.#mark(FACET.agent, agentId, chunk);
    this.#mark(FACET.correlation, correlationId, chunk);
    if (sessionId !== undefined && streamId !== sessionStream(sessionId)) this.#mark(FACET.session, sessionId, chunk);
  }

  #mark(facet: number, value: string | undefined, chunk: number): void {
    if (value === undefined) return;
    const seen = this.#seen[facet - 1];
    if (seen?.get(value) === chunk) return;
    seen?.set(value, chunk);
    this.#tx.run(MARK, facet, value, chunk);
  }
}

const SELECT_CODES = `SELECT codes FROM ${TYPES_TABLE} WHERE chunk = ?`;
const SAVE_CODES = `INSERT INTO ${TYPES_TABLE} (chunk, codes) VALUES (?, ?) ON CONFLICT DO UPDATE SET codes = excluded.codes`;
const SELECT_CODE = `SELECT code FROM ${TYPE_CODES_TABLE} WHERE type = ?`;
const ADD_CODE = `INSERT INTO ${TYPE_CODES_TABLE} (type) VALUES (?)`;

/** Of an event that the projection passed over, or of one type too many: it may be any. */
export const ANY_TYPE = 0;

/** Writes which type stands at each position of a chunk. */
class TypeBytes {
  readonly #tx: ViewsTransaction;
  readonly #codes = new Map<string, number>();
  readonly #chunks = new Map<number, { codes: Uint8Array; length: number }>();

  constructor(tx: ViewsTransaction) {
    this.#tx = tx;
  }

  add({ position, type }: ProjectedEvent): void {
    const number = chunkOf(position);
    let chunk = this.#chunks.get(number);
    if (!chunk) {
      chunk = { codes: new Uint8Array(CHUNK_SIZE), length: 0 };
      const stored = this.#tx.first<{ codes: Uint8Array }>(SELECT_CODES, number);
      if (stored) chunk.codes.set(stored.codes);
      this.#chunks.set(number, chunk);
    }
    const offset = position - number * CHUNK_SIZE;
    chunk.codes[offset] = this.#codeOf(type);
    chunk.length = offset + 1;
  }

  write(): void {
    for (const [number, { codes, length }] of this.#chunks) this.#tx.run(SAVE_CODES, number, codes.subarray(0, length));
  }

  #codeOf(type: string): number {
    let code = this.#codes.get(type) ?? this.#tx.first<{ code: number }>(SELECT_CODE, type)?.code;
    if (code === undefined) {
      this.#tx.run(ADD_CODE, type);
      code = this.#tx.first<{ code: number }>(SELECT_CODE, type)?.code ?? ANY_TYPE;
    }
    this.#codes.set(type, code);
    return code <= 255 ? code : ANY_TYPE;
  }
}

type Tally = { readonly type: string; readonly channel: string; readonly agent: string; readonly events: Map<number, number> };

/** Events by minute; an hour is the sum of its minutes, and a day of its hours. */
class Counts {
  readonly #tallies = new Map<string, Map<string, Map<string, Tally>>>();

  add({ time, type, metadata: { channel = '', agentId: agent = '' } }: ProjectedEvent): void {
    const byChannel = below(this.#tallies, type);
    const byAgent = below(byChannel, channel);
    let tally = byAgent.get(agent);
    if (!tally) {
      tally = { type, channel, agent, events: new Map() };
      byAgent.set(agent, tally);
    }
    const minute = Math.floor(time / 60_000);
    tally.events.set(minute, (tally.events.get(minute) ?? 0) + 1);
  }

  write(tx: ViewsTransaction): void {
    for (const byChannel of this.#tallies.values()) {
      for (const byAgent of byChannel.values()) {
        for (const { type, channel, agent, events } of byAgent.values()) {
          for (const widthMs of COUNT_WIDTHS_MS) {
            for (const [bucket, count] of widen(events, widthMs / 60_000)) tx.run(COUNT, widthMs, bucket, type, channel, agent, count);
          }
        }
      }
    }
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
