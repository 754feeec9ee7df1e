/** Reads of the log in the thread they are called in, each with a statement that was prepared once. */
import { upcast } from '@openclaw-gateway/events/catalog/index';
import type { EventMetadata, StoredEvent } from '@openclaw-gateway/events/envelope';
import { idFromBytes } from '@openclaw-gateway/events/ids';
import { type ChainedRow, SALT_BYTES } from '../chain.ts';
import type { ReadAllOptions, ReadStreamOptions } from '../log.ts';
import type { Connection } from './connection.ts';
import { LruMap } from './lru.ts';

const KNOWN_STREAMS = 10_000;
const PAGE = 1000;

/** What is read in place of data that was erased or archived. */
const ERASED = { erased: true };

/** A row of `COLUMNS`; the data is JSON without its salt. Arrays and not objects, since every event of every read passes here. */
type Row = [
  position: number,
  streamNo: number,
  version: number,
  typeNo: number,
  schemaVersion: number,
  time: number,
  eventId: Buffer,
  metadata: string,
  json: string | null,
];
const COLUMNS = `position, stream_no, version, type_no, schema_version, time, event_id, metadata,
  CAST(substr(data, ${SALT_BYTES + 1}) AS TEXT)`;

export class LogReader {
  readonly #db: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #types = new Map<number, string>();
  readonly #streamIds = new LruMap<number, string>(KNOWN_STREAMS);

  constructor(db: Connection) {
    this.#db = db;
    this.#statements = prepareStatements(db);
  }

  head(): number {
    return this.#statements.head.get() ?? 0;
  }

  readAll({ after, limit }: ReadAllOptions): StoredEvent[] {
    return this.#statements.all.all(after, limit).map((row) => this.#toEvent(row));
  }

  readStream(streamId: string, { afterVersion = 0, limit, toPosition = Number.MAX_SAFE_INTEGER }: ReadStreamOptions): StoredEvent[] {
    const streamNo = this.#statements.streamNo.get(streamId);
    if (streamNo === undefined) return [];
    return this.#statements.stream.all(streamNo, afterVersion, toPosition, limit).map((row) => this.#toEvent(row));
  }

  readAt(position: number): StoredEvent | undefined {
    const row = this.#statements.at.get(position);
    return row && this.#toEvent(row);
  }

  /** The chain's hash at a position. */
  hashAt(position: number): Buffer | undefined {
    return this.#statements.hash.get(position);
  }

  /** Milliseconds since 1970 of an event. */
  timeAt(position: number): number | undefined {
    return this.#statements.time.get(position);
  }

  /** Position of a version of a stream, if it is there. */
  positionOf(streamId: string, version: number): number | undefined {
    return this.#statements.position.get(streamId, version);
  }

  /** The first position at or after a time, one past the head when there is none. Times never fall, so halving finds it. */
  firstSince(time: number): number {
    let low = 1;
    let high = this.head() + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.timeAt(middle) ?? Number.POSITIVE_INFINITY) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Rows for `verifyChain`, read in pages, so that a long log does not lie in memory. */
  *chain(after = 0): Generator<ChainedRow> {
    const statement = this.#db.prepare<[number, number], ChainedRow>(
      `SELECT e.position, coalesce(s.stream_id, '') AS streamId, e.version, coalesce(t.type, '') AS type, e.schema_version AS schemaVersion, e.time,
              e.event_id AS eventId, e.metadata, e.data_hash AS dataHash, e.hash, e.data
       FROM events e LEFT JOIN streams s ON s.stream_no = e.stream_no LEFT JOIN event_types t ON t.type_no = e.type_no
       WHERE e.position > ? ORDER BY e.position LIMIT ?`,
    );
    for (let page = statement.all(after, PAGE); page.length > 0; ) {
      yield* page;
      page = statement.all(page.at(-1)?.position ?? 0, PAGE);
    }
  }

  #toEvent([position, streamNo, version, typeNo, schemaVersion, time, eventId, metadata, json]: Row): StoredEvent {
    const type = this.#type(typeNo);
    return {
      id: idFromBytes('event', eventId),
      type,
      schemaVersion,
      data: json === null ? ERASED : upcast(type, schemaVersion, JSON.parse(json)),
      position,
      streamId: this.#streamId(streamNo),
      version,
      time,
      metadata: JSON.parse(metadata) as EventMetadata,
    };
  }

  #type(typeNo: number): string {
    const type = this.#types.get(typeNo) ?? this.#statements.type.get(typeNo) ?? '';
    this.#types.set(typeNo, type);
    return type;
  }

  #streamId(streamNo: number): string {
    const known = this.#streamIds.get(streamNo);
    if (known !== undefined) return known;
    const streamId = this.#statements.streamId.get(streamNo) ?? '';
    this.#streamIds.set(streamNo, streamId);
    return streamId;
  }
}

function prepareStatements(db: Connection) {
  return {
    head: db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck(),
    all: db.prepare<[number, number], Row>(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`).raw(),
    stream: db
      .prepare<[number, number, number, number], Row>(
        `SELECT ${COLUMNS} FROM events WHERE stream_no = ? AND version > ? AND position <= ? ORDER BY version LIMIT ?`,
      )
      .raw(),
    at: db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM events WHERE position = ?`).raw(),
    time: db.prepare<[number], number>('SELECT time FROM events WHERE position = ?').pluck(),
    hash: db.prepare<[number], Buffer>('SELECT hash FROM events WHERE position = ?').pluck(),
    position: db
      .prepare<[string, number], number>(
        'SELECT position FROM events WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = ?) AND version = ?',
      )
      .pluck(),
    streamNo: db.prepare<[string], number>('SELECT stream_no FROM streams WHERE stream_id = ?').pluck(),
    streamId: db.prepare<[number], string>('SELECT stream_id FROM streams WHERE stream_no = ?').pluck(),
    type: db.prepare<[number], string>('SELECT type FROM event_types WHERE type_no = ?').pluck(),
  };
}
