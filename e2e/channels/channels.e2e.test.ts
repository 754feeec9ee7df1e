import { expect, it } from 'vitest';
import { describeReport, drive } from './drive.ts';
import { RIGS } from './rigs/index.ts';

/** Most of the time something waits: two at once take little longer than one. */
const AT_ONCE = 2;
const names = Object.keys(RIGS);
const groups = Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, index) => names.slice(index * AT_ONCE, (index + 1) * AT_ONCE));

it.each(groups.map((group) => [group.join(' and '), group] as const))(
  'A10 A6 %s: every message is answered once and in order through repeats, faults of every kind, disconnects and two kills',
  async (_, group) => {
    const seed = Date.now() % 1e9;
    const report = async (name: string) => {
      const rig = RIGS[name];
      if (!rig) throw new Error(`there is no channel ${name}`);
      const driven = await drive({ rig, messages: 96, seed });
      console.log(describeReport(name, driven));
      expect(driven.violations, `${name}, seed ${seed}`).toEqual([]);
      expect(driven.faults, `${name}: each kind of fault`).toBeGreaterThanOrEqual(driven.faultKinds);
    };
    await Promise.all(group.map(report));
  },
);
