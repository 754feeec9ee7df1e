/**
 * Finds events in the log by what the explorer's chunks say of it. It goes from chunk to chunk that has every wanted value
 * and reads only there; what the projection has not reached yet is read in full, so the newest events are never missed.
 */
import { EVENTS, eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { CHUNK_SIZE, CHUNKS_TABLE, chunkOf, ExplorerProjection, FACET, type Facet } from '../projections/explorer.ts';
import type { Connection, Statement } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { EventFilter } from './queries.ts';

/** A page is cut short after this long; what was scanned until then is kept. */
const BUDGET_MS = 500;

type Condition = { readonly facet: Facet; readonly values: readonly string[] };

export type ScanRange = {
  readonly low: number;
  readonly high: number;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
};

/** `end` is the last position that was looked at, in the order of the scan. */
export type ScanResult = { readonly events: readonly StoredEvent[]; readonly end: number };

export class EventScanner {
  readonly #events: Connection;
  readonly #log: LogReader;
  readonly #chunkDown;
  readonly #chunkUp;
  readonly #indexedTo;
  readonly #positions = new Map<string, Statement>();

  constructor(events: Connection, views: Connection, log: LogReader) {
    this.#events = events;
    this.#log = log;
    const chunks = `FROM ${CHUNKS_TABLE} WHERE facet = ? AND value = ? AND chunk`;
    this.#chunkDown = views.prepare<[number, string, number], number | null>(`SELECT max(chunk) ${chunks} <= ?`).pluck();
    this.#chunkUp = views.prepare<[number, string, number], number | null>(`SELECT min(chunk) ${chunks} >= ?`).pluck();
    const { name, version } = ExplorerProjection;
    this.#indexedTo = views.prepare<[], number>(`SELECT position FROM projections WHERE name = '${name}' AND version = ${version}`).pluck();
  }

  /** The range of positions a filter's times leave, within the log. */
  bounds(filter: EventFilter): { low: number; high: number } {
    return {
      low: filter.fromTime === undefined ? 1 : this.#log.firstSince(filter.fromTime),
      high: filter.toTime === undefined ? this.#log.head() : this.#log.firstSince(filter.toTime) - 1,
    };
  }

  scan(filter: EventFilter, range: ScanRange): ScanResult {
    const conditions = conditionsOf(filter);
    const descending = range.order === 'descending';
    const last = descending ? range.low : range.high;
    if (range.low > range.high || conditions.some((condition) => condition.values.length === 0)) return { events: [], end: last };
    const stopAt = performance.now() + BUDGET_MS;
    const unindexed = chunkOf((this.#indexedTo.get() ?? 0) + 1);
    const positions: number[] = [];
    let chunk: number | undefined = chunkOf(descending ? range.high : range.low);
    let end = last;
    while (positions.length < range.limit) {
      chunk = descending ? this.#previous(conditions, chunk, unindexed) : this.#next(conditions, chunk, unindexed);
      if (chunk === undefined || (descending ? chunk < chunkOf(range.low) : chunk > chunkOf(range.high))) break;
      positions.push(...this.#within(chunk, conditions, range, range.limit - positions.length));
      end = descending ? Math.max(range.low, chunk * CHUNK_SIZE) : Math.min(range.high, (chunk + 1) * CHUNK_SIZE - 1);
      chunk += descending ? -1 : 1;
      if (performance.now() > stopAt) return { events: this.#read(positions), end };
    }
    const full = positions.length === range.limit ? positions.at(-1) : undefined;
    return { events: this.#read(positions), end: full ?? last };
  }

  /** The next chunk downwards in which every condition has one of its values. */
  #previous(conditions: readonly Condition[], from: number, unindexed: number): number | undefined {
    let chunk = from;
    while (chunk >= 0 && chunk < unindexed) {
      const start = chunk;
      for (const { facet, values } of conditions) {
        chunk = Math.max(...values.map((value) => this.#chunkDown.get(FACET[facet], value, chunk) ?? -1));
      }
      if (chunk === start) return chunk;
    }
    return chunk < 0 ? undefined : chunk;
  }

  #next(conditions: readonly Condition[], from: number, unindexed: number): number | undefined {
    let chunk = from;
    while (chunk < unindexed) {
      const start = chunk;
      for (const { facet, values } of conditions) {
        chunk = Math.min(...values.map((value) => this.#chunkUp.get(FACET[facet], value, chunk) ?? unindexed));
      }
      if (chunk === start) return chunk;
    }
    return chunk;
  }

  #within(chunk: number, conditions: readonly Condition[], range: ScanRange, limit: number): number[] {
    const low = Math.max(range.low, chunk * CHUNK_SIZE);
    const high = Math.min(range.high, (chunk + 1) * CHUNK_SIZE - 1);
    const { sql, values } = whereOf(conditions);
    const text = `SELECT e.position FROM events e JOIN event_types t ON t.type_no = e.type_no
      WHERE e.position BETWEEN ? AND ?${sql} ORDER BY e.position ${range.order === 'descending' ? 'DESC' : 'ASC'} LIMIT ?`;
    return this.#prepare(text).all(low, high, ...values, limit) as number[];
  }

  #prepare(text: string): Statement {
    let statement = this.#positions.get(text);
    if (!statement) {
      if (this.#positions.size > 100) this.#positions.clear();
      statement = this.#events.prepare(text).pluck();
      this.#positions.set(text, statement);
    }
    return statement;
  }

  #read(positions: readonly number[]): StoredEvent[] {
    return positions.flatMap((position) => this.#log.readAt(position) ?? []);
  }
}

/** Types as a filter names them (exact, `message.*`, or by severity), or undefined for all. */
export function typesOf(filter: Pick<EventFilter, 'types' | 'severities'>): readonly string[] | undefined {
  const { types, severities } = filter;
  if (!types?.length && !severities?.length) return undefined;
  const named = types?.length
    ? types.flatMap((type) => (type.endsWith('.*') ? family(type.slice(0, -1)) : [type]))
    : EVENTS.map((event) => event.type);
  const wanted = severities?.length ? named.filter((type) => severities.includes(eventDefinition(type)?.severity ?? 'info')) : named;
  return [...new Set(wanted)];
}

function family(prefix: string): string[] {
  return EVENTS.map((event) => event.type).filter((type) => type.startsWith(prefix));
}

function conditionsOf(filter: EventFilter): Condition[] {
  const conditions: Condition[] = [];
  // The rarest value first: it skips the most.
  if (filter.correlationId !== undefined) conditions.push({ facet: 'correlation', values: [filter.correlationId] });
  if (filter.sessionId !== undefined) conditions.push({ facet: 'session', values: [filter.sessionId] });
  const types = typesOf(filter);
  if (types) conditions.push({ facet: 'type', values: types });
  if (filter.agentIds?.length) conditions.push({ facet: 'agent', values: filter.agentIds });
  if (filter.channels?.length) conditions.push({ facet: 'channel', values: filter.channels });
  return conditions;
}

const METADATA_KEY = { channel: 'channel', agent: 'agentId', session: 'sessionId', correlation: 'correlationId' } as const;

/** Metadata is compact JSON, in which a key with its value can be found as text; inside a value its quotes would be escaped. */
function whereOf(conditions: readonly Condition[]): { sql: string; values: string[] } {
  let sql = '';
  const values: string[] = [];
  for (const condition of conditions) {
    if (condition.facet === 'type') {
      sql += ` AND t.type IN (${condition.values.map(() => '?').join(', ')})`;
      values.push(...condition.values);
    } else {
      const key = METADATA_KEY[condition.facet];
      sql += ` AND (${condition.values.map(() => 'instr(e.metadata, ?)').join(' OR ')})`;
      values.push(...condition.values.map((value) => JSON.stringify({ [key]: value }).slice(1, -1)));
    }
  }
  return { sql, values };
}
