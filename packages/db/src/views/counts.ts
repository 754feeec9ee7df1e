/** Numbers of events, from counters that the explorer keeps by minute, hour and day. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { Severity } from '@openclaw-gateway/events/define';
import { COUNT_WIDTHS_MS, COUNTS_TABLE } from '../projections/explorer.ts';
import type { Condition } from '../query/condition.ts';
import { type Rollup, rollupOf } from '../query/rollup.ts';
import type { Queries } from './compile.ts';
import type { Facets, FacetValue, Histogram, HistogramKey, HistogramRange } from './queries.ts';

const MINUTE_MS = 60_000;
const MAX_HISTOGRAM_BUCKETS = 500;

type Range = { readonly fromTime: number; readonly toTime: number };
type Segment = { readonly widthMs: number; readonly from: number; readonly to: number };

/** Events of the given types in a range, rounded outwards to minutes. */
export function countTypes(queries: Queries, range: Range, types: readonly string[]): number {
  let total = 0;
  for (const row of countsByFacet(queries, range)) {
    if (types.includes(row.type)) total += row.events;
  }
  return total;
}

/** From counters alone; nothing where the condition asks for more than they know. */
export function countFacets(queries: Queries, range: Range, condition: Condition): Facets | undefined {
  const rollup = rollupOf(condition);
  if (!rollup) return undefined;
  const type = new Map<string, number>();
  const severity = new Map<string, number>();
  const channel = new Map<string, number>();
  const agent = new Map<string, number>();
  for (const row of countsByFacet(queries, within(range, rollup))) {
    if (!rollup.keeps(row)) continue;
    add(type, row.type, row.events);
    add(severity, severityOf(row.type), row.events);
    if (row.channel) add(channel, row.channel, row.events);
    if (row.agent) add(agent, row.agent, row.events);
  }
  return { type: ranked(type), severity: ranked(severity), channel: ranked(channel), agent: ranked(agent) };
}

/** How wide the bars are when a range is shown in so many: whole minutes, hours or days. */
export function bucketWidth({ fromTime, toTime, buckets }: Range & { readonly buckets: number }) {
  const wanted = Math.max(MINUTE_MS, (toTime - fromTime) / Math.max(1, Math.min(MAX_HISTOGRAM_BUCKETS, buckets)));
  const widthMs = COUNT_WIDTHS_MS.find((width) => width <= wanted) ?? MINUTE_MS;
  return { widthMs, bucketMs: Math.ceil(wanted / widthMs) * widthMs };
}

/** From counters alone; nothing where the condition asks for more than they know. */
export function countHistogram(queries: Queries, range: HistogramRange, condition: Condition): Histogram | undefined {
  const rollup = rollupOf(condition);
  if (!rollup) return undefined;
  const { widthMs, bucketMs } = bucketWidth(range);
  const start = Math.floor(range.fromTime / bucketMs) * bucketMs;
  const counts = new Map<number, Record<string, number>>();
  for (let time = start; time < range.toTime; time += bucketMs) counts.set(time, {});
  const { fromTime, toTime } = within({ fromTime: start, toTime: range.toTime }, rollup);
  const rows = queries.all<CountRow & { bucket: number }>(
    'histogram',
    { width: widthMs, from: Math.floor(fromTime / widthMs), to: Math.ceil(toTime / widthMs) },
    (db, argument) =>
      db
        .selectFrom(COUNTS_TABLE)
        .select(['bucket', 'type', 'channel', 'agent', 'events'])
        .where('width_ms', '=', argument('width'))
        .where('bucket', '>=', argument('from'))
        .where('bucket', '<', argument('to')),
  );
  for (const row of rows) {
    if (!rollup.keeps(row)) continue;
    const bucket = counts.get(Math.floor((row.bucket * widthMs) / bucketMs) * bucketMs);
    const key = histogramKey(row.type, range.by);
    if (bucket) bucket[key] = (bucket[key] ?? 0) + row.events;
  }
  return { bucketMs, buckets: [...counts].map(([fromTime, byKey]) => ({ fromTime, counts: byKey })) };
}

function within({ fromTime, toTime }: Range, { from, until }: Rollup): Range {
  const start = Math.max(fromTime, from);
  return { fromTime: start, toTime: Math.max(start, Math.min(toTime, until)) };
}

export type CountRow = { type: string; channel: string; agent: string; events: number };

/** Events of a range by type, channel and agent. */
export function countsByFacet(queries: Queries, range: Range): CountRow[] {
  return segmentsOf(range).flatMap(({ widthMs, from, to }) =>
    queries.all<CountRow>('counts', { width: widthMs, from, to }, (db, argument) =>
      db
        .selectFrom(COUNTS_TABLE)
        .select(({ fn }) => ['type', 'channel', 'agent', fn.sum<number>('events').as('events')])
        .where('width_ms', '=', argument('width'))
        .where('bucket', '>=', argument('from'))
        .where('bucket', '<', argument('to'))
        .groupBy(['type', 'channel', 'agent']),
    ),
  );
}

/** A range as whole days, hours at both ends of them, and minutes at both ends of those. */
function segmentsOf({ fromTime, toTime }: Range): Segment[] {
  const segments: Segment[] = [];
  cover(Math.floor(fromTime / MINUTE_MS) * MINUTE_MS, Math.ceil(toTime / MINUTE_MS) * MINUTE_MS, 0, segments);
  return segments;
}

function cover(fromTime: number, toTime: number, level: number, into: Segment[]): void {
  const widthMs = COUNT_WIDTHS_MS[level];
  if (widthMs === undefined || fromTime >= toTime) return;
  const from = Math.ceil(fromTime / widthMs);
  const to = Math.floor(toTime / widthMs);
  if (from >= to) {
    cover(fromTime, toTime, level + 1, into);
    return;
  }
  into.push({ widthMs, from, to });
  cover(fromTime, from * widthMs, level + 1, into);
  cover(to * widthMs, toTime, level + 1, into);
}

/** What an event counts under. @example histogramKey('tool.failed', 'family') // 'tool' */
export function histogramKey(type: string, by: HistogramKey = 'severity'): string {
  return by === 'family' ? type.slice(0, type.indexOf('.')) : severityOf(type);
}

function severityOf(type: string): Severity {
  return eventDefinition(type)?.severity ?? 'info';
}

function add(counts: Map<string, number>, value: string, events: number): void {
  counts.set(value, (counts.get(value) ?? 0) + events);
}

function ranked(counts: ReadonlyMap<string, number>): FacetValue[] {
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
