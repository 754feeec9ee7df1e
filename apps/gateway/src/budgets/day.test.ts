import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daysIn, isTimeZone } from './day.ts';

const at = (text: string) => Date.parse(text);

test('A8 a day begins and ends in the time zone, also where the clock is changed', () => {
  const lisbon = daysIn('Europe/Lisbon');
  expect(lisbon.dayOf(at('2026-07-01T23:30:00Z'))).toBe('2026-07-02');
  expect(lisbon.endOf(at('2026-10-25T10:00:00Z')) - lisbon.startOf(at('2026-10-25T10:00:00Z'))).toBe(25 * 3_600_000);
  expect(lisbon.endOf(at('2026-03-29T10:00:00Z'))).toBe(at('2026-03-29T23:00:00Z'));
});

test('A8 Europe/Lisbon is a time zone and Europe/Nowhere is none', () => {
  expect([isTimeZone('Europe/Lisbon'), isTimeZone('Europe/Nowhere')]).toEqual([true, false]);
});

test('A8 every time is within its day, whatever was asked before', () => {
  const zones = ['UTC', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Kiritimati'].map(daysIn);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: at('2024-01-01'), max: at('2030-01-01') }), { maxLength: 8 }),
      fc.constantFrom(...zones),
      (times, days) => {
        for (const time of times) {
          const [from, to] = [days.startOf(time), days.endOf(time)];
          expect(from <= time && time < to).toBe(true);
          expect([days.dayOf(from), days.dayOf(to - 1)]).toEqual([days.dayOf(time), days.dayOf(time)]);
          expect(days.dayOf(to) > days.dayOf(time)).toBe(true);
        }
      },
    ),
  );
});
