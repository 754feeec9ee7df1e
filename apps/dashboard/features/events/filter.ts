import type { LiveRow } from '../../data/feed.ts';
import { type EventQuery, RANGES, SEVERITIES } from './filter-url.ts';

/** What the gateway is asked for. */
export type EventFilter = {
  types?: string[];
  severities?: (typeof SEVERITIES)[number][];
  channels?: string[];
  agentIds?: string[];
  sessionId?: string;
  correlationId?: string;
  fromTime?: number;
  toTime?: number;
};

const RANGE_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 };
const MINUTE_MS = 60_000;

/** The filter that the address means at this time. */
export function toFilter(query: EventQuery, nowMs: number): EventFilter {
  const filter: EventFilter = {};
  if (query.types?.length) filter.types = query.types;
  if (query.severities?.length) filter.severities = query.severities;
  if (query.channels?.length) filter.channels = query.channels;
  if (query.agentIds?.length) filter.agentIds = query.agentIds;
  if (query.sessionId) filter.sessionId = query.sessionId;
  if (query.correlationId) filter.correlationId = query.correlationId;
  if (query.range === 'custom') {
    if (query.fromTime !== null) filter.fromTime = query.fromTime;
    if (query.toTime !== null) filter.toTime = query.toTime;
  } else if (query.range !== 'all') {
    filter.fromTime = Math.floor((nowMs - RANGE_MS[query.range]) / MINUTE_MS) * MINUTE_MS;
  }
  return filter;
}

/** The stretch of time that histogram and facets cover: all of a filter without a beginning is the last 30 days. */
export function timeSpan(filter: EventFilter, nowMs: number): { readonly fromTime: number; readonly toTime: number } {
  const toTime = filter.toTime ?? Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS;
  return { fromTime: filter.fromTime ?? toTime - RANGE_MS['30d'], toTime };
}

/** Whether a row that has just been committed belongs to the list. */
export function matches(filter: EventFilter, row: LiveRow): boolean {
  if (filter.types && !filter.types.some((type) => typeMatches(type, row.type))) return false;
  if (filter.severities && !filter.severities.includes(row.severity)) return false;
  if (filter.channels && !filter.channels.includes(row.channel ?? '')) return false;
  if (filter.agentIds && !filter.agentIds.includes(row.agentId ?? '')) return false;
  if (filter.sessionId && filter.sessionId !== row.sessionId) return false;
  if (filter.correlationId && filter.correlationId !== row.correlationId) return false;
  if (filter.fromTime !== undefined && row.time < filter.fromTime) return false;
  return filter.toTime === undefined || row.time < filter.toTime;
}

function typeMatches(wanted: string, type: string): boolean {
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

export type ListField = 'types' | 'severities' | 'channels' | 'agentIds';
export type TextField = 'sessionId' | 'correlationId';

/** What a person wrote into the filter bar: a clause, the position of an event, or nothing that makes sense. */
export type Token =
  | { readonly kind: 'list'; readonly field: ListField; readonly value: string }
  | { readonly kind: 'text'; readonly field: TextField; readonly value: string }
  | { readonly kind: 'position'; readonly position: number };

const LIST_FIELDS: Readonly<Record<string, ListField>> = {
  type: 'types',
  severity: 'severities',
  sev: 'severities',
  channel: 'channels',
  agent: 'agentIds',
};
const TEXT_FIELDS: Readonly<Record<string, TextField>> = { session: 'sessionId', message: 'correlationId', corr: 'correlationId' };

/** Reads one word of the filter bar, for example `type:message.*`, `ses_01j…`, `error` or `1204331`. */
export function parseToken(text: string): Token | undefined {
  const word = text.trim();
  if (/^#?\d{1,15}$/.test(word)) return { kind: 'position', position: Number(word.replace('#', '')) };
  if (word.startsWith('ses_')) return { kind: 'text', field: 'sessionId', value: word };
  if (word.startsWith('msg_')) return { kind: 'text', field: 'correlationId', value: word };
  if (isSeverity(word)) return { kind: 'list', field: 'severities', value: word };
  if (/^[a-z]+\.([a-z_]+|\*)$/.test(word)) return { kind: 'list', field: 'types', value: word };
  const [, name = '', value = ''] = /^([a-z]+):(\S+)$/.exec(word) ?? [];
  const listField = LIST_FIELDS[name];
  if (listField) return listField === 'severities' && !isSeverity(value) ? undefined : { kind: 'list', field: listField, value };
  const textField = TEXT_FIELDS[name];
  return textField ? { kind: 'text', field: textField, value } : undefined;
}

function isSeverity(word: string): boolean {
  return (SEVERITIES as readonly string[]).includes(word);
}

/** A filter clause as a chip shows it. */
export type Chip = { readonly field: ListField | TextField; readonly value: string };

/** The clauses of an address, time apart. */
export function chipsOf(query: EventQuery): Chip[] {
  const lists = (['types', 'severities', 'channels', 'agentIds'] as const).flatMap((field) =>
    (query[field] ?? []).map((value) => ({ field, value })),
  );
  const texts = (['sessionId', 'correlationId'] as const).flatMap((field) => (query[field] ? [{ field, value: query[field] }] : []));
  return [...lists, ...texts];
}

/** The change of the address that adds a clause; a clause that is there already changes nothing. */
export function withChip(query: EventQuery, chip: Chip): Partial<EventQuery> {
  const { field, value } = chip;
  if (field === 'sessionId' || field === 'correlationId') return { [field]: value };
  const values: readonly string[] = query[field] ?? [];
  return { [field]: values.includes(value) ? values : [...values, value] };
}

/** The change of the address that takes a clause away. */
export function withoutChip(query: EventQuery, { field, value }: Chip): Partial<EventQuery> {
  if (field === 'sessionId' || field === 'correlationId') return { [field]: null };
  const rest = (query[field] ?? []).filter((kept) => kept !== value);
  return { [field]: rest.length > 0 ? rest : null };
}

/** The address without any clause, the widest time range apart. */
export const NO_CLAUSES = { types: null, severities: null, channels: null, agentIds: null, sessionId: null, correlationId: null } as const;

export function isRange(text: string): text is (typeof RANGES)[number] {
  return (RANGES as readonly string[]).includes(text);
}
