/**
 * A process that runs the seeds it is sent, one after the other. `--plant NAME` plants a bug first; `--server URL` lets the log lie in a PostgreSQL
 * that was started for it.
 */
import { parseArgs } from 'node:util';
import type { SimulationResult } from './simulation.ts';

export type Order = { readonly seeds: readonly number[]; readonly steps: number };
/** `isRepeatable`: a second run of the seed had the same log. With a real database, whose salts are its own, there is none. */
export type Report = SimulationResult & { readonly isRepeatable: boolean };

const { values } = parseArgs({ options: { plant: { type: 'string' }, server: { type: 'string' } } });
if (values.plant !== undefined) (await import('./plants.ts')).sow(values.plant);
const { simulate } = await import('./simulation.ts');
const openHome = values.server === undefined ? undefined : (await import('./simulation-databases.ts')).inPostgres(values.server);
// Expected failures are thrown by the thousand, and nobody reads where.
Error.stackTraceLimit = 4;

process.on('message', (order: Order) => {
  run(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function run({ seeds, steps }: Order): Promise<void> {
  const reports: Report[] = [];
  for (const seed of seeds) {
    const result = await simulate({ seed, steps, ...(openHome && { openHome }) });
    const again = openHome || result.violations.length > 0 ? result : await simulate({ seed, steps });
    reports.push({ ...result, isRepeatable: again.logHash === result.logHash && again.steps === result.steps });
  }
  process.send?.(reports);
}
