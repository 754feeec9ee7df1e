/** Reads of the log in the thread they are called in, each with a statement that was prepared once. */
import { upcast } from '@openclaw-gateway/events/catalog/index';
import type { EventMetadata, StoredEvent } from '@openclaw-gateway/events/envelope';
import { idFromBytes } from '@openclaw-gateway/events/ids';
import { type ChainedRow, SALT_BYTES } from '../chain.ts';
import type { ReadAllOptions, ReadStreamOptions } from '../log.ts';
import type { Connection } from './connection.ts';

/** One event as it lies in the file. */
export type EventRecord = {
  position: number;
  streamId: string;
  version: number;
  type: string;
  schemaVersion: number;
  time: number;
  eventId: Buffer;
  metadata: string;
  dataHash: Buffer;
  hash: Buffer;
  data: Buffer | null;
};

/** What is read in place of data that was erased or archived. */
const ERASED = { erased: true };

const COLUMNS = `e.position, s.stream_id AS streamId, e.version, t.type, e.schema_version AS schemaVersion, e.time,
  e.event_id AS eventId, e.metadata, e.data_hash AS dataHash, e.hash, e.data`;
const FROM = 'FROM events e JOIN streams s ON s.stream_no = e.stream_no JOIN event_types t ON t.type_no = e.type_no';

export class LogReader {
  readonly #head;
  readonly #all;
  readonly #stream;
  readonly #streamNumber;
  readonly #at;
  readonly #version;
  readonly #time;

  constructor(db: Connection) {
    this.#head = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck();
    this.#all = db.prepare<[number, number], EventRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE e.position > ? ORDER BY e.position LIMIT ?`,
    );
    this.#streamNumber = db.prepare<[string], number>('SELECT stream_no FROM streams WHERE stream_id = ?').pluck();
    this.#stream = db.prepare<[number, number, number, number], EventRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE e.stream_no = ? AND e.version > ? AND e.position <= ? ORDER BY e.version LIMIT ?`,
    );
    this.#at = db.prepare<[number], EventRecord>(`SELECT ${COLUMNS} ${FROM} WHERE e.position = ?`);
    this.#version = db
      .prepare<[string, number], number>(
        'SELECT position FROM events WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = ?) AND version = ?',
      )
      .pluck();
    this.#time = db.prepare<[number], number>('SELECT time FROM events WHERE position = ?').pluck();
  }

  head(): number {
    return this.#head.get() ?? 0;
  }

  records({ after, limit }: ReadAllOptions): EventRecord[] {
    return this.#all.all(after, limit);
  }

  recordAt(position: number): EventRecord | undefined {
    return this.#at.get(position);
  }

  readAll(options: ReadAllOptions): StoredEvent[] {
    return this.records(options).map(toStoredEvent);
  }

  readStream(streamId: string, { afterVersion = 0, limit, toPosition = Number.MAX_SAFE_INTEGER }: ReadStreamOptions): StoredEvent[] {
    const streamNo = this.#streamNumber.get(streamId);
    return streamNo === undefined ? [] : this.#stream.all(streamNo, afterVersion, toPosition, limit).map(toStoredEvent);
  }

  readAt(position: number): StoredEvent | undefined {
    const record = this.recordAt(position);
    return record && toStoredEvent(record);
  }

  /** Position of a version of a stream, if it is there. */
  positionOf(streamId: string, version: number): number | undefined {
    return this.#version.get(streamId, version);
  }

  /** The first position at or after a time, one past the head when there is none. Times never fall, so halving finds it. */
  firstSince(time: number): number {
    let low = 1;
    let high = this.head() + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#time.get(middle) ?? Number.POSITIVE_INFINITY) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

export function toStoredEvent(record: EventRecord): StoredEvent {
  return {
    id: idFromBytes('event', record.eventId),
    type: record.type,
    schemaVersion: record.schemaVersion,
    data: readData(record),
    position: record.position,
    streamId: record.streamId,
    version: record.version,
    time: record.time,
    metadata: JSON.parse(record.metadata) as EventMetadata,
  };
}

/** Rows for `verifyChain`, in pages, so that a long log does not lie in memory. */
export function* chainRows(reader: LogReader, after = 0): Generator<ChainedRow> {
  for (let page = reader.records({ after, limit: 1000 }); page.length > 0; ) {
    yield* page;
    page = reader.records({ after: page.at(-1)?.position ?? 0, limit: 1000 });
  }
}

function readData(record: EventRecord): unknown {
  if (record.data === null) return ERASED;
  return upcast(record.type, record.schemaVersion, JSON.parse(record.data.toString('utf8', SALT_BYTES)));
}
