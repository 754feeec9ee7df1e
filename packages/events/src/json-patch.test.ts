import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch, diff } from './json-patch.ts';

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test('B16 a patch makes the one value of the other, whatever they are', () => {
  fc.assert(fc.property(json, json, (before, after) => void expect(applyPatch(before, diff(before, after))).toEqual(after)));
});

test('B16 equal values differ in nothing', () => {
  fc.assert(fc.property(json, (value) => void expect(diff(value, structuredClone(value))).toEqual([])));
});

test.each([
  [{ a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 2 }]],
  [{ a: 1 }, {}, [{ op: 'remove', path: '/a' }]],
  [{ list: [1, 2] }, { list: [1, 2, 3] }, [{ op: 'add', path: '/list/2', value: 3 }]],
  [[1, 2, 3], [1, 3], [{ op: 'remove', path: '/1' }]],
  [[{ a: 1, b: 1 }, 9], [{ a: 2, b: 1 }, 9], [{ op: 'replace', path: '/0/a', value: 2 }]],
  [{ 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, [{ op: 'replace', path: '/a~1b/~0', value: 2 }]],
  [1, 'one', [{ op: 'replace', path: '', value: 'one' }]],
] as const)('B16 from %j to %j', (before, after, operations) => {
  expect(diff(before, after)).toEqual(operations);
});

test('B16 an operation that does not fit is refused', () => {
  expect(() => applyPatch({ a: 1 }, [{ op: 'replace', path: '/b/c', value: 1 }])).toThrow(TypeError);
  expect(() => applyPatch([1], [{ op: 'remove', path: '/7' }])).toThrow(TypeError);
});
