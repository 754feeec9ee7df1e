import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { core } from './en/core.ts';
import { en } from './en/index.ts';
import { formatFor } from './format.ts';
import { zhCn } from './zh-cn/index.ts';

const ROOT = join(import.meta.dirname, '..');

function shape(catalog: object, at = ''): string[] {
  return Object.entries(catalog).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? shape(value, `${at}${key}.`) : [`${at}${key}: ${typeof value}`],
  );
}

function components(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return components(join(folder, entry.name));
    return entry.name.endsWith('.tsx') ? [join(folder, entry.name)] : [];
  });
}

const GIVEN = /withText\(\{ ([^}]+) \}/g;

/** The sources that a source brings along, itself among them, without those that have sentences of their own. */
function imported(file: string, seen = new Set<string>()): Set<string> {
  const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (seen.has(file) || source === '' || (seen.size > 0 && source.search(GIVEN) >= 0)) return seen;
  seen.add(file);
  for (const [, path = ''] of source.matchAll(/(?:from |import\()'(\.[^']+)'/g)) imported(join(dirname(file), path), seen);
  return seen;
}

function matches(files: Iterable<string>, pattern: RegExp): string[] {
  return [...files].flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, found = '']) => found));
}

describe('the catalogs', () => {
  it('have the same sentences in every language', () => {
    expect(shape(zhCn).toSorted()).toEqual(shape(en).toSorted());
  });

  it('leave no sentence empty', () => {
    const texts = (catalog: object): string[] =>
      Object.values(catalog).flatMap((value: unknown) =>
        typeof value === 'string' ? [value] : typeof value === 'object' && value ? texts(value) : [],
      );
    expect([...texts(en), ...texts(zhCn)].filter((text) => text.trim() === '')).toEqual([]);
  });

  it('are where all text comes from: no component has words of its own', () => {
    const worded = ['features', 'ui', 'app']
      .flatMap((folder) => components(join(ROOT, folder)))
      .flatMap((file) => {
        const source = readFileSync(file, 'utf8');
        const inElements = [...source.matchAll(/<[A-Za-z][^<>]*[^=<>-]>\s*([A-Z][a-z]+(?: [a-z]+)*)\s*<\//g)].map(([, words]) => words);
        const inAttributes = [...source.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]+)"/g)].map(([, words]) => words);
        return [...inElements, ...inAttributes].map((words) => `${file.slice(ROOT.length + 1)}: ${words}`);
      });
    expect(worded).toEqual([]);
  });
});

const GIVERS = ['app', 'features']
  .flatMap((folder) => components(join(ROOT, folder)))
  .filter((file) => file.endsWith('/layout.tsx') || file.endsWith('/page.tsx') || readFileSync(file, 'utf8').search(GIVEN) >= 0)
  .map((file) => file.slice(ROOT.length + 1));

it.each(GIVERS)('%s brings the English sentences that it uses', (giver) => {
  const files = [...imported(join(ROOT, giver))].filter((file) => !file.startsWith(join(ROOT, 'i18n')));
  const used = new Set(matches(files, /\bt\.(\w+)/g).filter((section) => Object.hasOwn(en, section)));
  const given = new Set([...Object.keys(core), ...matches([join(ROOT, giver)], GIVEN).flatMap((names) => names.split(', '))]);
  expect([...used].filter((section) => !given.has(section))).toEqual([]);
});

describe('figures and times', () => {
  const format = formatFor('en', en);

  it.each([
    [0.4, '0.4ms'],
    [12.4, '12ms'],
    [1_500, '1.5s'],
    [61_000, '1m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(format.duration(ms)).toBe(text);
  });

  it('counts in the words of the language', () => {
    expect([en.frame.newEvents(1), en.frame.newEvents(1_204)]).toEqual(['1 new event', '1,204 new events']);
    expect(zhCn.frame.newEvents(2)).toBe('2 个新事件');
  });

  it('says how long ago something was', () => {
    expect([format.ago(99_000, 100_000), format.ago(40_000, 100_000)]).toEqual(['just now', '1m ago']);
  });
});
