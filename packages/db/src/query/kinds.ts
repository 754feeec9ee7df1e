/** What an event is by its type, channel and agent. The explorer has a code for it at each position, so these need no reading of events. */
import type { Condition } from './condition.ts';

/** An event without a channel or an agent has an empty one. */
export type Kind = { readonly code: number; readonly type: string; readonly channel: string; readonly agent: string };

/** Whether the kind of an event alone says if it matches. */
export function isDecidedByKind(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.every(isDecidedByKind);
    case 'not':
      return isDecidedByKind(condition.of);
    case 'types':
      return true;
    case 'metadata':
      // A name that is empty is not the same as none, and a kind does not tell them apart.
      return (condition.name === 'channel' || condition.name === 'agent') && !condition.values.has('');
    default:
      return false;
  }
}

/** Whether events of the kind match a condition that the kind decides. */
export function matchesKind(condition: Condition, kind: Kind): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((part) => matchesKind(part, kind));
    case 'or':
      return condition.of.some((part) => matchesKind(part, kind));
    case 'not':
      return !matchesKind(condition.of, kind);
    case 'types':
      return condition.types.has(kind.type);
    case 'metadata':
      return condition.values.has(condition.name === 'channel' ? kind.channel : kind.agent);
    default:
      return true;
  }
}
