import { type inferParserType, parseAsArrayOf, parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';
import { rangeParsers, rangeUrlKeys } from '../frame/time-range.ts';

export const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const EVENT_TABS = ['summary', 'payload', 'envelope', 'context', 'causality', 'history', 'raw'] as const;

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
  /** What the bars are stacked of. */
  bars: parseAsStringLiteral(['severity', 'family']).withDefault('severity'),
  scale: parseAsStringLiteral(['linear', 'log']).withDefault('linear'),
  wrap: parseAsBoolean.withDefault(false),
};

export const eventUrlKeys = { ...rangeUrlKeys, selected: 'sel', columns: 'cols' } as const;

export type EventQuery = inferParserType<typeof eventParsers>;

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
  /** What is shown of which type of event, where that is not the usual: `model.requested:hidden`. */
  importance: parseAsArrayOf(parseAsString).withDefault([]),
  open: parseAsBoolean.withDefault(false),
  channel: parseAsString,
  agent: parseAsString,
};

export type SessionQuery = inferParserType<typeof sessionParsers>;
