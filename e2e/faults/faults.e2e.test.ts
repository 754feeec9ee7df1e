import { beforeAll, expect, it } from 'vitest';
import { ensureProgram } from '../../scripts/programs.mjs';
import { KINDS } from './kinds.ts';
import { describeRound, faultRounds } from './rounds.ts';
import type { Injection } from './strace.ts';

const INSTALL_MS = 300_000;

beforeAll(async () => {
  console.log(await ensureProgram('strace'));
}, INSTALL_MS);

const injections = (kind: string, ...nth: readonly number[]): Injection[] => nth.flatMap((n) => KINDS[kind]?.(n) ?? []);

it.each([
  ['the n-th sync fails', injections('sync', 1, 3, 4, 5, 9, 30)],
  ['the n-th write fails', injections('write', 4, 40)],
  ['the disk is full at the n-th write', injections('full', 60)],
])(
  'F1 A1 when %s the gateway says so and ends, has promised nothing that is not in the log, and its next start makes it good',
  async (_, wanted) => {
    const report = await faultRounds({ injections: wanted });
    console.log(report.rounds.map(describeRound).join('\n'));
    expect(report.violations).toEqual([]);
    expect(report.lost).toBe(0);
    expect(report.rounds.filter(({ hits }) => hits.length > 0)).toHaveLength(wanted.length);
    expect(report.acknowledged).toBeGreaterThan(10);
  },
);
