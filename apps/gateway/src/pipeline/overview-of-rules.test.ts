import { expect, it } from 'vitest';
import { bindingsInOrder } from './overview-of-rules.ts';

const shadows = (...matches: readonly Parameters<typeof bindingsInOrder>[0][number]['match'][]) =>
  bindingsInOrder(matches.map((match) => ({ agentId: 'a', match }))).map(({ rule, shadowedBy }) => [rule, shadowedBy]);

it('puts the bindings in the order they are asked', () => {
  expect(shadows({ channel: 'telegram' }, { peer: { id: '42' } })).toEqual([
    ['bindings[1]', undefined],
    ['bindings[0]', undefined],
  ]);
});

it('finds a binding that an equal one before it always takes from', () => {
  expect(shadows({ channel: 'telegram', text: '*bill*' }, { channel: 'telegram', text: '*bill*' })).toEqual([
    ['bindings[0]', undefined],
    ['bindings[1]', 'bindings[0]'],
  ]);
});

it('finds a narrower one behind a wider one that a priority puts first', () => {
  const rules = bindingsInOrder([
    { agentId: 'a', match: { channel: 'telegram', peer: { id: '42' } } },
    { agentId: 'b', match: { channel: '*' }, priority: 5 },
  ]);
  expect(rules.map(({ rule, shadowedBy }) => [rule, shadowedBy])).toEqual([
    ['bindings[1]', undefined],
    ['bindings[0]', 'bindings[1]'],
  ]);
});

it('does not call one shadowed that may still be reached', () => {
  expect(shadows({ roles: ['a'] }, { roles: ['a', 'b'] }).map(([, by]) => by)).toEqual([undefined, undefined]);
  expect(shadows({ text: '*x*' }, { text: '*y*' }).map(([, by]) => by)).toEqual([undefined, undefined]);
});
