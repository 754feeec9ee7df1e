/** The index tables and the log as a walk asks them. Prepared statements only. */
import {
  ANY_TYPE,
  CHUNK_SIZE,
  CHUNKS_TABLE,
  ExplorerProjection,
  FACET,
  sessionStream,
  TYPE_CODES_TABLE,
  TYPES_TABLE,
} from '../projections/explorer.ts';
import { SEARCH_TABLE, SearchProjection } from '../projections/search.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { Direction, Index } from './seek.ts';
import type { Phrase } from './words.ts';

export class LogIndex {
  readonly #log: LogReader;
  readonly #views;
  readonly #events;

  constructor(events: Connection, views: Connection, log: LogReader) {
    this.#log = log;
    this.#views = prepareViews(views);
    this.#events = prepareEvents(events);
  }

  /** How things stand now. What is projected later only shortens a walk. */
  open(): Index {
    const { progress, chunkUp, chunkDown, phraseUp, phraseDown, typeCode, typeCodes } = this.#views;
    return {
      chunkedTo: progress.get(ExplorerProjection.name, ExplorerProjection.version) ?? 0,
      searchedTo: progress.get(SearchProjection.name, SearchProjection.version) ?? 0,
      chunkSize: CHUNK_SIZE,
      chunk: (facet, value, from, direction) => (direction === 1 ? chunkUp : chunkDown).get(FACET[facet], value, from) ?? undefined,
      typeCodes: (types) => new Set([ANY_TYPE, ...[...types].flatMap((type) => typeCode.get(type) ?? [])]),
      typesIn: (chunk) => typeCodes.get(chunk),
      phrases: (phrases, from, direction, limit) =>
        (direction === 1 ? phraseUp : phraseDown).all(phrases.map(matchOf).join(' AND '), from, limit),
      session: (sessionId, from, direction, limit) => this.#ofSession(sessionId, from, direction, limit),
      firstSince: (time) => this.#log.firstSince(time),
    };
  }

  /** The number by which the log knows a type, once it holds one. */
  typeNo(type: string): number | undefined {
    return this.#events.typeNo.get(type);
  }

  #ofSession(sessionId: string, from: number, direction: Direction, limit: number): readonly number[] {
    const { streamNo, versions, up, down } = this.#events;
    const stream = streamNo.get(sessionStream(sessionId));
    if (stream === undefined) return [];
    // Versions have no gap and their positions rise, so halving finds where to begin.
    const first = this.#firstVersion(stream, direction === 1 ? from : from + 1, versions.get(stream) ?? 0);
    return direction === 1 ? up.all(stream, first, limit) : down.all(stream, first - 1, limit);
  }

  /** The first version at or after a position, one past the last when there is none. */
  #firstVersion(stream: number, position: number, last: number): number {
    let low = 1;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#events.position.get(stream, middle) ?? Number.POSITIVE_INFINITY) >= position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The words as a full-text index is asked for them: each in quotes, so that none is read as an operator. */
function matchOf({ words, prefix }: Phrase): string {
  return `"${words.join(' ')}"${prefix ? ' *' : ''}`;
}

function prepareViews(db: Connection) {
  const chunks = `FROM ${CHUNKS_TABLE} WHERE facet = ? AND value = ? AND chunk`;
  const found = `SELECT rowid FROM ${SEARCH_TABLE} WHERE ${SEARCH_TABLE} MATCH ? AND rowid`;
  return {
    progress: db.prepare<[string, number], number>('SELECT position FROM projections WHERE name = ? AND version = ?').pluck(),
    chunkUp: db.prepare<[number, string, number], number | null>(`SELECT min(chunk) ${chunks} >= ?`).pluck(),
    chunkDown: db.prepare<[number, string, number], number | null>(`SELECT max(chunk) ${chunks} <= ?`).pluck(),
    typeCode: db.prepare<[string], number>(`SELECT code FROM ${TYPE_CODES_TABLE} WHERE type = ?`).pluck(),
    typeCodes: db.prepare<[number], Uint8Array>(`SELECT codes FROM ${TYPES_TABLE} WHERE chunk = ?`).pluck(),
    phraseUp: db.prepare<[string, number, number], number>(`${found} >= ? ORDER BY rowid LIMIT ?`).pluck(),
    phraseDown: db.prepare<[string, number, number], number>(`${found} <= ? ORDER BY rowid DESC LIMIT ?`).pluck(),
  };
}

function prepareEvents(db: Connection) {
  return {
    typeNo: db.prepare<[string], number>('SELECT type_no FROM event_types WHERE type = ?').pluck(),
    streamNo: db.prepare<[string], number>('SELECT stream_no FROM streams WHERE stream_id = ?').pluck(),
    versions: db.prepare<[number], number | null>('SELECT max(version) FROM events WHERE stream_no = ?').pluck(),
    position: db.prepare<[number, number], number>('SELECT position FROM events WHERE stream_no = ? AND version = ?').pluck(),
    up: db
      .prepare<[number, number, number], number>(
        'SELECT position FROM events WHERE stream_no = ? AND version >= ? ORDER BY version LIMIT ?',
      )
      .pluck(),
    down: db
      .prepare<[number, number, number], number>(
        'SELECT position FROM events WHERE stream_no = ? AND version <= ? ORDER BY version DESC LIMIT ?',
      )
      .pluck(),
  };
}
