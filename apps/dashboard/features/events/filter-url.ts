import {
  createSerializer,
  type inferParserType,
  parseAsArrayOf,
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs';
import { rangeParsers, rangeUrlKeys } from '../frame/time-range.ts';
import { clauseFor } from './clause-for.ts';

export const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const;

export const EVENT_TABS = ['summary', 'payload', 'envelope', 'context', 'causality', 'raw'] as const;
export type EventTab = (typeof EVENT_TABS)[number];

/** The events page in its address. Whoever opens the address sees the same. */
export const eventParsers = {
  /** In the query language. */
  q: parseAsString.withDefault(''),
  ...rangeParsers('24h'),
  selected: parseAsInteger,
  tab: parseAsStringLiteral(EVENT_TABS).withDefault('summary'),
  /** A saved view that the page was opened by. */
  view: parseAsString,
  columns: parseAsArrayOf(parseAsString),
  scale: parseAsStringLiteral(['linear', 'log']).withDefault('linear'),
  wrap: parseAsBoolean.withDefault(false),
};

export const eventUrlKeys = { ...rangeUrlKeys, selected: 'sel', columns: 'cols' } as const;

export type EventQuery = inferParserType<typeof eventParsers>;

const serializeEvents = createSerializer(eventParsers, { urlKeys: eventUrlKeys });

/** Where a link of another page leads: by fields, each in the query language, or by a query. */
export type EventLink = Partial<EventQuery> & {
  readonly types?: readonly string[];
  readonly severities?: readonly (typeof SEVERITIES)[number][];
  readonly channels?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly sessionId?: string;
  readonly correlationId?: string;
};

/** The address of the events page with these filters. */
export function eventsUrl({ types, severities, channels, agentIds, sessionId, correlationId, q, ...query }: EventLink): string {
  const clauses = [
    ...listClause('type', types),
    ...listClause('sev', severities),
    ...listClause('channel', channels),
    ...listClause('agent', agentIds),
    ...listClause('session', sessionId === undefined ? [] : [sessionId]),
    ...listClause('corr', correlationId === undefined ? [] : [correlationId]),
    ...(q ? [q] : []),
  ];
  return serializeEvents('/events/', { ...query, q: clauses.join(' ') });
}

function listClause(field: string, values: readonly string[] = []): string[] {
  return values.length === 0 ? [] : [clauseFor(field, values)];
}

/** How the way of a message is shown. */
export const TURN_VIEWS = ['compact', 'timeline', 'table', 'json'] as const;

/** The sessions page in its address: the list with its filters, or one session with one message chosen. */
export const sessionParsers = {
  id: parseAsString,
  turn: parseAsString,
  /** The event at which every pane stands; the newest without it. */
  at: parseAsInteger,
  /** The markers between which changes are shown. */
  a: parseAsInteger,
  b: parseAsInteger,
  view: parseAsStringLiteral(TURN_VIEWS).withDefault('timeline'),
  machinery: parseAsBoolean.withDefault(false),
  open: parseAsBoolean.withDefault(false),
  channel: parseAsString,
  agent: parseAsString,
};

const serializeSessions = createSerializer(sessionParsers);

export type SessionQuery = inferParserType<typeof sessionParsers>;

/** The address of a session, with a message of it chosen and at an event of it when given. */
export function sessionUrl(sessionId: string, messageId?: string, at?: number): string {
  return serializeSessions('/sessions/', { id: sessionId, turn: messageId ?? null, at: at ?? null });
}
