/** Sets of event types that a query names by something else: how grave they are, how something came out, what their data can have. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { Severity } from '@openclaw-gateway/events/define';
import { ALL_TYPES, type Condition } from './condition.ts';
import { typesWithPath } from './data-paths.ts';

export const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Severity[];
/** What ends a word of a type and says how something came out. */
export const OUTCOMES: ReadonlySet<string> = new Set([
  'delivered',
  'rejected',
  'dead_lettered',
  'no_reply',
  'merged',
  'completed',
  'failed',
  'aborted',
  'succeeded',
  'uncertain',
  'accepted',
  'denied',
  'approved',
]);

/** The rank of a type's severity among `SEVERITIES`. */
export function severityRank(type: string): number {
  return SEVERITIES.indexOf(eventDefinition(type)?.severity ?? 'info');
}

/** How a type says that something came out, or nothing. */
export function outcomeOf(type: string): string {
  const fact = type.slice(type.indexOf('.') + 1);
  return OUTCOMES.has(fact) ? fact : '';
}

export function typesWhere(isWanted: (type: string) => boolean): Condition {
  return { kind: 'types', types: new Set(ALL_TYPES.filter(isWanted)) };
}

/** The types whose data can have any of the paths. */
export function typesWithAnyPath(paths: readonly string[]): Condition {
  return typesWhere((type) => paths.some((path) => typesWithPath(path).has(type)));
}
