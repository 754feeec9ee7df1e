import { expect, it } from 'vitest';
import { describeReport, drive } from './drive.ts';
import { RIGS } from './rigs/index.ts';

it.each(Object.entries(RIGS))(
  'A10 A6 %s: every message is answered once and in order through repeats, faults, disconnects and two kills',
  async (name, rig) => {
    const seed = Date.now() % 1e9;
    const report = await drive({ rig, messages: 150, seed });
    console.log(describeReport(name, report));
    expect(report.violations, `seed ${seed}`).toEqual([]);
  },
);
