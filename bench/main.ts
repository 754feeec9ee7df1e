/**
 * `npm run bench [-- --json] [-- --only start,sequential,parallel,long]`: measures the built gateway as a process of its own on this
 * machine's disk and prints each figure with its limit. Figures of two machines cannot be compared; ratios to F can.
 */
import { parseArgs } from 'node:util';
import { startModel } from './gateway.ts';
import { measureLongSession, measureParallel, measureSequential, measureStart } from './measure.ts';
import { type Result, report } from './report.ts';

const MEASUREMENTS = { start: measureStart, sequential: measureSequential, parallel: measureParallel, long: measureLongSession } as const;
const isMeasurement = (name: string): name is keyof typeof MEASUREMENTS => Object.hasOwn(MEASUREMENTS, name);

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: Object.keys(MEASUREMENTS).join(',') } },
});
const chosen = values.only.split(',');
const unknown = chosen.filter((name) => !isMeasurement(name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(MEASUREMENTS).join(', ')}`);

await using model = await startModel();
const results: Result[] = [];
for (const name of chosen.filter(isMeasurement)) {
  if (!values.json) console.error(`measuring: ${name} …`);
  results.push(...(await MEASUREMENTS[name](model)));
}
report(results, values);
