/** What a person asks to see or export, as a filter of events and in words. */
import type { EventFilter } from '@openclaw-gateway/db';
import { parseTime } from '@openclaw-gateway/db/query/values';
import { GatewayError } from '@openclaw-gateway/events';
import { type AuditClass, typesOfClasses } from './audit-classes.ts';

/** As it was typed. */
export type ScopeOptions = {
  readonly types?: readonly string[] | undefined;
  readonly classes?: readonly AuditClass[] | undefined;
  /** In the query language; an event must match it and everything else here. */
  readonly query?: string | undefined;
  readonly session?: string | undefined;
  readonly channels?: readonly string[] | undefined;
  /** `2026-11-01`, `2026-11-01T12:00Z`, `-7d`, `yesterday`; inclusive. */
  readonly from?: string | undefined;
  /** The same, exclusive: a day ends before it begins. */
  readonly to?: string | undefined;
};

export type Scope = { readonly filter: EventFilter; readonly query: string };

/** Throws `BAD_REQUEST` for a time that is none. The query in words is the same for the same options. */
export function scopeOf(options: ScopeOptions, nowMs: number): Scope {
  const { types, classes, query, session, channels, from, to } = options;
  const wanted = [...(types ?? []), ...(classes ? typesOfClasses(classes) : [])];
  const filter: EventFilter = {
    ...((types || classes) && { types: wanted }),
    ...(query !== undefined && query.trim() !== '' && { query, nowMs }),
    ...(session !== undefined && { sessionId: session }),
    ...(channels && { channels }),
    ...(from !== undefined && { fromTime: timeOf(from, 'from', nowMs) }),
    ...(to !== undefined && { toTime: timeOf(to, 'to', nowMs) }),
  };
  const words = [
    query === undefined ? '' : query.trim(),
    listed('type', types),
    listed('class', classes),
    listed('session', session === undefined ? undefined : [session]),
    listed('channel', channels),
    from === undefined && to === undefined ? '' : `time:${from ?? ''}..${to ?? ''}`,
  ];
  return { filter, query: words.filter((word) => word !== '').join(' ') };
}

function listed(field: string, values: readonly string[] | undefined): string {
  if (!values || values.length === 0) return '';
  return values.length === 1 ? `${field}:${values[0]}` : `${field}:(${values.join(',')})`;
}

function timeOf(text: string, field: string, nowMs: number): number {
  const interval = parseTime(text, nowMs);
  if (interval) return interval.from;
  throw new GatewayError('BAD_REQUEST', {
    message: `${field}: expected a time such as 2026-11-01, 2026-11-01T12:00Z, -7d or yesterday, got "${text.slice(0, 60)}".`,
  });
}
