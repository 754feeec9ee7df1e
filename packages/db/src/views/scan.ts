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
import { seekOf, unsettled } from '../query/seek.ts';
import type { Direction, Seek } from '../query/walk.ts';
import type { Connection, Statement } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { EventFilter } from './queries.ts';

/** Rows of the log that are looked at in one go. */
const STEP = 256;
/** Stretches up to this long are looked at place by place, so many places at a time. */
const SHORT = 16;
const BATCH = 64;
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

type Walk = Generator<undefined, ScanResult>;

export class EventScanner {
  readonly #events: Connection;
  readonly #log: LogReader;
  readonly #index: LogIndex;
  readonly #statements = new Map<string, Statement>();
  readonly #next: (walk: Walk) => IteratorResult<undefined, ScanResult>;

  constructor(events: Connection, views: Connection, log: LogReader) {
    this.#events = events;
    this.#log = log;
    this.#index = new LogIndex(events, views, log);
    // To find the newest state of a file costs more than a row of it, and a page has hundreds: so each slice is one transaction.
    this.#next = events.transaction(views.transaction((walk: Walk) => walk.next()));
  }

  /**
   * Yields whenever others should have their turn. Throws `QUERY_INVALID`, and `QUERY_UNBOUNDED` where nothing would narrow
   * the search in a large log.
   */
  *scan(filter: EventFilter, range: ScanRange, limits: ScanLimits): Walk {
    const walk = this.#walk(filter, range, limits);
    for (;;) {
      const slice = this.#next(walk);
      if (slice.done) return slice.value;
      yield;
    }
  }

  *#walk(filter: EventFilter, range: ScanRange, limits: ScanLimits): Walk {
    const condition = conditionOf(filter, filter.nowMs ?? Date.now());
    const direction: Direction = range.order === 'ascending' ? 1 : -1;
    const [start, last] = direction === 1 ? [range.low, range.high] : [-range.high, -range.low];
    if (start > last) return { events: [], end: last * direction, partial: false };
    const index = this.#index.open();
    guard(condition, { ...range, firstSince: index.firstSince }, (position) => this.#log.timeAt(position));
    const seek = seekOf(condition, index, direction) ?? ((from: number) => ({ first: from, last }));
    const find = this.#finder(condition, direction);
    const events: StoredEvent[] = [];
    let sliceEnd = performance.now() + SLICE_MS;
    for (let from = start; from <= last; ) {
      const room = range.limit - events.length;
      const step = nextStep(seek, from, last, find.isTight ? Math.min(room, BATCH) : BATCH);
      events.push(...find.within(step, room));
      if (events.length === range.limit) return { events, end: events.at(-1)?.position ?? 0, partial: false };
      from = step.to + 1;
      const now = performance.now();
      if (now < sliceEnd) continue;
      const isOver = now > (events.length > 0 ? limits.contentAt : limits.stopAt);
      if (isOver && from <= last) return { events, end: step.to * direction, partial: true };
      yield;
      sliceEnd = performance.now() + SLICE_MS;
    }
    return { events, end: last * direction, partial: false };
  }

  /** Looks into a step of the walk. `isTight`: nearly every place that a step names is a match. */
  #finder(condition: Condition, direction: Direction) {
    const typeNo = (type: string) => this.#index.typeNo(type);
    const rest = prefilterOf(unsettled(condition), typeNo);
    let whole: Prefilter | undefined;
    const select = `SELECT e.position FROM events e WHERE e.position`;
    const end = `ORDER BY e.position ${direction === 1 ? 'ASC' : 'DESC'} LIMIT ?`;
    const amongPlaces = (places: readonly number[]): readonly number[] => {
      const positions = places.map((place) => place * direction);
      if (rest.sql === '') return positions;
      // Always as many parameters, so that one statement serves them all; no event has the position 0.
      const padded = [...positions, ...Array.from({ length: BATCH - positions.length }, () => 0)];
      const statement = this.#prepare(`${select} IN (${padded.map(() => '?').join(', ')}) AND ${rest.sql} ${end}`);
      return statement.all(...padded, ...rest.values, BATCH) as number[];
    };
    const inStretch = ({ first, to }: Step, { sql, values }: Prefilter, limit: number): readonly number[] => {
      const [low, high] = direction === 1 ? [first, to] : [-to, -first];
      return this.#prepare(`${select} BETWEEN ? AND ?${sql && ` AND ${sql}`} ${end}`).all(low, high, ...values, limit) as number[];
    };
    const among = (positions: readonly number[], isCertain: boolean, room: number): StoredEvent[] => {
      const found: StoredEvent[] = [];
      for (const event of this.#log.readEach(positions)) {
        if (!isCertain && !matches(condition, event)) continue;
        found.push(event);
        if (found.length === room) break;
      }
      return found;
    };
    const within = (step: Step, room: number): StoredEvent[] => {
      if (step.places) return among(amongPlaces(step.places), false, room);
      whole ??= prefilterOf(condition, typeNo);
      return among(inStretch(step, whole, whole.isExact ? room : STEP), whole.isExact, room);
    };
    return { isTight: rest.sql === '' && rest.isExact, within };
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

/** A piece of the walk: a stretch, or single places. Everything up to `to` has been looked at after it. */
type Step = { readonly first: number; readonly to: number; readonly places?: readonly number[] };

/** The next long stretch, or as many of the short ones as come before it. */
function nextStep(seek: Seek, from: number, last: number, capacity: number): Step {
  const places: number[] = [];
  for (let at = from; ; ) {
    const stretch = seek(at);
    if (!stretch || stretch.first > last) return { first: from, to: last, places };
    const end = Math.min(stretch.last, last);
    if (end - stretch.first >= SHORT) {
      if (places.length > 0) return { first: from, to: stretch.first - 1, places };
      return { first: stretch.first, to: Math.min(end, stretch.first + STEP - 1) };
    }
    for (let place = stretch.first; place <= end; place++) {
      places.push(place);
      if (places.length === capacity) return { first: from, to: place, places };
    }
    at = end + 1;
  }
}
