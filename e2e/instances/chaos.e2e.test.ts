import { expect, test } from 'vitest';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { crashRounds, describeReport } from '../crash/rounds.ts';
import { chaos, describeChaos } from './chaos.ts';

test('A12 three instances behind nginx lose nothing, answer nothing twice and keep every order while they are killed and paused and the database is restarted', async () => {
  const seed = Date.now() % 1e9;
  const report = await chaos({ seed, seconds: 30, everyMs: 3_000, databaseRestarts: 1 });
  console.log(describeChaos(report));
  expect(report.violations, `seed ${seed}`).toEqual([]);
  expect(report.lost).toBe(0);
  expect(report.acknowledged).toBeGreaterThan(20);
  expect(report.takeoverMs.at(-1)).toBeLessThan(10_000);
});

test('A1 A12 with its log in PostgreSQL the gateway loses nothing that it acknowledged through five kills under load', async () => {
  await using server = await startPostgres();
  const seed = Date.now() % 1e9;
  const report = await crashRounds({ rounds: 5, seed, database: await server.database('openclaw') });
  console.log(describeReport(report));
  expect(report.violations, `seed ${seed}`).toEqual([]);
  expect(report.lost).toBe(0);
  expect(report.acknowledged).toBeGreaterThan(30);
});
