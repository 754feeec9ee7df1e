/**
 * `npm run bench:attack [-- --json] [-- --seconds 20] [-- --undefended]`: what one address can do to another. For each attack: how long another
 * address waits for its answers just before it, during it, and how soon after its end they are as quick as before. Ratios, so that a
 * slow or busy machine says the same. With --undefended the same without gateway.security.ddos, to see what the attacks are worth.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startGateway } from '../e2e/gateway-process.ts';
import { attackerAt, enterNetwork, GATEWAY, VICTIM } from './attack/network.ts';
import { type Result, report } from './report.ts';
import { quantile } from './statistics.ts';

const ATTACKS = ['slow-heads', 'slow-bodies', 'connections', 'upgrades', 'requests', 'guessing'] as const;
/** The other address asks some 500 times a minute; the limit is a little more. */
const MAX_PER_IP = 600;
const WARM_UP_S = 3;
const MOST_RECOVERY_S = 15;
/** So many answers in a row as quick as before mean that it is over. */
const CALM = 10;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    undefended: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
  },
});
const windowMs = Number(values.seconds) * 1000;
enterNetwork(ATTACKS.length);

const ddos = { enabled: true, connections: { maxPerIp: 20 }, rateLimit: { window: '1m', maxPerIp: MAX_PER_IP } };
const config = { gateway: { network: { host: '0.0.0.0' }, ...(!values.undefended && { security: { ddos } }) } };
await using gateway = await startGateway({ config });
const { port } = new URL(gateway.url());

type Sample = { readonly at: number; readonly ms: number; readonly good: boolean };
const samples: Sample[] = [];
const victim = run('victim.ts', [VICTIM, GATEWAY, port]);
victim.stdin?.end(await gateway.token());
createInterface({ input: victim.stdout ?? process.stdin }).on('line', (line) => void samples.push(JSON.parse(line) as Sample));
await delay(WARM_UP_S * 1000);

const results: Result[] = [];
for (const [number, kind] of ATTACKS.entries()) {
  const before = await measure(windowMs);
  const attacker = run('attacker.ts', [kind, attackerAt(number), GATEWAY, port]);
  await delay(1000);
  const during = await measure(windowMs);
  const done = await end(attacker);
  const recoveredMs = await recovery(before.p95);
  if (!values.json) console.log(`${kind}: ${done}`);
  results.push(
    { name: `${kind}: p95 of another address, before`, value: before.p95, unit: 'ms' },
    { name: `${kind}: p95 during it, of that before`, value: during.p95 / before.p95, unit: '×', limit: { atMost: 2 } },
    { name: `${kind}: requests of another address that failed`, value: during.failed, unit: '', limit: { atMost: 0 } },
    { name: `${kind}: until it is as before`, value: recoveredMs / 1000, unit: 's', limit: { atMost: 5 } },
  );
}
victim.kill();
report(results, values);

/** What the other address is answered from now on for a time; what failed took for ever. */
async function measure(ms: number): Promise<{ readonly p95: number; readonly failed: number }> {
  const from = Date.now();
  await delay(ms);
  const to = Date.now();
  // Those that are still waiting belong to it.
  await delay(500);
  const seen = samples.filter(({ at }) => at >= from && at < to);
  const failed = seen.filter(({ good }) => !good).length;
  return {
    p95: quantile(
      seen.map(({ ms: took, good }) => (good ? took : Number.POSITIVE_INFINITY)),
      0.95,
    ),
    failed,
  };
}

/** How long after now until answers are good and as quick as they were. */
async function recovery(p95: number): Promise<number> {
  const from = Date.now();
  while (Date.now() - from < MOST_RECOVERY_S * 1000) {
    const since = samples.filter(({ at }) => at >= from);
    for (let at = 0; at + CALM <= since.length; at++) {
      const window = since.slice(at, at + CALM);
      if (
        window.every(({ good }) => good) &&
        quantile(
          window.map(({ ms }) => ms),
          0.9,
        ) <=
          2 * p95
      )
        return (window[0]?.at ?? from) - from;
    }
    await delay(100);
  }
  return Number.POSITIVE_INFINITY;
}

function run(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, 'attack', program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function end(attacker: ChildProcess): Promise<string> {
  let said = '';
  attacker.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exited = new Promise((resolve) => attacker.once('exit', resolve));
  attacker.kill('SIGTERM');
  await exited;
  return said.trim();
}
