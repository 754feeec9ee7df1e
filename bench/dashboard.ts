/**
 * `npm run bench:dashboard [-- --json] [-- --events 1000000] [-- --only sizes,paint,reads,deep,tail,visible,isolation] [-- --tail-seconds 600]`:
 * the budgets of the dashboard, measured on the built product over a log of a million events in a real browser. Figures of this machine
 * when it does nothing else.
 */
import { parseArgs } from 'node:util';
import { measureIsolation } from './dashboard/isolation.ts';
import { measureDeepLink, measurePaint } from './dashboard/paint.ts';
import { measureReads } from './dashboard/reads.ts';
import { measureSizes } from './dashboard/sizes.ts';
import { measureTail, measureVisible } from './dashboard/tail.ts';
import { openWorld, type World } from './dashboard/world.ts';
import { type Result, report } from './report.ts';

const MEASUREMENTS = {
  sizes: async () => measureSizes(),
  paint: measurePaint,
  reads: measureReads,
  deep: measureDeepLink,
  visible: measureVisible,
  tail: measureTail,
  isolation: measureIsolation,
} as const satisfies Record<string, (world: World) => Promise<Result[]>>;
const isMeasurement = (name: string): name is keyof typeof MEASUREMENTS => Object.hasOwn(MEASUREMENTS, name);

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '1000000' },
    only: { type: 'string', default: Object.keys(MEASUREMENTS).join(',') },
    'tail-seconds': { type: 'string', default: '600' },
  },
});
const events = whole('events', values.events, 10_000);
const tailSeconds = whole('tail-seconds', values['tail-seconds'], 5);
const chosen = values.only.split(',');
const unknown = chosen.filter((name) => !isMeasurement(name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(MEASUREMENTS).join(', ')}`);

if (!values.json) console.error(`writing ${events.toLocaleString('en')} events …`);
await using world = await openWorld({ events, tailSeconds });
const results: Result[] = [];
for (const name of chosen.filter(isMeasurement)) {
  if (!values.json) console.error(`measuring: ${name} …`);
  results.push(...(await MEASUREMENTS[name](world)));
}
report(results, values);

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} expects a number from ${least}`);
  return value;
}
