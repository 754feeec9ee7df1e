import type { Range } from '../frame/time-range.ts';
import { clausesOf, withClause, withoutClause } from './clauses.ts';
import type { EventQuery } from './filter-url.ts';

/** A saved view knows the usual stretches of time only; a beginning and an end of one's own are kept as the last clauses of its query. */
type Kept = { readonly query: string; readonly range: Range };
type Shown = Pick<EventQuery, 'q' | 'range' | 'fromTime' | 'toTime'>;

/** @example keptOf({ q: 'sev:error', range: 'custom', fromTime: 0, toTime: null }).query // 'sev:error time:>=1970-01-01T00:00:00.000Z' */
export function keptOf({ q, range, fromTime, toTime }: Shown): Kept {
  if (range !== 'custom') return { query: q, range };
  const begun = fromTime === null ? q : withClause(q, `time:>=${written(fromTime)}`);
  return { query: toTime === null ? begun : withClause(begun, `time:<${written(toTime)}`), range: 'all' };
}

/** What is shown of what was kept so. */
export function shownOf({ query, range }: Kept): Shown {
  if (range !== 'all') return { q: query, range, fromTime: null, toTime: null };
  const { left, time: toTime } = lastTime(query, ':<');
  const { left: q, time: fromTime } = lastTime(left, ':>=');
  return { q, range: fromTime === null && toTime === null ? 'all' : 'custom', fromTime, toTime };
}

function lastTime(query: string, operator: string): { readonly left: string; readonly time: number | null } {
  const last = clausesOf(query).at(-1);
  const [text = ''] = last?.values ?? [];
  const time = Date.parse(text);
  const isOurs = last?.field === 'time' && !last.negated && last.operator === operator && !Number.isNaN(time) && written(time) === text;
  return isOurs ? { left: withoutClause(query, last), time } : { left: query, time: null };
}

const written = (time: number) => new Date(time).toISOString();
