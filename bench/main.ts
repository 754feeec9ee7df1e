/**
 * `npm run bench [-- --json] [-- --only start,sequential,parallel,long]`: measures the built gateway as a process of its own on this
 * machine's disk and prints each figure with its limit. Figures of two machines cannot be compared; ratios to F can.
 */
import { parseArgs } from 'node:util';
import { startModel } from './gateway.ts';
import { measureLongSession, measureParallel, measureSequential, measureStart, type Result } from './measure.ts';

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
if (values.json)
  console.log(
    JSON.stringify(
      results.map((result) => ({ ...result, met: met(result) })),
      null,
      2,
    ),
  );
else console.log(asTable(results));
process.exitCode = results.every((result) => met(result) !== false) ? 0 : 1;

/** Whether a figure keeps its limit; `undefined` where it has none. */
function met({ value, limit }: Result): boolean | undefined {
  if (!limit) return undefined;
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;
}

function asTable(rows: readonly Result[]): string {
  const cells = rows.map((row) => {
    const limit = row.limit ? ('atMost' in row.limit ? `≤ ${short(row.limit.atMost)}` : `≥ ${short(row.limit.atLeast)}`) : '';
    return [row.name, `${short(row.value)} ${row.unit}`, limit, met(row) === undefined ? '' : met(row) ? 'met' : 'MISSED'];
  });
  const all = [['what', 'measured', 'limit', ''], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}
