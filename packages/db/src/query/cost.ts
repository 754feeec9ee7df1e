/** Whether a query can be answered without looking at most of a large log. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Condition } from './condition.ts';
import { isDecidedByKind } from './kinds.ts';
import { isIndexed } from './seek.ts';

/** So many events can be looked at within a query's time. */
export const MAX_SCAN = 200_000;
/** What the metadata alone decides is quicker to look at. */
const METADATA_WEIGHT = 0.1;

export type CostClass = 'indexed' | 'bounded' | 'unbounded';
export type Cost = { readonly kind: CostClass; readonly events: number };

/** What must be known of the log: the stretch in question and where a time begins in it. */
export type Extent = { readonly low: number; readonly high: number; readonly firstSince: (time: number) => number };

/** `indexed`: an index leads to the matches. `bounded`: few enough events are looked at one by one. */
export function costOf(condition: Condition, extent: Extent): Cost {
  if (isDense(condition)) return { kind: 'indexed', events: 0 };
  const events = looked(condition, extent);
  return { kind: events === 0 ? 'indexed' : events <= MAX_SCAN ? 'bounded' : 'unbounded', events };
}

/** Throws `QUERY_UNBOUNDED` with a time from which on the query would be answered. */
export function guard(condition: Condition, extent: Extent, timeAt: (position: number) => number | undefined): void {
  const { kind, events } = costOf(condition, extent);
  if (kind !== 'unbounded') return;
  const time = timeAt(Math.max(1, extent.high - MAX_SCAN / 2));
  const since = time === undefined ? '-1h' : `${new Date(time).toISOString().slice(0, 16)}Z`;
  throw new GatewayError('QUERY_UNBOUNDED', {
    message: `The query would have to look at about ${Math.round(events).toLocaleString('en')} events one by one.`,
    details: { events, limit: MAX_SCAN, remedy: `Add time:${since}..now, or a type, session, channel or agent.` },
  });
}

/** Every event of the stretches it names matches: there is nothing to look for. */
function isDense(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'positions':
    case 'times':
      return true;
    case 'and':
    case 'or':
      return condition.of.every(isDense);
    default:
      return false;
  }
}

function looked(condition: Condition, extent: Extent): number {
  if (isDecidedByKind(condition)) return 0;
  const whole = Math.max(0, extent.high - extent.low + 1);
  switch (condition.kind) {
    case 'and':
      return Math.min(whole, ...condition.of.map((part) => looked(part, extent)));
    case 'or':
      return condition.of.reduce((sum, part) => sum + looked(part, extent), 0);
    case 'phrase':
      return 0;
    case 'metadata':
      return isIndexed(condition.name) ? 0 : whole * METADATA_WEIGHT;
    case 'positions':
      return overlap(condition.low, condition.high, extent);
    case 'times': {
      const low = condition.from === Number.NEGATIVE_INFINITY ? extent.low : extent.firstSince(condition.from);
      const high = condition.until === Number.POSITIVE_INFINITY ? extent.high : extent.firstSince(condition.until) - 1;
      return overlap(low, high, extent);
    }
    case 'not':
      return condition.of.kind === 'metadata' ? whole * METADATA_WEIGHT : whole;
    default:
      return whole;
  }
}

function overlap(low: number, high: number, extent: Extent): number {
  return Math.max(0, Math.min(high, extent.high) - Math.max(low, extent.low) + 1);
}
