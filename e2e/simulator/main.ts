/**
 * `npm run test:simulate`: 10,000 histories, each twice. `-- --seed 42 [--steps 500] [--trace]` runs one again and shows it;
 * `--plant NAME` looks for a planted bug; `--log postgres` lets the log lie in a real PostgreSQL, and runs each history once.
 */
import { parseArgs } from 'node:util';
import { farm } from './farm.ts';
import { sow } from './plants.ts';
import type { SimulationOptions } from './simulation.ts';
import { startSimulationServer } from './simulation-server.ts';
import type { Report } from './worker.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '10000' },
    steps: { type: 'string' },
    trace: { type: 'boolean', default: false },
    plant: { type: 'string' },
    log: { type: 'string', default: 'disk' },
  },
});
if (values.log !== 'disk' && values.log !== 'postgres') throw new Error('--log is disk or postgres');
/** What is asked of a real database are steps, too. */
const steps = Number(values.steps ?? (values.log === 'postgres' ? 1500 : 500));
await using server = values.log === 'postgres' ? await startSimulationServer() : undefined;
if (values.seed === undefined) await runMany();
else await runOne(Number(values.seed));

async function runOne(seed: number): Promise<void> {
  if (values.plant !== undefined) sow(values.plant);
  const { simulate } = await import('./simulation.ts');
  const result = await simulate({ seed, steps, ...(await where()), ...(values.trace ? { trace: (line) => console.log(line) } : {}) });
  console.log(`seed ${seed}: ${result.steps} steps, ${result.events} events, ${result.crashes} ends of the process, log ${result.logHash}`);
  for (const violation of result.violations) console.log(`VIOLATED ${violation}`);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}

/** Nothing of the product is loaded before a bug is planted into it. */
async function where(): Promise<Pick<SimulationOptions, 'openHome'>> {
  return server ? { openHome: (await import('./simulation-databases.ts')).inPostgres(server.url) } : {};
}

async function runMany(): Promise<void> {
  const seeds = Number(values.seeds);
  const startedAt = performance.now();
  const isHunt = values.plant !== undefined;
  let shown = 0;
  const onProgress = (done: number) => {
    if (done - shown < seeds / 50 && done < seeds) return;
    shown = done;
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${done} of ${seeds} seeds, ${Math.round(seconds)} s, ${Math.round(((seeds - done) * seconds) / done)} s left`);
  };
  const onFailed = ({ seed, violations, isRepeatable }: Report) =>
    console.log(`seed ${seed} FAILED: ${[...violations, ...(isRepeatable ? [] : ['it came out differently the second time'])].join('; ')}`);
  const harvest = await farm({
    firstSeed: Number(values.first),
    seeds,
    steps,
    onProgress,
    onFailed,
    isHunt,
    ...(server && { server: server.url }),
    ...(values.plant === undefined ? {} : { plant: values.plant }),
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(
    `${harvest.seeds} seeds, each ${server ? 'once' : 'twice'} · ${harvest.steps} steps · ${harvest.events} events · ${harvest.crashes} ends of a process · ${harvest.failed.length} failed · ${seconds} s`,
  );
  const { describeFailure, shrink } = await import('./shrink.ts');
  for (const report of harvest.failed.slice(0, 5))
    console.log(describeFailure(isHunt ? { ...report, steps } : await shrink(report, { steps, ...(await where()) })));
  process.exitCode = harvest.failed.length === 0 ? 0 : 1;
}
