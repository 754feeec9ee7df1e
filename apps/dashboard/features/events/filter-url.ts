import {
  createSerializer,
  type inferParserType,
  parseAsArrayOf,
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs';

export const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const;
export const RANGES = ['1h', '24h', '7d', '30d', 'all'] as const;
export type Range = (typeof RANGES)[number];

/** The events page in its address. Whoever opens the address sees the same. */
export const eventParsers = {
  types: parseAsArrayOf(parseAsString),
  severities: parseAsArrayOf(parseAsStringLiteral(SEVERITIES)),
  channels: parseAsArrayOf(parseAsString),
  agentIds: parseAsArrayOf(parseAsString),
  sessionId: parseAsString,
  correlationId: parseAsString,
  range: parseAsStringLiteral([...RANGES, 'custom']).withDefault('24h'),
  fromTime: parseAsInteger,
  toTime: parseAsInteger,
  selected: parseAsInteger,
};

export const eventUrlKeys = {
  types: 'type',
  severities: 'severity',
  channels: 'channel',
  agentIds: 'agent',
  sessionId: 'session',
  correlationId: 'message',
  fromTime: 'from',
  toTime: 'to',
  selected: 'sel',
} as const;

export type EventQuery = inferParserType<typeof eventParsers>;

const serializeEvents = createSerializer(eventParsers, { urlKeys: eventUrlKeys });

/** The address of the events page with these filters. */
export function eventsUrl(query: Partial<EventQuery>): string {
  return serializeEvents('/events/', query);
}

/** The sessions page in its address: the list with its filters, or one session with one message chosen. */
export const sessionParsers = {
  id: parseAsString,
  turn: parseAsString,
  open: parseAsBoolean.withDefault(false),
  channel: parseAsString,
  agent: parseAsString,
};

const serializeSessions = createSerializer(sessionParsers);

/** The address of a session, with a message of it chosen when given. */
export function sessionUrl(sessionId: string, messageId?: string): string {
  return serializeSessions('/sessions/', { id: sessionId, turn: messageId ?? null });
}
