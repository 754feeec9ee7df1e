import { expect, test } from 'vitest';
import { nearestRule } from './nearest-rule.ts';

test('A2 the rule with the fewest fields that differ is the nearest; one that was met or not reached is none', () => {
  const candidates = [
    { rule: 'bindings[0]', matched: false, expected: { channel: 'slack', peer: 'C1' }, actual: { channel: 'telegram', peer: '77' } },
    { rule: 'bindings[1]', matched: false, expected: { channel: 'telegram', peer: '78' }, actual: { channel: 'telegram', peer: '77' } },
    { rule: 'agents.default', matched: true, expected: {}, actual: {} },
    { rule: 'bindings[2]', expected: { channel: 'x' }, actual: {} },
  ];
  expect(nearestRule(candidates)).toEqual({ rule: 'bindings[1]', fields: [{ field: 'peer', expected: '78', actual: '77' }] });
  expect(nearestRule(candidates.slice(2))).toBeUndefined();
});
