/**
 * `npm run bench:instances [-- --json] [-- --events 1000000] [-- --only append,tail,move,head]`: what a log in PostgreSQL can do that several
 * instances share. The server runs on this machine with its default durability; what its disk and processor allow is measured beside, with
 * plain inserts in the same run, because only ratios can be compared between machines.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../packages/db/src/testing/postgres.ts';
import { measureAppend } from './instances/append.ts';
import { measureHead } from './instances/head.ts';
import { measureMove } from './instances/move.ts';
import { measureTail } from './instances/tail.ts';
import { type Result, report } from './report.ts';

const MEASUREMENTS = { append: measureAppend, tail: measureTail, move: measureMove, head: measureHead } as const;
const isMeasurement = (name: string): name is keyof typeof MEASUREMENTS => Object.hasOwn(MEASUREMENTS, name);

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '1000000' },
    only: { type: 'string', default: Object.keys(MEASUREMENTS).join(',') },
  },
});
const events = Number(values.events);
if (!Number.isSafeInteger(events) || events < 10_000) throw new Error('--events expects a number from 10000');
const chosen = values.only.split(',');
const unknown = chosen.filter((name) => !isMeasurement(name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(MEASUREMENTS).join(', ')}`);

await using server = await startPostgres();
const results: Result[] = [];
for (const name of chosen.filter(isMeasurement)) {
  if (!values.json) console.error(`measuring: ${name} …`);
  results.push(...(await MEASUREMENTS[name](server, events)));
}
report(results, values);
