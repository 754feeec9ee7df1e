/**
 * Finds the events of the log that match a condition. It walks from stretch to stretch in which the indexes allow a match,
 * lets SQLite choose among the rows there, and looks at the event itself where SQLite cannot decide.
 */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { type Condition, matches } from '../query/condition.ts';
import { guard } from '../query/cost.ts';
import { conditionOf } from '../query/filter.ts';
import { LogIndex } from '../query/log-index.ts';
import { type Prefilter, prefilterOf } from '../query/prefilter.ts';
import { type Direction, type Stretch, seekOf } from '../query/seek.ts';
import type { Connection, Statement } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { EventFilter } from './queries.ts';

/** Rows of the log that are looked at in one go. */
const STEP = 256;
/** Others who read in this thread get their turn after this long. */
const SLICE_MS = 10;
const KNOWN_STATEMENTS = 100;

export type ScanRange = {
  readonly low: number;
  readonly high: number;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
};

/** Points of `performance.now()`: when to end with nothing, and when to be content with what was found. */
export type ScanLimits = { readonly stopAt: number; readonly contentAt: number };

/** `end` is the last position that was looked at, in the order of the scan. `partial`: time was over before the page was full. */
export type ScanResult = { readonly events: readonly StoredEvent[]; readonly end: number; readonly partial: boolean };

export class EventScanner {
  readonly #events: Connection;
  readonly #log: LogReader;
  readonly #index: LogIndex;
  readonly #statements = new Map<string, Statement>();

  constructor(events: Connection, views: Connection, log: LogReader) {
    this.#events = events;
    this.#log = log;
    this.#index = new LogIndex(events, views, log);
  }

  /**
   * Yields whenever others should have their turn. Throws `QUERY_INVALID`, and `QUERY_UNBOUNDED` where nothing would narrow
   * the search in a large log.
   */
  *scan(filter: EventFilter, range: ScanRange, limits: ScanLimits): Generator<undefined, ScanResult> {
    const condition = conditionOf(filter, filter.nowMs ?? Date.now());
    const direction: Direction = range.order === 'ascending' ? 1 : -1;
    const [start, last] = direction === 1 ? [range.low, range.high] : [-range.high, -range.low];
    if (start > last) return { events: [], end: last * direction, partial: false };
    const index = this.#index.open();
    guard(condition, { ...range, firstSince: index.firstSince }, (position) => this.#log.timeAt(position));
    const seek = seekOf(condition, index, direction) ?? ((from: number) => ({ first: from, last }));
    const prefilter = prefilterOf(condition, (type) => this.#index.typeNo(type));
    const events: StoredEvent[] = [];
    let sliceEnd = performance.now() + SLICE_MS;
    for (let from = start; from <= last; ) {
      const stretch = seek(from);
      if (!stretch || stretch.first > last) break;
      const step = { first: stretch.first, last: Math.min(stretch.last, stretch.first + STEP - 1, last) };
      this.#within(step, direction, condition, prefilter, range.limit, events);
      if (events.length === range.limit) return { events, end: events.at(-1)?.position ?? 0, partial: false };
      from = step.last + 1;
      const now = performance.now();
      if (now < sliceEnd) continue;
      const isOver = now > (events.length > 0 ? limits.contentAt : limits.stopAt);
      if (isOver && from <= last) return { events, end: step.last * direction, partial: true };
      yield;
      sliceEnd = performance.now() + SLICE_MS;
    }
    return { events, end: last * direction, partial: false };
  }

  #within(step: Stretch, direction: Direction, condition: Condition, prefilter: Prefilter, limit: number, into: StoredEvent[]): void {
    const [low, high] = direction === 1 ? [step.first, step.last] : [-step.last, -step.first];
    const { sql, values, isExact } = prefilter;
    const room = limit - into.length;
    const text = `SELECT e.position FROM events e WHERE e.position BETWEEN ? AND ?${sql && ` AND ${sql}`}
      ORDER BY e.position ${direction === 1 ? 'ASC' : 'DESC'} LIMIT ?`;
    const positions = this.#prepare(text).all(low, high, ...values, isExact ? room : STEP) as number[];
    for (const position of positions) {
      const event = this.#log.readAt(position);
      if (event && (isExact || matches(condition, event))) into.push(event);
      if (into.length === limit) return;
    }
  }

  #prepare(text: string): Statement {
    let statement = this.#statements.get(text);
    if (!statement) {
      if (this.#statements.size >= KNOWN_STATEMENTS) this.#statements.clear();
      statement = this.#events.prepare(text).pluck();
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
