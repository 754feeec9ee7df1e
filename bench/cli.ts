/**
 * `npm run bench:cli [-- --json] [-- --runs 15]`: how long commands take as somebody runs them, `node_modules/.bin/openclaw` of a checkout with
 * its bundle. What the runtime alone takes to start is measured between them, for the limits mean a machine on which that is quick.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGateway } from '../e2e/gateway-process.ts';
import { type Result, report } from './report.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);
if (!Number.isSafeInteger(runs) || runs < 1) throw new Error('--runs expects a number from 1');

const OPENCLAW = join(import.meta.dirname, '../node_modules/.bin/openclaw');

await using gateway = await startGateway();
const env = { ...process.env, OPENCLAW_STATE_DIR: gateway.stateDir };
const commands = {
  runtime: [process.execPath, '-e', '0'],
  version: [OPENCLAW, 'version'],
  status: [OPENCLAW, 'status'],
  doctor: [OPENCLAW, 'doctor'],
} as const satisfies Record<string, readonly [string, ...string[]]>;
type Name = keyof typeof commands;
const names = Object.keys(commands) as Name[];

// Once for what is compiled and read from the disk only the first time. Then in turns, so that a slow moment is everyone's.
for (const name of names) time(name);
const tookMs = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
for (let run = 0; run < runs; run++) for (const name of names) tookMs[name].push(time(name));

/** The quickest run says what a command costs where nothing else runs. */
const results = (name: string, of: Name, atMost?: number): Result[] => [
  { name: `${name}, median of ${runs}`, value: median(tookMs[of]), unit: 'ms', ...(atMost !== undefined && { limit: { atMost } }) },
  { name: `${name}, quickest`, value: Math.min(...tookMs[of]), unit: 'ms' },
];
report(
  [
    ...results('the runtime alone (node -e 0)', 'runtime'),
    ...results('version', 'version', 80),
    ...results('status of a running gateway', 'status', 200),
    ...results('doctor of a running gateway', 'doctor', 3_000),
  ],
  values,
);

function time(name: Name): number {
  const [program, ...args] = commands[name];
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  const took = performance.now() - startedAt;
  if (status !== 0) throw new Error(`openclaw ${name} ended with ${status}: ${stderr}`);
  return took;
}
