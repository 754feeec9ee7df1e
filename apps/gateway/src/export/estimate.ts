/** What an export would hold, before anybody begins it. */
import type { Cancellable, EventFilter, ViewQueries } from '@openclaw-gateway/db';

export type ExportEstimate = {
  readonly events: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** Of the events that were counted one by one; of a count by the minute there is none. */
  readonly oldest?: number;
  readonly newest?: number;
  /** As JSONL and before compression, by the size of the newest events. */
  readonly bytes: number;
};

const PAGE = 200;
const COUNTED = 5_000;
const SAMPLE = 100;
/** Of an event's line, beside its data and metadata: ids, hashes and names. */
const ENVELOPE_BYTES = 700;

/** Counts what fits: all of it where counters know it, else the newest 5,000 one by one. */
export async function estimateExport(
  views: Pick<ViewQueries, 'events' | 'histogram' | 'matching'>,
  filter: EventFilter,
  { signal }: Cancellable = {},
): Promise<ExportEstimate> {
  const cancel = signal ? { signal } : {};
  const first = await views.events(filter, { limit: PAGE, ...cancel });
  const lineBytes = await bytesPerEvent(views, filter, first.rows.at(Math.min(SAMPLE, first.rows.length) - 1)?.position, cancel);
  let { rows, next } = first;
  let events = rows.length;
  const range = { fromTime: filter.fromTime ?? 0, toTime: filter.toTime ?? Date.now() + 60_000, buckets: 1 };
  const exact = next === undefined ? undefined : await views.histogram(range, filter);
  if (exact) {
    events = exact.buckets.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
    return { events, more: false, ...timesOf(first.rows[0]?.time, filter.fromTime), bytes: Math.round(events * lineBytes) };
  }
  while (next !== undefined && events < COUNTED) {
    ({ rows, next } = await views.events(filter, { limit: PAGE, before: next, ...cancel }));
    events += rows.length;
  }
  const oldest = rows.at(-1)?.time ?? first.rows.at(-1)?.time;
  return { events, more: next !== undefined, ...timesOf(first.rows[0]?.time, oldest), bytes: Math.round(events * lineBytes) };
}

function timesOf(newest: number | undefined, oldest: number | undefined): Pick<ExportEstimate, 'oldest' | 'newest'> {
  return { ...(oldest !== undefined && { oldest }), ...(newest !== undefined && { newest }) };
}

async function bytesPerEvent(
  views: Pick<ViewQueries, 'matching'>,
  filter: EventFilter,
  from: number | undefined,
  cancel: Cancellable,
): Promise<number> {
  if (from === undefined) return 0;
  const { rows } = await views.matching(filter, { after: from - 1, limit: SAMPLE, ...cancel });
  const total = rows.reduce((sum, { data, metadata }) => sum + JSON.stringify([data, metadata]).length, 0);
  return rows.length === 0 ? 0 : ENVELOPE_BYTES + total / rows.length;
}
