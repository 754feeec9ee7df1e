/** The rows of the log as a check reads them: as few values for each as possible, since there may be millions. */
import type { Connection } from '../sqlite/connection.ts';

const ID_BYTES = 16;
const HASH_BYTES = 32;
const FIXED_BYTES = ID_BYTES + 2 * HASH_BYTES;
const ROWS = 500;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const KNOWN_STREAMS = 50_000;
/** Read through the system's page cache: a check reads each page of the file once. */
const MAPPED_BYTES = 64 * 1024 * 1024 * 1024;

export type EventRow = {
  readonly position: number;
  readonly streamNo: number;
  readonly version: number;
  readonly typeNo: number;
  readonly schemaVersion: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly eventId: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly metadata: Uint8Array;
  /** What the data hash is made of; `undefined` when the data has left the log. */
  readonly body: Buffer | undefined;
  /** Where in it the data ends and a zero byte and the sealed part begin; -1 when nothing is sealed. */
  readonly border: number;
  /** The data has left the log but what was sealed of it has not: nothing that we do leaves that behind. */
  readonly isTorn: boolean;
};

/** Columns and the lengths of those that are bytes. `isWellFormed`: the id has 16 bytes and each hash 32. */
type Header = readonly [
  position: number,
  streamNo: number,
  version: number,
  typeNo: number,
  schemaVersion: number,
  time: number,
  isWellFormed: 0 | 1 | null,
  metadata: number,
  data: number | null,
  sealed: number | null,
];

export class EventRows {
  readonly #db: Connection;
  readonly #headers;
  readonly #bytes;
  readonly #stream;
  readonly #type;
  readonly #streams = new Map<number, string>();
  readonly #types = new Map<number, string>();

  constructor(db: Connection) {
    db.pragma(`mmap_size = ${MAPPED_BYTES}`);
    this.#db = db;
    this.#headers = db
      .prepare<[number, number, number, number, number, number], Header>(
        `SELECT position, stream_no, version, type_no, schema_version, time,
                octet_length(event_id) = ? AND octet_length(data_hash) = ? AND octet_length(hash) = ?,
                coalesce(octet_length(metadata), 0), octet_length(data), octet_length(sealed)
         FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
      )
      .raw();
    // All bytes of a page in one buffer: making one for each column of each row takes longer than hashing them.
    this.#bytes = db
      .prepare<[number, number], Buffer>(
        `SELECT CAST(group_concat(
           coalesce(event_id || data_hash || hash, x'') || coalesce(metadata, x'') || coalesce(data, x'') || coalesce(x'00' || sealed, x''), x''
         ) AS BLOB)
         FROM (SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position)`,
      )
      .pluck();
    this.#stream = db.prepare<[number], string>('SELECT stream_id FROM streams WHERE stream_no = ?').pluck();
    this.#type = db.prepare<[number], string>('SELECT type FROM event_types WHERE type_no = ?').pluck();
  }

  head(): number {
    return this.#db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0;
  }

  /** The next rows, in position order. `malformed` in place of one whose id or hashes are not such. Empty when there are no more. */
  page(after: number, to: number): readonly (EventRow | 'malformed')[] {
    // Of one moment, although it is read twice.
    this.#db.exec('BEGIN');
    try {
      const headers = fitting(this.#headers.all(ID_BYTES, HASH_BYTES, HASH_BYTES, after, to, ROWS));
      const last = headers.at(-1);
      return last ? split(headers, this.#bytes.get(after, last[0]) ?? Buffer.alloc(0)) : [];
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  /** The chain's hash at a position, where there is an event. */
  hashAt(position: number): Buffer | undefined {
    return this.#db.prepare<[number], Buffer>('SELECT hash FROM events WHERE position = ?').pluck().get(position);
  }

  /** Empty when there is no such stream. */
  streamId(streamNo: number): string {
    const known = this.#streams.get(streamNo);
    if (known !== undefined) return known;
    if (this.#streams.size >= KNOWN_STREAMS) this.#streams.clear();
    const streamId = this.#stream.get(streamNo) ?? '';
    this.#streams.set(streamNo, streamId);
    return streamId;
  }

  /** Empty when there is no such type. */
  type(typeNo: number): string {
    const known = this.#types.get(typeNo) ?? this.#type.get(typeNo) ?? '';
    this.#types.set(typeNo, known);
    return known;
  }
}

/** As many rows as fit into a page's bytes, but at least one. */
function fitting(headers: readonly Header[]): readonly Header[] {
  let bytes = 0;
  const over = headers.findIndex((header) => {
    bytes += sizeOf(header);
    return bytes > MAX_PAGE_BYTES;
  });
  return over < 0 ? headers : headers.slice(0, Math.max(1, over));
}

/** After a row that is malformed nothing in the page is where it should be, so that row is the last. */
function split(headers: readonly Header[], bytes: Buffer): (EventRow | 'malformed')[] {
  const rows: (EventRow | 'malformed')[] = [];
  let at = 0;
  for (const header of headers) {
    const [position, streamNo, version, typeNo, schemaVersion, time, isWellFormed, metadataBytes, data, sealed] = header;
    if (isWellFormed !== 1) {
      rows.push('malformed');
      return rows;
    }
    const metadataAt = at + FIXED_BYTES;
    const bodyAt = metadataAt + metadataBytes;
    const end = at + sizeOf(header);
    rows.push({
      position,
      streamNo,
      version,
      typeNo,
      schemaVersion,
      time,
      eventId: bytes.subarray(at, at + ID_BYTES),
      dataHash: bytes.subarray(at + ID_BYTES, at + ID_BYTES + HASH_BYTES),
      hash: bytes.subarray(at + ID_BYTES + HASH_BYTES, metadataAt),
      metadata: bytes.subarray(metadataAt, bodyAt),
      body: data === null ? undefined : bytes.subarray(bodyAt, end),
      border: data === null || sealed === null ? -1 : data,
      isTorn: data === null && sealed !== null,
    });
    at = end;
  }
  return rows;
}

function sizeOf([, , , , , , , metadata, data, sealed]: Header): number {
  return FIXED_BYTES + metadata + (data ?? 0) + (sealed === null ? 0 : 1 + sealed);
}

/** Whether the versions of each stream follow each other without a gap. Four bytes for each stream. */
export class StreamVersions {
  readonly #last: Uint32Array;
  readonly #position;
  readonly #start: number;

  /** `start`: the position before the first that is checked. */
  constructor(db: Connection, start: number) {
    const streams = db.prepare<[], number>('SELECT coalesce(max(stream_no), 0) FROM streams').pluck().get() ?? 0;
    this.#last = new Uint32Array(streams + 1);
    this.#position = db.prepare<[number, number], number>('SELECT position FROM events WHERE stream_no = ? AND version = ?').pluck();
    this.#start = start;
  }

  /** The version that belongs here. Takes note of the one that is. */
  expected(streamNo: number, version: number): number {
    const last = this.#last[streamNo] ?? 0;
    this.#last[streamNo] = version;
    if (last > 0 || version === 1 || this.#start === 0) return last + 1;
    const before = this.#position.get(streamNo, version - 1);
    return before !== undefined && before <= this.#start ? version : -1;
  }
}
