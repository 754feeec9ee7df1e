import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farm } from './farm.ts';
import { PLANTS } from './plants.ts';
import { describeFailure } from './shrink.ts';
import { type SimulationServer, startSimulationServer } from './simulation-server.ts';

const STEPS = 600;

let server: SimulationServer;

beforeAll(async () => {
  server = await startSimulationServer();
});
afterAll(() => server[Symbol.asyncDispose]());

it('A1 A4 A5 A6 A8 A12 every law holds in 20 simulated histories whose log lies in a real PostgreSQL, with crashes, takeovers, paused leaders, cut connections and a database that is away', async () => {
  const harvest = await farm({ firstSeed: 1, seeds: 20, steps: STEPS, server: server.url });
  expect(harvest.failed.map((report) => describeFailure({ ...report, steps: STEPS, log: 'postgres' }))).toEqual([]);
  expect(harvest.seeds).toBe(20);
  expect(harvest.steps).toBeGreaterThan(20 * STEPS);
  expect(harvest.events).toBeGreaterThan(1000);
  expect(harvest.crashes).toBeGreaterThan(20);
});

describe('the simulator finds over PostgreSQL, within 40 seeds, that', () => {
  it.each(PLANTS.filter(({ log }) => log === 'postgres').map(({ name }) => name))('%s', async (plant) => {
    const { failed } = await farm({ firstSeed: 1, seeds: 40, steps: STEPS, server: server.url, plant, isHunt: true });
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.violations[0]).toMatch(/^law \d/);
  });
});
