/** What one person's word does to a call that waits, where one has to say yes or two have to. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Verdict } from '../parts.ts';

/** `always`: a rule is to be written for such calls. It is said with the first yes of two, and written with the second. */
export type Lasting = 'session' | 'always';

export type Word = {
  readonly verdict: Verdict;
  /** Who stands behind it, whichever door it came by; nothing when that cannot be known. */
  readonly person: string | undefined;
  readonly lasting?: Lasting | undefined;
};

/** What a call waits for. */
export type Asked = { readonly people?: 2; readonly given?: { readonly person: string; readonly lasting?: Lasting | undefined } };

export type Effect =
  | { readonly kind: 'denied' }
  /** It is the first yes of two: the call still waits. */
  | { readonly kind: 'first'; readonly person: string }
  | { readonly kind: 'approved'; readonly lasting?: 'session' }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/**
 * A no by anybody denies. Of two yeses, which are of two people, the call runs; what lasts beyond it must have been said by both.
 * `isSame` says whether two ids are of one person.
 */
export function effectOf({ people, given }: Asked, word: Word, isSame: (one: string, other: string) => boolean): Effect {
  const { verdict, person, lasting } = word;
  if (verdict === 'deny') return { kind: 'denied' };
  const isFirst = people !== undefined && given === undefined;
  if (lasting === 'always' && !isFirst) return refused('APPROVAL_RULE_NEEDS_TWO');
  const session = lasting === 'session' ? { lasting } : {};
  if (people === undefined) return { kind: 'approved', ...session };
  if (person === undefined) return refused('APPROVAL_PERSON_UNKNOWN');
  if (given === undefined) return { kind: 'first', person };
  if (isSame(given.person, person)) return refused('APPROVAL_SAME_PERSON');
  return { kind: 'approved', ...(given.lasting === lasting && session) };
}

/** Why this person may not have the rule written for such calls; nothing when it may be. */
export function ruleRefusal(
  { people, given }: Asked,
  person: string | undefined,
  isSame: (one: string, other: string) => boolean,
): GatewayError | undefined {
  if (people === undefined) return undefined;
  if (given?.lasting !== 'always') return new GatewayError('APPROVAL_RULE_NEEDS_TWO');
  const effect = effectOf({ people, given }, { verdict: 'approve', person }, isSame);
  return effect.kind === 'refused' ? effect.error : undefined;
}

function refused(code: 'APPROVAL_RULE_NEEDS_TWO' | 'APPROVAL_PERSON_UNKNOWN' | 'APPROVAL_SAME_PERSON'): Effect {
  return { kind: 'refused', error: new GatewayError(code) };
}
