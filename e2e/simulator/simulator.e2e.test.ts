import { describe, expect, it } from 'vitest';
import { farm } from './farm.ts';
import { PLANTS } from './plants.ts';
import { describeFailure } from './shrink.ts';

const STEPS = 500;

it('A1 A4 A5 A6 A8 F every law holds in 300 simulated histories with crashes, lost calls, failing disks and jumping clocks, and each seed has one log', async () => {
  const harvest = await farm({ firstSeed: 1, seeds: 300, steps: STEPS });
  expect(harvest.failed.map((report) => describeFailure({ ...report, steps: STEPS }))).toEqual([]);
  expect(harvest.seeds).toBe(300);
  expect(harvest.steps).toBeGreaterThan(300 * STEPS);
  expect(harvest.crashes).toBeGreaterThan(300);
});

describe('the simulator finds, within 40 seeds, that', () => {
  it.each(PLANTS.filter(({ log }) => log === 'disk').map(({ name }) => name))('%s', async (plant) => {
    const { failed } = await farm({ firstSeed: 1, seeds: 40, steps: STEPS, plant, isHunt: true });
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.violations[0]).toMatch(/^law \d/);
  });
});
