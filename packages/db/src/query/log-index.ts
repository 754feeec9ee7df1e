/** The index tables and the log as a walk asks them. Prepared statements only. */
import { CHUNKS_TABLE, ExplorerProjection, FACET, KIND_CODES_TABLE, KINDS_TABLE, sessionStream } from '../projections/explorer.ts';
import { SEARCH_TABLE, SearchProjection } from '../projections/search.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { Kind } from './kinds.ts';
import type { Index } from './seek.ts';
import type { Direction } from './walk.ts';
import type { Phrase } from './words.ts';

export class LogIndex {
  readonly #log: LogReader;
  readonly #views;
  readonly #events;
  readonly #kinds = new Map<number, Kind>();
  #lastCode = 0;

  constructor(events: Connection, views: Connection, log: LogReader) {
    this.#log = log;
    this.#views = prepareViews(views);
    this.#events = prepareEvents(events);
  }

  /** How things stand now. What is projected later only shortens a walk. */
  open(): Index {
    const { explored, searched, chunksUp, chunksDown, phrasesUp, phrasesDown, codes } = this.#views;
    return {
      exploredTo: explored.get(ExplorerProjection.name, ExplorerProjection.version) ?? 0,
      searchedTo: searched.get(SearchProjection.name, SearchProjection.version) ?? 0,
      kinds: this.#knownKinds(),
      kindsIn: (chunk) => codes.get(chunk),
      chunks: (facet, value, from, direction, limit) => (direction === 1 ? chunksUp : chunksDown).all(FACET[facet], value, from, limit),
      phrases: (phrases, from, direction, limit) =>
        (direction === 1 ? phrasesUp : phrasesDown).all(phrases.map(matchOf).join(' AND '), from, limit),
      session: (sessionId, from, direction, limit) => this.#ofSession(sessionId, from, direction, limit),
      firstSince: (time) => this.#log.firstSince(time),
    };
  }

  /** The number by which the log knows a type, once it holds one. */
  typeNo(type: string): number | undefined {
    return this.#events.typeNo.get(type);
  }

  /** A code never changes, so only new ones are read. */
  #knownKinds(): ReadonlyMap<number, Kind> {
    for (const kind of this.#views.kinds.all(this.#lastCode)) {
      this.#kinds.set(kind.code, kind);
      this.#lastCode = kind.code;
    }
    return this.#kinds;
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
  const chunks = `SELECT chunk FROM ${CHUNKS_TABLE} WHERE facet = ? AND value = ? AND chunk`;
  const found = `SELECT rowid FROM words.${SEARCH_TABLE} WHERE ${SEARCH_TABLE} MATCH ? AND rowid`;
  const progress = (schema: string) => `SELECT position FROM ${schema}.projections WHERE name = ? AND version = ?`;
  // Numbers are bound as floating point, and only a whole one lets the full-text index begin there instead of at its first hit.
  const place = 'CAST(? AS INTEGER)';
  return {
    explored: db.prepare<[string, number], number>(progress('main')).pluck(),
    searched: db.prepare<[string, number], number>(progress('words')).pluck(),
    chunksUp: db.prepare<[number, string, number, number], number>(`${chunks} >= ? ORDER BY chunk LIMIT ?`).pluck(),
    chunksDown: db.prepare<[number, string, number, number], number>(`${chunks} <= ? ORDER BY chunk DESC LIMIT ?`).pluck(),
    kinds: db.prepare<[number], Kind>(`SELECT code, type, channel, agent FROM ${KIND_CODES_TABLE} WHERE code > ? ORDER BY code`),
    codes: db.prepare<[number], Uint8Array>(`SELECT codes FROM ${KINDS_TABLE} WHERE chunk = ?`).pluck(),
    phrasesUp: db.prepare<[string, number, number], number>(`${found} >= ${place} ORDER BY rowid LIMIT ?`).pluck(),
    phrasesDown: db.prepare<[string, number, number], number>(`${found} <= ${place} ORDER BY rowid DESC LIMIT ?`).pluck(),
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
