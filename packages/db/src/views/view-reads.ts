/** Answers everything that `ViewQueries` asks, in the thread it is called in. */
import { setImmediate as turn } from 'node:timers/promises';
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { OPEN_STATUSES } from '../projections/messages.ts';
import { conditionOf } from '../query/filter.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import { readActivity, slowestSessions } from './activity.ts';
import { findAttachment, listAttachmentFiles, listSubjectFiles } from './attachment-rows.ts';
import { BreakdownCounter, divergences } from './breakdown.ts';
import { Queries } from './compile.ts';
import { bucketWidth, countFacets, countHistogram, countTypes } from './counts.ts';
import { partOf } from './event-part.ts';
import { toConfigVersion, toEventDetail, toEventRow } from './event-rows.ts';
import { countStatus, listMessages, oldestOpenAt, replyTimes } from './message-rows.ts';
import { openAt } from './open-at.ts';
import type { PipelineReader } from './pipeline-reads.ts';
import { projectionHealth } from './projection-rows.ts';
import type {
  Activity,
  AttachmentFile,
  AttachmentReference,
  Breakdown,
  Comparison,
  ConfigVersion,
  EventDetail,
  EventFilter,
  EventPart,
  EventRow,
  MessageJourney,
  OpenAt,
  Overview,
  Page,
  ProjectionHealth,
  ScannedRows,
  SessionRow,
  SlowAnswer,
  SubjectFile,
  Traffic,
  ViewQueries,
} from './queries.ts';
import { EventScanner, type ScanRange, type ScanResult } from './scan.ts';
import { countSessions, findSession, listSessions } from './session-rows.ts';
import { readTraffic } from './traffic.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const RATE_MINUTES = 5;
const REPLY_SAMPLE = 1000;
const MAX_FLOW = 1000;
/** Events that are counted in one go. */
const COUNT_PAGE = 1000;
/** A search that has found something is content after this long, and one that has not after `SEARCH_MS`. */
const CONTENT_MS = 500;
const SEARCH_MS = 1800;
/** What is left of a caller's time when the answer leaves this thread. */
const MARGIN_MS = 150;

const ALL_TYPES = EVENTS.map((event) => event.type);
const ERROR_TYPES = EVENTS.filter((event) => event.severity === 'error').map((event) => event.type);
const TERMINAL_TYPES = ['delivered', 'rejected', 'dead_lettered', 'no_reply', 'merged'].map((outcome) => `message.${outcome}`);

