import { expect, it } from 'vitest';
import { crashRounds, describeReport } from './rounds.ts';

it('A1 A6 loses nothing that it acknowledged, answers nothing twice unmarked and keeps every order through ten kills under load', async () => {
  const seed = Date.now() % 1e9;
  const report = await crashRounds({ rounds: 10, seed });
  console.log(describeReport(report));
  expect(report.violations, `seed ${seed}`).toEqual([]);
  expect(report.lost).toBe(0);
  expect(report.acknowledged).toBeGreaterThan(100);
});
