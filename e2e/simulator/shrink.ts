/** Makes a failing history shorter, and says how to see it. */
import { type SimulationOptions, simulate } from './simulation.ts';
import type { Report } from './worker.ts';

export type Failure = Pick<Report, 'seed' | 'violations' | 'isRepeatable'> & { readonly steps: number; readonly log?: 'postgres' };

/** The fewest steps with faults, of those tried, after which the seed still fails. */
export async function shrink(report: Report, options: Pick<SimulationOptions, 'steps' | 'openHome'>): Promise<Failure> {
  const { steps } = options;
  let shortest: Failure = { ...report, steps, ...(options.openHome && { log: 'postgres' }) };
  for (let cut = Math.floor(steps / 2); cut >= 1; cut = Math.floor(cut / 2)) {
    const fewer = shortest.steps - cut;
    if (fewer < 1 || report.violations.length === 0) continue;
    const { violations } = await simulate({ ...options, seed: report.seed, steps: fewer });
    if (violations.length > 0) shortest = { ...shortest, violations, steps: fewer };
  }
  return shortest;
}

export function describeFailure({ seed, steps, violations, isRepeatable, log }: Failure): string {
  const what = violations.length > 0 ? violations.slice(0, 5).join('\n  ') : isRepeatable ? 'nothing' : 'the second run had another log';
  const where = log ? ` --log ${log}` : '';
  return `seed ${seed} FAILED:\n  ${what}\n  see it: npm run test:simulate -- --seed ${seed} --steps ${steps}${where} --trace`;
}
