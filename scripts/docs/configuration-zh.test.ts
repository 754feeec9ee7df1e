import { expect, test } from 'vitest';
import { catalogProblems } from './configuration-zh.ts';

const CATALOG = { descriptions: { 'a.b': '甲' }, values: { 'a text': '文本' } };

test('finds no problem where every key has a Chinese description and every value is Chinese by catalog or pattern', () => {
  const keys = [{ path: 'a.b', expected: 'a text' }];
  expect(catalogProblems(CATALOG, keys)).toEqual([]);
  const descriptions = { x: '一', y: '二', z: '三', w: '四' };
  const patterns = ['a whole number from 0 to 9', 'a number from 0 to 1', '"a" or "b"', '"a", "b" or "c"'];
  const numbered = Object.keys(descriptions).map((path, index) => ({ path, expected: patterns[index] ?? '' }));
  expect(catalogProblems({ descriptions, values: {} }, numbered)).toEqual([]);
});

test('names the key without a Chinese description, the value without Chinese, and what the catalog has too much', () => {
  const problems = catalogProblems(CATALOG, [{ path: 'c.d', expected: 'a list of rules' }]);
  expect(problems).toEqual([
    'c.d has no Chinese description: add it to scripts/docs/configuration-zh.json.',
    'a.b in scripts/docs/configuration-zh.json is no key of the configuration: take it out.',
    "The value 'a list of rules' has no Chinese: add it to scripts/docs/configuration-zh.json.",
    "The value 'a text' in scripts/docs/configuration-zh.json is that of no key: take it out.",
  ]);
});
