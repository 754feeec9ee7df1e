import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asked, type Effect, effectOf, type Lasting, ruleRefusal, type Word } from './second-person.ts';

/** `ann@phone` and `ann@desk` are one person. */
const nameOf = (id: string) => id.split('@')[0];
const isSame = (one: string, other: string) => nameOf(one) === nameOf(other);
const yes = (person: string | undefined, lasting?: Lasting): Word => ({ verdict: 'approve', person, lasting });
const codeOf = (effect: Effect) => (effect.kind === 'refused' ? effect.error.code : effect.kind);

describe('A5 ASVS 2.3.5 a call that needs two people', () => {
  const asked: Asked = { people: 2, given: { person: 'ann@phone', lasting: 'session' } };

  it.each([
    ['the first yes is noted', { people: 2 }, yes('ann@phone'), { kind: 'first', person: 'ann@phone' }],
    ['the yes of another lets it run', asked, yes('bob@desk'), { kind: 'approved' }],
    ['what both said lasts', asked, yes('bob@desk', 'session'), { kind: 'approved', lasting: 'session' }],
    ['what only the second said does not', { people: 2, given: { person: 'ann@phone' } }, yes('bob@desk', 'session'), { kind: 'approved' }],
    ['a no by the second denies', asked, { verdict: 'deny', person: 'bob@desk' }, { kind: 'denied' }],
    ['a no by the first denies, too', asked, { verdict: 'deny', person: 'ann@desk' }, { kind: 'denied' }],
    ['a no by whoever it is denies', asked, { verdict: 'deny', person: undefined }, { kind: 'denied' }],
    ['where one is enough one yes lets it run', {}, yes(undefined, 'session'), { kind: 'approved', lasting: 'session' }],
  ] as const)('%s', (_, call, word, effect) => {
    expect(effectOf(call, word, isSame)).toEqual(effect);
  });

  it.each([
    ['the same person by another door', asked, yes('ann@desk'), 'APPROVAL_SAME_PERSON'],
    ['somebody of whom nothing is known', { people: 2 }, yes(undefined), 'APPROVAL_PERSON_UNKNOWN'],
    ['a rule with the second yes alone', asked, yes('bob@desk', 'always'), 'APPROVAL_RULE_NEEDS_TWO'],
    ['a rule where one person is enough', {}, yes('bob@desk', 'always'), 'APPROVAL_RULE_NEEDS_TWO'],
  ] as const)('it refuses %s', (_, call, word, code) => {
    expect(codeOf(effectOf(call, word, isSame))).toBe(code);
  });

  it('the rule for such calls is written by the second of two who both want it', () => {
    const wanted: Asked = { people: 2, given: { person: 'ann@phone', lasting: 'always' } };
    expect(ruleRefusal(wanted, 'bob@desk', isSame)).toBeUndefined();
    expect(ruleRefusal(wanted, 'ann@desk', isSame)).toMatchObject({ code: 'APPROVAL_SAME_PERSON' });
    expect(ruleRefusal(asked, 'bob@desk', isSame)).toMatchObject({ code: 'APPROVAL_RULE_NEEDS_TWO' });
    expect(ruleRefusal({}, undefined, isSame)).toBeUndefined();
  });

  it('in any order of any words it runs only after the yeses of two people, and after the first no never', () => {
    const person = fc.constantFrom('ann@phone', 'ann@desk', 'bob@phone', 'bob@desk', 'eva@desk', undefined);
    const lasting = fc.constantFrom(undefined, 'session' as const, 'always' as const);
    const word = fc.record({ verdict: fc.constantFrom('approve' as const, 'approve' as const, 'deny' as const), person, lasting });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        let call: Asked = { people: 2 };
        const counted: Word[] = [];
        let end: Effect | undefined;
        for (const said of words) {
          const effect = effectOf(call, said, isSame);
          if (effect.kind !== 'refused') counted.push(said);
          if (effect.kind === 'first') call = { people: 2, given: { person: effect.person, lasting: said.lasting } };
          if (effect.kind === 'approved' || effect.kind === 'denied') end = effect;
          if (end) break;
        }
        const noes = words.slice(0, words.findIndex(({ verdict }) => verdict === 'deny') + 1);
        if (end?.kind === 'approved') {
          expect(new Set(counted.map(({ person: who }) => nameOf(who ?? '')))).toHaveLength(2);
          expect(counted.every(({ verdict }) => verdict === 'approve')).toBe(true);
          expect(end.lasting).toBe(counted.every(({ lasting: wish }) => wish === 'session') ? 'session' : undefined);
        } else if (noes.length > 0) {
          expect(end).toEqual({ kind: 'denied' });
        } else {
          expect(new Set(counted.map(({ person: who }) => nameOf(who ?? ''))).size).toBeLessThan(2);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
