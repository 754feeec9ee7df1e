import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Figures, type Fold, foldInto } from './fold.ts';
import { quantileOf } from './quantile.ts';

const HOW: readonly Fold[] = ['sum', 'highest', 'lowest'];
const howOf = (series: number): Fold => HOW[series % HOW.length] ?? 'sum';
const row = fc.array(fc.tuple(fc.nat(8), fc.integer({ min: -1000, max: 1000 })), { maxLength: 6 });

function folded(rows: readonly (readonly (readonly [number, number])[])[]): Figures {
  const figures: Figures = new Map();
  for (const each of rows) foldInto(figures, each, howOf);
  return figures;
}

const sorted = (figures: Figures) => [...figures].toSorted(([a], [b]) => a - b);

test('C2 folding in groups gives what folding at once gives, however the groups are cut', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (rows, size) => {
      const groups = Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size));
      expect(sorted(folded(groups.map((group) => [...folded(group)])))).toEqual(sorted(folded(rows)));
    }),
  );
});

test('C2 nothing that was counted is lost, and the worst of everything else stays', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      for (const [series, figure] of folded(rows)) {
        const all = rows.flat().flatMap(([of, value]) => (of === series ? [value] : []));
        const expected = { sum: all.reduce((sum, value) => sum + value, 0), highest: Math.max(...all), lowest: Math.min(...all) };
        expect(figure).toBe(expected[howOf(series)]);
      }
    }),
  );
});

test('C2 a quantile lies in the bucket that holds it, and grows with its share', () => {
  const bounds = [0, 0.1, 0.5, 1, 5, Number.POSITIVE_INFINITY];
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 5, maxLength: 5 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (counts, share) => {
      const buckets = counts.map((count, index) => ({ gt: bounds[index] ?? 0, le: bounds[index + 1] ?? 0, count }));
      const total = counts.reduce((sum, count) => sum + count, 0);
      const found = quantileOf(share, buckets);
      if (total === 0) return expect(found).toBeUndefined();
      const below = buckets.reduce((sum, { le, count }) => sum + (le <= (found ?? 0) ? count : 0), 0);
      const notAbove = buckets.reduce((sum, { gt, count }) => sum + (gt <= (found ?? 0) ? count : 0), 0);
      expect(below).toBeLessThanOrEqual(Math.ceil(share * total));
      expect(notAbove).toBeGreaterThanOrEqual(Math.floor(share * total));
      expect(quantileOf(share / 2, buckets)).toBeLessThanOrEqual(found ?? 0);
    }),
  );
});

test.each([
  [0.5, 1.5],
  [0.75, 2],
  [1, 2],
])('C2 the quantile %d of figures that are known by their buckets is %d', (share, expected) => {
  const buckets = [
    { gt: 0, le: 1, count: 1 },
    { gt: 1, le: 2, count: 2 },
    { gt: 2, le: Number.POSITIVE_INFINITY, count: 1 },
  ];
  expect(quantileOf(share, buckets)).toBe(expected);
});
