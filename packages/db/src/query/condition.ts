/**
 * What a query asks of an event, with every value resolved. `matches` is its meaning: whatever plan is made of a condition
 * finds exactly the events that match it.
 */
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { searchableWords } from './searchable.ts';
import { hasPhrase, type Phrase } from './words.ts';

/** Names in an event's metadata, which are compared without reading its data. Those that are a `Facet` are in the explorer's index, too. */
export const METADATA_KEY = {
  channel: 'channel',
  agent: 'agentId',
  session: 'sessionId',
  correlation: 'correlationId',
  subject: 'subject',
  run: 'runId',
} as const satisfies Readonly<Record<string, keyof StoredEvent['metadata']>>;
export type MetadataName = keyof typeof METADATA_KEY;

export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Leaf }
  | { readonly kind: 'types'; readonly types: ReadonlySet<string> }
  /** Both ends inclusive. */
  | { readonly kind: 'positions'; readonly low: number; readonly high: number }
  /** Milliseconds since 1970, from inclusive, until exclusive. */
  | { readonly kind: 'times'; readonly from: number; readonly until: number }
  | Leaf;

type Leaf =
  | { readonly kind: 'metadata'; readonly name: MetadataName; readonly values: ReadonlySet<string> }
  | { readonly kind: 'phrase'; readonly phrase: Phrase }
  /** Whatever can only be seen on the event itself. */
  | { readonly kind: 'test'; readonly test: (event: StoredEvent) => boolean };

export const ALL_TYPES: readonly string[] = EVENTS.map((event) => event.type);
export const NOTHING: Condition = { kind: 'types', types: new Set() };

export function matches(condition: Condition, event: StoredEvent): boolean {
  switch (condition.kind) {
    case 'all':
      return true;
    case 'and':
      return condition.of.every((part) => matches(part, event));
    case 'or':
      return condition.of.some((part) => matches(part, event));
    case 'not':
      return !matches(condition.of, event);
    case 'types':
      return condition.types.has(event.type);
    case 'positions':
      return event.position >= condition.low && event.position <= condition.high;
    case 'times':
      return event.time >= condition.from && event.time < condition.until;
    case 'metadata': {
      const value = event.metadata[METADATA_KEY[condition.name]];
      return value !== undefined && condition.values.has(value);
    }
    case 'phrase':
      return hasPhrase(searchableWords(event), condition.phrase);
    case 'test':
      return condition.test(event);
  }
}

/** What matches exactly where the condition does not. Types, positions and times stay what an index can serve. */
export function negate(condition: Condition): Condition {
  switch (condition.kind) {
    case 'all':
      return NOTHING;
    case 'and':
      return { kind: 'or', of: condition.of.map(negate) };
    case 'or':
      return { kind: 'and', of: condition.of.map(negate) };
    case 'not':
      return condition.of;
    case 'types':
      return { kind: 'types', types: new Set(ALL_TYPES.filter((type) => !condition.types.has(type))) };
    case 'positions':
      return outside(condition.low, condition.high, (low, high) => ({ kind: 'positions', low, high }), 1);
    case 'times':
      return outside(condition.from, condition.until, (from, until) => ({ kind: 'times', from, until }), 0);
    default:
      return { kind: 'not', of: condition };
  }
}

/** Both sides of a range; an end that is infinite has nothing beyond it. */
function outside(low: number, high: number, make: (low: number, high: number) => Condition, gap: number): Condition {
  const sides: Condition[] = [];
  if (low > Number.NEGATIVE_INFINITY) sides.push(make(Number.NEGATIVE_INFINITY, low - gap));
  if (high < Number.POSITIVE_INFINITY) sides.push(make(high + gap, Number.POSITIVE_INFINITY));
  return any(sides);
}

export function every(parts: readonly Condition[]): Condition {
  const left = parts.filter((part) => part.kind !== 'all');
  const [only] = left;
  if (!only) return { kind: 'all' };
  return left.length === 1 ? only : { kind: 'and', of: left };
}

export function any(parts: readonly Condition[]): Condition {
  if (parts.some((part) => part.kind === 'all')) return { kind: 'all' };
  const [only] = parts;
  if (!only) return NOTHING;
  return parts.length === 1 ? only : { kind: 'or', of: parts };
}