/** How long the one who asks will wait, as a point of `Date.now()`, and whether it still does. */
export type ReadControl = { readonly deadlineAt: number; readonly signal: AbortSignal };
const PATIENT: ReadControl = { deadlineAt: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

type Backwards = { readonly before?: number; readonly limit: number };
type Forwards = { readonly after: number; readonly limit: number };
type Arguments<Name extends keyof ViewQueries> = Parameters<ViewQueries[Name]>;
type Controlled<Name extends keyof ViewQueries> = [...Arguments<Name>, control?: ReadControl];

export class ViewReader {
  readonly #log: LogReader;
  readonly #pipeline: PipelineReader;
  readonly #queries: Queries;
  readonly #scanner: EventScanner;

  constructor(events: Connection, views: Connection, log: LogReader, pipeline: PipelineReader) {
    this.#log = log;
    this.#pipeline = pipeline;
    this.#queries = new Queries(views);
    this.#scanner = new EventScanner(events, views, log);
  }

  overview(nowMs: number): Overview {
    const queries = this.#queries;
    const since = (ms: number) => ({ fromTime: nowMs - ms, toTime: nowMs });
    const perMinute = (type: string) => countTypes(queries, since(RATE_MINUTES * MINUTE_MS), [type]) / RATE_MINUTES;
    const head = this.#log.head();
    const times = replyTimes(queries, nowMs - HOUR_MS, REPLY_SAMPLE);
    const oldestUnsettledAt = oldestOpenAt(queries);
    return {
      head,
      headTime: this.#log.timeAt(head) ?? 0,
      receivedPerMinute: perMinute('message.received'),
      deliveredPerMinute: perMinute('message.delivered'),
      replyMs: { sample: times.length, ...quantile('p50', times, 0.5), ...quantile('p95', times, 0.95) },
      errorsLastHour: countTypes(queries, since(HOUR_MS), ERROR_TYPES),
      settledLastHour: countTypes(queries, since(HOUR_MS), TERMINAL_TYPES),
      givenUpLastHour: countTypes(queries, since(HOUR_MS), ['message.dead_lettered']),
      eventsLastDay: countTypes(queries, since(DAY_MS), ALL_TYPES),
      unsettled: countStatus(queries, OPEN_STATUSES),
      held: countStatus(queries, ['held']),
      deadLetteredLastDay: countTypes(queries, since(DAY_MS), ['message.dead_lettered']),
      rejectedLastDay: countTypes(queries, since(DAY_MS), ['message.rejected']),
      sessions: countSessions(queries),
      projections: this.projections(),
      ...(oldestUnsettledAt !== undefined && { oldestUnsettledAt }),
    };
  }

  activity(...[nowMs, limit]: Arguments<'activity'>): Activity {
    return readActivity(this.#queries, nowMs, limit);
  }

  traffic(...[of, nowMs]: Arguments<'traffic'>): Traffic {
    return readTraffic(this.#queries, of, nowMs);
  }

  async slowest(...[range, limit]: Arguments<'slowest'>): Promise<readonly SlowAnswer[]> {
    const [last] = (await this.events({ toTime: range.toTime }, { limit: 1 })).rows;
    return last ? slowestSessions(this.#queries, range, last.position + 1, limit) : [];
  }

  events(filter: EventFilter, page: Backwards, control = PATIENT): Promise<Page<EventRow>> {
    return this.#backwards(filter, page, toEventRow, control);
  }

  async eventsAfter(filter: EventFilter, page: Forwards, control = PATIENT): Promise<ScannedRows<EventRow>> {
    const { rows, ...rest } = await this.matching(filter, page, control);
    return { rows: rows.map(toEventRow), ...rest };
  }

  async matching(filter: EventFilter, { after, limit }: Forwards, control = PATIENT): Promise<ScannedRows<StoredEvent>> {
    const range = { low: after + 1, high: this.#log.head(), order: 'ascending', limit } as const;
    const { events, end, partial } = await this.#scan(filter, range, control);
    return { rows: events, scannedTo: Math.max(end, after), ...(partial && { partial }) };
  }

  event(position: number): EventDetail | undefined {
    const event = this.#log.readAt(position);
    return event && toEventDetail(event, this.#log);
  }

  async messageEvents(messageId: string): Promise<EventDetail[]> {
    const range = { low: 1, high: this.#log.head(), order: 'ascending', limit: MAX_FLOW } as const;
    const { events } = await this.#scan({ correlationId: messageId }, range, PATIENT);
    return events.map((event) => toEventDetail(event, this.#log));
  }

  eventPart(...[position, path, offset]: Arguments<'eventPart'>): EventPart | undefined {
    return partOf(this.#log.readAt(position)?.data, path, offset);
  }

  facets(...[range, filter]: Arguments<'facets'>): ReturnType<typeof countFacets> {
    return countFacets(this.#queries, range, conditionOf(filter, filter.nowMs ?? Date.now()));
  }

  histogram(...[range, filter]: Arguments<'histogram'>): ReturnType<typeof countHistogram> {
    return countHistogram(this.#queries, range, conditionOf(filter, filter.nowMs ?? Date.now()));
  }

  async breakdown(...[filter, { limit, range }, control = PATIENT]: Controlled<'breakdown'>): Promise<Breakdown> {
    const buckets = range && { ...range, bucketMs: bucketWidth(range).bucketMs };
    const { counter, isWhole } = await this.#countNewest(filter, limit, SEARCH_MS - CONTENT_MS, control, buckets);
    return { fields: counter.fields(), events: counter.events, isWhole, bucketMs: buckets?.bucketMs ?? 0, buckets: counter.buckets() };
  }

  async compare(...[selected, baseline, { limit }, control = PATIENT]: Controlled<'compare'>): Promise<Comparison> {
    const halfMs = (SEARCH_MS - CONTENT_MS) / 2;
    const some = await this.#countNewest(selected, limit, halfMs, control);
    const all = await this.#countNewest(baseline, limit, halfMs, control);
    const counts = ({ counter, isWhole }: typeof some) => ({ events: counter.events, isWhole });
    const fieldsOf = ({ counter }: typeof some) => ({ fields: counter.fields(), events: counter.events });
    return { fields: divergences(fieldsOf(some), fieldsOf(all)), selected: counts(some), baseline: counts(all) };
  }

  sessions(...[filter, page]: Arguments<'sessions'>): Page<SessionRow> {
    return { ...listSessions(this.#queries, filter, page), head: this.#log.head() };
  }

  session(sessionId: string): SessionRow | undefined {
    return findSession(this.#queries, 'session_id', sessionId);
  }

  sessionByKey(sessionKey: string): SessionRow | undefined {
    return findSession(this.#queries, 'session_key', sessionKey);
  }

  messages(...[filter, page]: Arguments<'messages'>): Page<MessageJourney> {
    const rows = listMessages(this.#queries, filter, page.before ?? Number.MAX_SAFE_INTEGER, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    const journeys = shown.map((row) => this.#pipeline.journey(row));
    const head = this.#log.head();
    return rows.length > page.limit && last ? { rows: journeys, next: last.position, head } : { rows: journeys, head };
  }

  openAt(...[position, limit]: Arguments<'openAt'>): OpenAt {
    return openAt(this.#queries, position, this.#log.timeAt(position) ?? Number.MAX_SAFE_INTEGER, limit);
  }

  configHistory(page: Backwards, control = PATIENT): Promise<Page<ConfigVersion>> {
    return this.#backwards({ types: ['config.*'] }, page, toConfigVersion, control);
  }

  projections(): ProjectionHealth[] {
    return projectionHealth(this.#queries, this.#log.head());
  }

  attachment(id: string): AttachmentReference | undefined {
    return findAttachment(this.#queries, id);
  }

  attachmentFiles(...[page]: Arguments<'attachmentFiles'>): AttachmentFile[] {
    return listAttachmentFiles(this.#queries, page);
  }

  attachmentsOf(subject: string): SubjectFile[] {
    return listSubjectFiles(this.#queries, subject);
  }

  async #backwards<Row>(
    filter: EventFilter,
    page: Backwards,
    toRow: (event: StoredEvent) => Row,
    control: ReadControl,
  ): Promise<Page<Row>> {
    const head = this.#log.head();
    const high = Math.min(head, (page.before ?? Number.POSITIVE_INFINITY) - 1);
    const { events, end, partial } = await this.#scan(filter, { low: 1, high, order: 'descending', limit: page.limit }, control);
    const rows = events.map(toRow);
    return end > 1 && high >= 1 ? { rows, next: end, head, ...(partial && { partial }) } : { rows, head };
  }

  /** Page by page, so that no more than a page of events is in memory; no longer than `patienceMs` once it has begun a page. */
  async #countNewest(
    filter: EventFilter,
    limit: number,
    patienceMs: number,
    control: ReadControl,
    buckets?: ConstructorParameters<typeof BreakdownCounter>[0],
  ): Promise<{ readonly counter: BreakdownCounter; readonly isWhole: boolean }> {
    const counter = new BreakdownCounter(buckets);
    const stopAt = performance.now() + patienceMs;
    for (let high = this.#log.head(); high >= 1; ) {
      const page = Math.min(COUNT_PAGE, limit - counter.events);
      const { events, end, partial } = await this.#scan(filter, { low: 1, high, order: 'descending', limit: page }, control);
      for (const event of events) counter.add(event);
      if (end <= 1) break;
      if (partial || counter.events >= limit || performance.now() > stopAt) return { counter, isWhole: false };
      high = end - 1;
    }
    return { counter, isWhole: true };
  }

  /** Lets others read in between; ends early when whoever asked has gone. */
  async #scan(filter: EventFilter, range: ScanRange, { deadlineAt, signal }: ReadControl): Promise<ScanResult> {
    const now = performance.now();
    const stopAt = now + Math.min(SEARCH_MS, deadlineAt - Date.now() - MARGIN_MS);
    const scan = this.#scanner.scan(filter, range, { stopAt, contentAt: Math.min(stopAt, now + CONTENT_MS) });
    for (;;) {
      const step = scan.next();
      if (step.done) return step.value;
      await turn();
      if (signal.aborted) throw new GatewayError('QUERY_CANCELLED');
    }
  }
}

function quantile<Key extends string>(key: Key, ascending: readonly number[], share: number): { [K in Key]?: number } {
  const value = ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))];
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: number };
}
