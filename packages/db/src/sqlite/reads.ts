/** Reads of the log in the thread they are called in, each with a statement that was prepared once. */
import { dirname } from 'node:path';
import { upcast } from '@openclaw-gateway/events/catalog/index';
import type { EventMetadata, StoredEvent } from '@openclaw-gateway/events/envelope';
import { type Id, idFromBytes } from '@openclaw-gateway/events/ids';
import { type ChainedRow, SALT_BYTES } from '../chain.ts';
import type { ReadAllOptions, ReadStreamOptions } from '../log.ts';
import { ArchiveReader } from '../retention/archive-reader.ts';
import { joinPersonal, withoutPersonal } from '../sealing/split.ts';
import { Unsealer } from '../sealing/subject-keys.ts';
import type { Connection } from './connection.ts';
import { stateFiles } from './files.ts';
import { LogNames } from './log-names.ts';

const PAGE = 1000;

/** What is read in place of data whose time was over. */
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
  sealed: Buffer | null,
];
const COLUMNS = `position, stream_no, version, type_no, schema_version, time, event_id, metadata,
  CAST(substr(data, ${SALT_BYTES + 1}) AS TEXT), sealed`;
/** The same, with bodies of some types only. The id, a buffer, costs as much as the rest of a row: it comes along where it is needed to unseal. */
const lazyColumns = (typeNos: readonly number[]): string => {
  const has = `type_no IN (${typeNos.join(', ')})`;
  return `position, stream_no, version, type_no, schema_version, time, CASE WHEN ${has} AND (data IS NULL OR sealed IS NOT NULL) THEN event_id END,
    metadata, CASE WHEN ${has} THEN CAST(substr(data, ${SALT_BYTES + 1}) AS TEXT) END, CASE WHEN ${has} THEN sealed END`;
};

/** What is kept of an event outside its row: JSON, and what is sealed of it. */
type Body = { readonly json: string; readonly sealed: Buffer | null };
/** The same parsed; what is sealed is not in it. */
type OpenBody = { readonly open: unknown; readonly sealed: Buffer | null };
type Content = { readonly data: unknown; readonly erased: boolean };

/** The two parts of an event with something personal in it: the parsed open one, and the other as it was sealed. */
export type SealedEvent = {
  readonly type: string;
  readonly schemaVersion: number;
  readonly subject: string | undefined;
  readonly open: unknown;
  readonly eventId: Uint8Array;
  readonly sealed: Buffer;
};

/**
 * The events after a position, up to one that is in the log already: a type that is first appended meanwhile is not known by
 * then. Of `bodiesOf` the data is most likely looked at; that of others is fetched when it is. Who asks again with the same two sets is answered
 * sooner.
 */
export type LazyReadOptions = {
  readonly after: number;
  readonly upTo: number;
  readonly types: ReadonlySet<string> | 'all';
  readonly bodiesOf: ReadonlySet<string>;
};

export class LogReader {
  readonly #db: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #names: LogNames;
  readonly #unsealer: Unsealer;
  readonly #archive: ArchiveReader;

  /** Unseals with the keys, and looks into the archive, that lie beside the log. */
  constructor(db: Connection) {
    this.#db = db;
    this.#statements = prepareStatements(db);
    this.#names = new LogNames(db);
    const { keys, segments } = stateFiles(dirname(db.name));
    this.#unsealer = new Unsealer(keys);
    this.#archive = new ArchiveReader(db, segments);
  }

  head(): number {
    return this.#statements.head.get() ?? 0;
  }

  readAll({ after, limit }: ReadAllOptions): StoredEvent[] {
    return this.#toEvents(this.#statements.all.all(after, limit));
  }

