import { expect, it } from 'vitest';
import { misplaced, PLANTS } from './plants.ts';

it('every planted bug still has its place in the source', () => {
  expect(misplaced()).toEqual([]);
  expect(PLANTS.length).toBeGreaterThanOrEqual(10);
});
