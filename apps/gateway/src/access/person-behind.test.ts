import type { Actor } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personBehind } from './person-behind.ts';

const user = (id: string): Actor => ({ type: 'user', id });
const token = (id: string): Actor => ({ type: 'service_account', id });

const MADE: Readonly<Record<string, Actor>> = {
  tok_a: user('usr_ann'),
  tok_b: token('tok_a'),
  tok_c: token('gateway-token'),
  tok_d: { type: 'unauthenticated', id: 'anyone' },
};
const known = { makerOf: (id: string) => MADE[id], ownerId: 'usr_owner' };

test.each([
  ['a user is himself', user('usr_ann'), 'usr_ann'],
  ['a token is who made it', token('tok_a'), 'usr_ann'],
  ['a token made with a token is who made that', token('tok_b'), 'usr_ann'],
  ['the gateway token and the owner are one', user('usr_owner'), 'gateway-token'],
  ['the gateway token and what was made with it are one', token('tok_c'), 'gateway-token'],
  ['a token that nobody known made is itself', token('tok_d'), 'tok_d'],
  ['who has not said who it is is nobody', { type: 'unauthenticated', id: 'anyone' } as const, undefined],
])('A5 second person: %s', (_, actor, person) => {
  expect(personBehind(actor, known)).toBe(person);
});

test('A5 second person: whoever made which token, every token of a chain is the one at its beginning', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.boolean(), (length, endless) => {
      const makers = new Map<string, Actor>(Array.from({ length }, (_, at) => [`tok_${at + 1}`, token(`tok_${at}`)]));
      makers.set('tok_0', endless ? token(`tok_${length}`) : user('usr_ann'));
      const person = personBehind(token(`tok_${length}`), { makerOf: (id) => makers.get(id), ownerId: undefined });
      expect(endless ? makers.has(person ?? '') : person === 'usr_ann').toBe(true);
    }),
  );
});