  /**
   * The same, but what an event holds is parsed and unsealed only when it is looked at. For readers that look at few of them
   * and stay in this thread: such an event does not survive being sent to another.
   */
  readLazily({ after, upTo, types, bodiesOf }: LazyReadOptions): LazyEvent[] {
    const { statement, withBody } = this.#lazily(types, bodiesOf);
    const rows = statement.all(after, upTo);
    this.#unsealer.refresh();
    return rows.map((row) => {
      const typeNo = row[3];
      return new LazyEvent(row, withBody.has(typeNo), this.#names.type(typeNo), this.#names.streamId(row[1]), this.#materials);
    });
  }

  readonly #lazyReads = new WeakMap<ReadonlySet<string>, LazyRead>();

  #lazily(types: LazyReadOptions['types'], bodiesOf: ReadonlySet<string>): LazyRead {
    const newestType = this.#statements.newestType.get() ?? 0;
    const known = this.#lazyReads.get(bodiesOf);
    if (known?.types === types && known.newestType === newestType) return known;
    const withBody = this.#typeNos(bodiesOf);
    const statement = prepareLazily(this.#db, types === 'all' ? undefined : this.#typeNos(types), withBody);
    const read = { types, newestType, statement, withBody: new Set(withBody) };
    this.#lazyReads.set(bodiesOf, read);
    return read;
  }

  #typeNos(types: ReadonlySet<string>): number[] {
    return Array.from(types, (type) => this.#statements.typeNo.get(type)).filter((typeNo) => typeNo !== undefined);
  }

  readStream(streamId: string, { afterVersion = 0, limit, toPosition = Number.MAX_SAFE_INTEGER }: ReadStreamOptions): StoredEvent[] {
    const streamNo = this.#statements.streamNo.get(streamId);
    if (streamNo === undefined) return [];
    return this.#toEvents(this.#statements.stream.all(streamNo, afterVersion, toPosition, limit));
  }

  readAt(position: number): StoredEvent | undefined {
    const row = this.#statements.at.get(position);
    return row && this.#toEvents([row])[0];
  }

  /** The events at these positions, in their order, each read when it is its turn; those that are not there are left out. */
  *readEach(positions: readonly number[]): Generator<StoredEvent> {
    let isFresh = false;
    for (const position of positions) {
      const row = this.#statements.at.get(position);
      if (!row) continue;
      if (!isFresh && needsKeys(row)) {
        this.#unsealer.refresh();
        isFresh = true;
      }
      yield this.#toEvent(row);
    }
  }

  /** What an event holds of whose row a caller has read both parts himself. Call `refreshKeys` before the first of a page. */
  unseal({ type, schemaVersion, subject, open, eventId, sealed }: SealedEvent): Content {
    const personal = subject === undefined ? undefined : this.#unsealer.unseal(subject, eventId, sealed);
    if (personal === undefined) return { data: upcast(type, schemaVersion, withoutPersonal(open)), erased: true };
    return { data: upcast(type, schemaVersion, joinPersonal(open, JSON.parse(personal))), erased: false };
  }

  /** Notices keys that were made or destroyed. */
  refreshKeys(): void {
    this.#unsealer.refresh();
  }

  close(): void {
    this.#unsealer.close();
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
              e.event_id AS eventId, e.metadata, e.data_hash AS dataHash, e.hash, e.data, e.sealed
       FROM events e LEFT JOIN streams s ON s.stream_no = e.stream_no LEFT JOIN event_types t ON t.type_no = e.type_no
       WHERE e.position > ? ORDER BY e.position LIMIT ?`,
    );
    for (let page = statement.all(after, PAGE); page.length > 0; ) {
      yield* page;
      page = statement.all(page.at(-1)?.position ?? 0, PAGE);
    }
  }

  #toEvents(rows: readonly Row[]): StoredEvent[] {
    if (rows.some(needsKeys)) this.#unsealer.refresh();
    return rows.map((row) => this.#toEvent(row));
  }

  #toEvent(row: Row): StoredEvent {
    const [position, streamNo, version, typeNo, schemaVersion, time, eventId, metadataJson] = row;
    const type = this.#names.type(typeNo);
    const metadata = JSON.parse(metadataJson) as EventMetadata;
    const { data, erased } = this.#materials.content(row, type, metadata, this.#materials.open(row));
    const event = {
      id: idFromBytes('event', eventId),
      type,
      schemaVersion,
      data,
      position,
      streamId: this.#names.streamId(streamNo),
      version,
      time,
      metadata,
    };
    return erased ? { ...event, erased } : event;
  }

  /** From the row, or from the archive where it was moved to. */
  #body([position, , , , , , , , json, sealed]: Row): Body | undefined {
    if (json !== null) return { json, sealed };
    const archived = this.#archive.body(position);
    return archived && { json: archived.data.toString('utf8', SALT_BYTES), sealed: archived.sealed };
  }

  /** The events of a commit mostly have the same metadata. */
  #lastMetadata: { readonly json: string; readonly value: EventMetadata } = { json: '{}', value: {} };

  readonly #materials: Materials = {
    id: (position) => idFromBytes('event', this.#statements.id.get(position) ?? new Uint8Array(16)),
    metadata: (json) => {
      if (this.#lastMetadata.json !== json) this.#lastMetadata = { json, value: JSON.parse(json) as EventMetadata };
      return this.#lastMetadata.value;
    },
    row: (position) => this.#statements.at.get(position),
    open: (row) => {
      const body = this.#body(row);
      return body && { open: JSON.parse(body.json) as unknown, sealed: body.sealed };
    },
    content: (row, type, { subject }, body) => {
      if (!body) return { data: ERASED, erased: true };
      const { open, sealed } = body;
      if (!sealed) return { data: upcast(type, row[4], open), erased: false };
      return this.unseal({ type, schemaVersion: row[4], subject, open, eventId: row[6], sealed });
    },
  };
}

/** Also what was archived may be sealed. */
function needsKeys([, , , , , , , , json, sealed]: Row): boolean {
  return sealed !== null || json === null;
}

type Materials = {
  readonly id: (position: number) => Id<'event'>;
  readonly metadata: (json: string) => EventMetadata;
  /** A whole row, for one that was read without its body. */
  readonly row: (position: number) => Row | undefined;
  readonly open: (row: Row) => OpenBody | undefined;
  readonly content: (row: Row, type: string, metadata: EventMetadata, body: OpenBody | undefined) => Content;
};

/** An event whose metadata and data are made when they are first looked at. */
export class LazyEvent implements StoredEvent {
  readonly position: number;
  readonly version: number;
  readonly schemaVersion: number;
  readonly time: number;
  readonly type: string;
  readonly streamId: string;
  readonly #materials: Materials;
  #row: Row;
  #hasBody: boolean;
  #metadata: EventMetadata | undefined;
  #body: { readonly parsed: OpenBody | undefined } | undefined;
  #content: Content | undefined;

  constructor(row: Row, hasBody: boolean, type: string, streamId: string, materials: Materials) {
    this.position = row[0];
    this.version = row[2];
    this.schemaVersion = row[4];
    this.time = row[5];
    this.type = type;
    this.streamId = streamId;
    this.#row = row;
    this.#hasBody = hasBody;
    this.#materials = materials;
  }

  get id(): Id<'event'> {
    return this.#materials.id(this.position);
  }

  get metadata(): EventMetadata {
    this.#metadata ??= this.#materials.metadata(this.#row[7]);
    return this.#metadata;
  }

  get data(): unknown {
    return this.#read().data;
  }

  /** The data without what is sealed of it, in whose place there are placeholders: for who needs nothing personal. */
  get openData(): unknown {
    const body = this.#open();
    return body ? upcast(this.type, this.schemaVersion, body.open) : ERASED;
  }

  get erased(): boolean {
    return this.#read().erased;
  }

  #read(): Content {
    const body = this.#open();
    this.#content ??= this.#materials.content(this.#row, this.type, this.metadata, body);
    return this.#content;
  }

  #open(): OpenBody | undefined {
    if (!this.#hasBody) {
      this.#row = this.#materials.row(this.position) ?? this.#row;
      this.#hasBody = true;
    }
    this.#body ??= { parsed: this.#materials.open(this.#row) };
    return this.#body.parsed;
  }
}

/** A statement, and what it was prepared for: the types that were known and wanted then. */
type LazyRead = {
  readonly types: LazyReadOptions['types'];
  readonly newestType: number;
  readonly statement: ReturnType<typeof prepareLazily>;
  readonly withBody: ReadonlySet<number>;
};

function prepareLazily(db: Connection, wanted: readonly number[] | undefined, withBody: readonly number[]) {
  const only = wanted ? ` AND type_no IN (${wanted.join(', ')})` : '';
  return db
    .prepare<[number, number], Row>(
      `SELECT ${lazyColumns(withBody)} FROM events WHERE position > ? AND position <= ?${only} ORDER BY position`,
    )
    .raw();
}

function prepareStatements(db: Connection) {
  return {
    head: db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck(),
    all: db.prepare<[number, number], Row>(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`).raw(),
    id: db.prepare<[number], Buffer>('SELECT event_id FROM events WHERE position = ?').pluck(),
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
    typeNo: db.prepare<[string], number>('SELECT type_no FROM event_types WHERE type = ?').pluck(),
    newestType: db.prepare<[], number>('SELECT coalesce(max(type_no), 0) FROM event_types').pluck(),
  };
}
