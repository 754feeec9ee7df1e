/**
 * `npm run test:simulate`: 10,000 histories, each twice. `-- --seed 42 [--steps 500] [--trace]` runs one again and shows it;
 * `--plant NAME` looks for a planted bug.
 */
import { parseArgs } from 'node:util';
import { farm } from './farm.ts';
import { sow } from './plants.ts';
import { describeFailure, shrink } from './shrink.ts';
import type { Report } from './worker.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '10000' },
    steps: { type: 'string', default: '500' },
    trace: { type: 'boolean', default: false },
    plant: { type: 'string' },
  },
});
const steps = Number(values.steps);
if (values.seed === undefined) await runMany();
else await runOne(Number(values.seed));

async function runOne(seed: number): Promise<void> {
  if (values.plant !== undefined) sow(values.plant);
  const { simulate } = await import('./simulation.ts');
  const result = await simulate({ seed, steps, ...(values.trace ? { trace: (line) => console.log(line) } : {}) });
  console.log(`seed ${seed}: ${result.steps} steps, ${result.events} events, ${result.crashes} ends of the process, log ${result.logHash}`);
  for (const violation of result.violations) console.log(`VIOLATED ${violation}`);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
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
    ...(values.plant === undefined ? {} : { plant: values.plant }),
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(
    `${harvest.seeds} seeds, each twice · ${harvest.steps} steps · ${harvest.events} events · ${harvest.crashes} ends of a process · ${harvest.failed.length} failed · ${seconds} s`,
  );
  for (const report of harvest.failed.slice(0, 5))
    console.log(describeFailure(isHunt ? { ...report, steps } : await shrink(report, steps)));
  process.exitCode = harvest.failed.length === 0 ? 0 : 1;
}
