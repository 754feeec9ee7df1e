import { expect, test } from 'vitest';
import { isWithin, wallClock } from './schedule.ts';

const at = (time: string) => Date.parse(time);
const night = { days: ['fri'], from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' } as const;

test.each([
  ['2026-11-27T20:59:00Z', false],
  ['2026-11-27T21:00:00Z', true],
  ['2026-11-28T04:59:00Z', true],
  ['2026-11-28T05:00:00Z', false],
  ['2026-11-28T22:00:00Z', false],
  ['2026-11-27T03:00:00Z', false],
])('A3 a Friday night in Berlin holds %s: %s', (time, within) => {
  expect(isWithin(night, at(time))).toBe(within);
});

test('A3 summer time is that of the place', () => {
  const hours = { from: '09:00', to: '17:00', timeZone: 'America/New_York' };
  expect(isWithin(hours, at('2026-07-01T13:00:00Z'))).toBe(true);
  expect(isWithin(hours, at('2026-12-01T13:00:00Z'))).toBe(false);
  expect(wallClock(at('2026-03-08T07:00:00Z'), 'America/New_York')).toEqual({ day: 'sun', time: '03:00' });
});

test('A3 without hours it is whole days, without days every day', () => {
  expect(isWithin({ days: ['sun'], timeZone: 'UTC' }, at('2026-11-29T23:59:59Z'))).toBe(true);
  expect(isWithin({ days: ['sun'], timeZone: 'UTC' }, at('2026-11-30T00:00:00Z'))).toBe(false);
  expect(isWithin({ timeZone: 'UTC' }, at('2026-11-30T00:00:00Z'))).toBe(true);
});
