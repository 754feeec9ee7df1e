import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farm } from './farm.ts';
import { describeFailure } from './shrink.ts';
import { type SimulationServer, startSimulationServer } from './simulation-server.ts';

const STEPS = 600;
const SEEDS = 10;
/** Those that break a law in every few histories. The others are run with `npm run test:simulate -- --log postgres --plant NAME`. */
const HUNTED = ['an append is answered before the database has committed it', 'the key of an append is not looked up in the database'];

let server: SimulationServer;

beforeAll(async () => {
  server = await startSimulationServer();
});
afterAll(() => server[Symbol.asyncDispose]());

it('A1 A4 A5 A6 A8 A12 every law holds in ten simulated histories whose log lies in a real PostgreSQL, with crashes, takeovers, paused leaders, cut connections and a database that is away', async () => {
  const harvest = await farm({ firstSeed: 1, seeds: SEEDS, steps: STEPS, server: server.url });
  expect(harvest.failed.map((report) => describeFailure({ ...report, steps: STEPS, log: 'postgres' }))).toEqual([]);
  expect(harvest.seeds).toBe(SEEDS);
  expect(harvest.steps).toBeGreaterThan(SEEDS * STEPS);
  expect(harvest.events).toBeGreaterThan(50 * SEEDS);
  expect(harvest.crashes).toBeGreaterThan(SEEDS);
});

describe('the simulator finds over PostgreSQL, within 40 seeds, that', () => {
  it.each(HUNTED)('%s', async (plant) => {
    const { failed } = await farm({ firstSeed: 1, seeds: 40, steps: STEPS, server: server.url, plant, isHunt: true });
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.violations[0]).toMatch(/^law \d/);
  });
});
