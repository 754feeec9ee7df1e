import { expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

const rows = (count: number, from = 1) =>
  Array.from({ length: count }, (_, at) => ({ position: from + at, time: 0, type: 'x.y', severity: 'info', summary: '' }) as const);

it('lets everything through up to 2,000 rows a second, and one in so many beyond', () => {
  const limiter = new RateLimiter();
  for (let batch = 0; batch < 10; batch++) expect(limiter.pass(rows(200), batch * 100)).toMatchObject({ oneIn: 1, rows: { length: 200 } });
  const fast = limiter.pass(rows(500), 950);
  expect(fast.oneIn).toBe(10);
  expect(fast.rows.map(({ position }) => position)).toEqual(Array.from({ length: 50 }, (_, at) => (at + 1) * 10));
  expect(limiter.pass(rows(200), 2_000)).toMatchObject({ oneIn: 1, rows: { length: 200 } });
});
