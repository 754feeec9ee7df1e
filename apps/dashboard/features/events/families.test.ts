import { expect, test } from 'vitest';
import { stackedByFamily } from './families.ts';

test('the most frequent kinds of events have a part of a bar each, the others one together', () => {
  const few = [{ fromTime: 0, counts: { message: 1, tool: 3 } }];
  expect(stackedByFamily(few, 'others')).toMatchObject({ buckets: few, parts: [{ name: 'tool', title: 'tool.*' }, { name: 'message' }] });
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const many = [{ fromTime: 0, counts: Object.fromEntries(names.map((name, index) => [name, 10 - index])) }];
  const { buckets, parts } = stackedByFamily(many, 'others');
  expect(parts.map(({ title }) => title)).toEqual(['a.*', 'b.*', 'c.*', 'd.*', 'e.*', 'f.*', 'g.*', 'others']);
  expect(buckets[0]?.counts).toMatchObject({ a: 10, g: 4, others: 5 });
});
