/** What came and went by one account, from the numbers that are kept of it. */
import { TRAFFIC_BUCKET_MS, TRAFFIC_TABLE, type TrafficRow } from '../projections/messages.ts';
import type { Queries } from './compile.ts';
import type { Traffic } from './queries.ts';

const HOURS = 24;
const BUCKETS_PER_HOUR = 3_600_000 / TRAFFIC_BUCKET_MS;

type Of = { readonly channel: string; readonly account: string };

export function readTraffic(queries: Queries, of: Of, nowMs: number): Traffic {
  const from = Math.floor(nowMs / TRAFFIC_BUCKET_MS) + 1 - HOURS * BUCKETS_PER_HOUR;
  const counts = { received: hours(), delivered: hours(), failed: hours() };
  for (const row of rowsSince(queries, of, from)) {
    const hour = Math.min(HOURS - 1, Math.floor((row.bucket - from) / BUCKETS_PER_HOUR));
    for (const name of NAMES) counts[name][hour] = (counts[name][hour] ?? 0) + row[name];
  }
  const lastReceivedAt = newest(queries, of, 'received_at');
  const lastDeliveredAt = newest(queries, of, 'delivered_at');
  return { ...counts, ...(lastReceivedAt !== undefined && { lastReceivedAt }), ...(lastDeliveredAt !== undefined && { lastDeliveredAt }) };
}

const NAMES = ['received', 'delivered', 'failed'] as const;
const hours = () => new Array<number>(HOURS).fill(0);

function rowsSince(queries: Queries, of: Of, from: number): TrafficRow[] {
  return queries.all<TrafficRow>('traffic', { ...of, from }, (db, argument) =>
    db
      .selectFrom(TRAFFIC_TABLE)
      .selectAll()
      .where('channel', '=', argument<string>('channel'))
      .where('account', '=', argument<string>('account'))
      .where('bucket', '>=', argument('from')),
  );
}

function newest(queries: Queries, of: Of, column: 'received_at' | 'delivered_at'): number | undefined {
  const [row] = queries.all<{ at: number | null }>(`traffic ${column}`, of, (db, argument) =>
    db
      .selectFrom(TRAFFIC_TABLE)
      .select(`${column} as at`)
      .where('channel', '=', argument<string>('channel'))
      .where('account', '=', argument<string>('account'))
      .where(column, 'is not', null)
      .orderBy('bucket', 'desc')
      .limit(1),
  );
  return row?.at ?? undefined;
}
