/** What a caller asks for, by fields or in the query language, as one condition. */
import { EVENTS, eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { EventFilter } from '../views/queries.ts';
import { compileQuery } from './compile.ts';
import { type Condition, every, type MetadataName } from './condition.ts';
import { parseQuery } from './parse.ts';

/** Throws `QUERY_INVALID` for a query that cannot be read. `nowMs` is what `now` and `-1h` count from. */
export function conditionOf(filter: EventFilter, nowMs: number): Condition {
  const types = typesOf(filter);
  const { fromTime, toTime, query } = filter;
  return every([
    ...(query === undefined ? [] : [compileQuery(parseQuery(query), { source: query, nowMs })]),
    ...(types ? [{ kind: 'types', types: new Set(types) } as const] : []),
    ...named('correlation', filter.correlationId === undefined ? [] : [filter.correlationId]),
    ...named('session', filter.sessionId === undefined ? [] : [filter.sessionId]),
    ...named('agent', filter.agentIds ?? []),
    ...named('channel', filter.channels ?? []),
    ...(fromTime === undefined && toTime === undefined
      ? []
      : [{ kind: 'times', from: fromTime ?? Number.NEGATIVE_INFINITY, until: toTime ?? Number.POSITIVE_INFINITY } as const]),
  ]);
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

function named(name: MetadataName, values: readonly string[]): Condition[] {
  return values.length === 0 ? [] : [{ kind: 'metadata', name, values: new Set(values) }];
}
