/**
 * `npm run bench:log [-- --json] [-- --events 1000000] [-- --only append,views,pages,export,start]`: what the event log can do, without a gateway
 * around it. F (4 KiB appended and brought to the disk, a second), c (what an event costs the writer) and r (events read and parsed a
 * second) are measured in the same run, because only ratios to them can be compared between machines (docs/adr/0012).
 */
import { parseArgs } from 'node:util';
import { measureAppend } from './log/append.ts';
import { measureExport } from './log/export.ts';
import { makeHistory } from './log/history.ts';
import { measurePages } from './log/pages.ts';
import { forThisMachine, replayRate } from './log/speed.ts';
import { measureStart } from './log/start.ts';
import { measureViews } from './log/views.ts';
import { type Result, report } from './report.ts';

const MEASUREMENTS = {
  append: measureAppend,
  views: measureViews,
  pages: measurePages,
  export: measureExport,
  start: measureStart,
} as const;
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

if (!values.json) console.error(`writing ${events.toLocaleString('en')} events …`);
using history = makeHistory(events);
const replay = replayRate(history);
const results: Result[] = [{ name: 'r: replay, pages of 1,000, parsed', value: replay, unit: '/s' }];
for (const name of chosen.filter(isMeasurement)) {
  if (!values.json) console.error(`measuring: ${name} …`);
  results.push(...(await MEASUREMENTS[name](history)));
}
report(
  results.map((result) => forThisMachine(result, replay)),
  values,
);
