import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitting, MOST_BYTES, MOST_FILES } from './files.ts';

test('files are taken as long as they fit, and it is said when some do not', () => {
  expect(fitting([], [{ size: 10 }])).toEqual({ taken: [{ size: 10 }], left: false });
  expect(fitting([{ size: MOST_BYTES - 5 }], [{ size: 6 }, { size: 5 }])).toEqual({ taken: [{ size: 5 }], left: true });
  expect(
    fitting(
      [],
      Array.from({ length: MOST_FILES + 1 }, () => ({ size: 0 })),
    ).taken,
  ).toHaveLength(MOST_FILES);
});

test('what is taken never exceeds what a message may bring', () => {
  const files = fc.array(fc.record({ size: fc.nat(MOST_BYTES * 2) }), { maxLength: 50 });
  fc.assert(
    fc.property(files, files, (already, more) => {
      const first = fitting([], already).taken;
      const { taken, left } = fitting(first, more);
      const all = [...first, ...taken];
      expect(all.length).toBeLessThanOrEqual(MOST_FILES);
      expect(all.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
      expect(left).toBe(taken.length < more.length);
    }),
  );
});
