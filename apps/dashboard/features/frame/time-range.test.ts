import { expect, it } from 'vitest';
import { pathOf } from './carried-range.ts';
import { PAGES, type PageName } from './pages.ts';
import { boundsOf, fieldText, fieldTime, RANGE_MS } from './time-range.ts';

const NOW = 1_700_000_034_567;
const none = { fromTime: null, toTime: null };

it('means a beginning that stands still within a minute, the times that were given, or everything', () => {
  expect(boundsOf({ range: '15m', ...none }, NOW)).toEqual({ fromTime: 1_700_000_034_567 - RANGE_MS['15m'] - 54_567 });
  expect(boundsOf({ range: '15m', ...none }, NOW + 1_000)).toEqual(boundsOf({ range: '15m', ...none }, NOW));
  expect(boundsOf({ range: 'custom', fromTime: 5, toTime: null }, NOW)).toEqual({ fromTime: 5 });
  expect(boundsOf({ range: 'all', fromTime: 5, toTime: 9 }, NOW)).toEqual({});
});

it.each([true, false])('is in a field what it was before, in UTC: %s', (isUtc) => {
  const time = 1_700_000_034_000;
  expect(fieldTime(fieldText(time, isUtc), isUtc)).toBe(time);
});

it('is no time while the field is empty', () => {
  expect(fieldText(null, true)).toBe('');
  expect([fieldTime('', true), fieldTime('', false)]).toEqual([null, null]);
});

it('goes along to the pages that have one, where they have that one', () => {
  const to = (name: PageName, range: Parameters<typeof pathOf>[1]) => pathOf(PAGES.find((page) => page.name === name) ?? PAGES[0], range);
  expect(to('events', undefined)).toBe('/events/');
  expect(to('logs', { range: '7d', ...none })).toBe('/logs/?range=7d');
  expect(to('audit', { range: 'custom', fromTime: 5, toTime: 9 })).toBe('/audit/?range=custom&from=5&to=9');
  expect(to('metrics', { range: '7d', ...none })).toBe('/metrics/?range=7d');
  expect(to('metrics', { range: '90d', ...none })).toBe('/metrics/');
  expect(to('sessions', { range: '7d', ...none })).toBe('/sessions/');
});
