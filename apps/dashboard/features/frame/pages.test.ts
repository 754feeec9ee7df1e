import { expect, it } from 'vitest';
import { en } from '../../i18n/en/index.ts';
import { countByPage } from './badges.ts';
import { isCurrent, PAGES } from './pages.ts';

it('gives each page a key, an address and a name of its own', () => {
  for (const field of ['key', 'path', 'name'] as const) expect(new Set(PAGES.map((page) => page[field])).size).toBe(PAGES.length);
  expect(PAGES.map(({ name }) => typeof en.frame[name])).toEqual(PAGES.map(() => 'string'));
});

it('leaves room for a fifth entry beside the pages in the bar of phones', () => {
  expect(PAGES.filter(({ bar }) => bar).length).toBeLessThanOrEqual(4);
});

it('knows which page a path belongs to', () => {
  const at = (path: string) => PAGES.filter((page) => isCurrent(page, path)).map(({ name }) => name);
  expect(at('/')).toEqual(['overview']);
  expect(at('/sessions/')).toEqual(['sessions']);
  expect(at('/nowhere/')).toEqual([]);
});

it('counts what needs a person at the page where he does something about it, and no warnings', () => {
  const badges = countByPage([
    { kind: 'held', severity: 'error', count: 2 },
    { kind: 'quarantined', severity: 'error', count: 1 },
    { kind: 'projection_stopped', severity: 'error', count: 1 },
    { kind: 'rejected', severity: 'warn', count: 40 },
  ]);
  expect(badges).toEqual({ sessions: 3, overview: 1 });
});
