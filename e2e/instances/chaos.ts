/**
 * Three instances behind nginx under load, one of which is killed or paused again and again while the database is restarted now and then; the
 * laws are judged on the copy of an instance at the end, as after the kills of a single one.
 */

import { join } from 'node:path';

import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresServer, startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { startLoad } from '../crash/load.ts';
import { startSurroundings } from '../crash/surroundings.ts';
import { judge, type Verdict } from '../crash/verdict.ts';
import { type GatewayProcess, startGateway, until } from '../gateway-process.ts';
import { type Random, seeded } from '../random.ts';
import { freePorts } from '../remote/free-port.ts';
import { startNginx } from '../remote/nginx-process.ts';

const TLS = join(import.meta.dirname, '../../apps/gateway/src/http/testing/tls');
const TOKEN = 'the-token-of-all-instances';
const DRAIN_MS = 120_000;
/** How long an instance stays paused: longer than anyone waits for it. */
const PAUSE_MS = 9_000;
const DATABASE_AWAY_MS = 1_500;

export type ChaosOptions = {
  readonly seed: number;
  readonly seconds: number;
  readonly everyMs: number;
  readonly databaseRestarts: number;
  readonly onStep?: (step: string) => void;
};

export type ChaosReport = Verdict & {
  readonly seed: number;
  readonly acknowledged: number;
  readonly killed: number;
  readonly paused: number;
  /** From the loss of the leader until a message was answered again, ascending. */
  readonly takeoverMs: readonly number[];
};

export async function chaos({ seed, seconds, everyMs, databaseRestarts, onStep = () => undefined }: ChaosOptions): Promise<ChaosReport> {
  const random = seeded(seed);
  const surroundings = await startSurroundings(() => random.below(25));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => surroundings.close());
  const database = stack.use(await startPostgres());
  const instances = await startInstances(stack, database, surroundings.config);
  const front = await startFront(stack, instances);
  const load = startLoad(front, surroundings.telegram);
  stack.defer(() => load.end());
  const counted = { killed: 0, paused: 0 };
  const takeoverMs: number[] = [];
  const endsAt = performance.now() + seconds * 1000;
  const databaseEvery = (seconds * 1000) / (databaseRestarts + 1);
  let databaseAt = performance.now() + databaseEvery;
  let restarts = 0;
  load.resume();
  while (performance.now() < endsAt) {
    await delay(everyMs);
    if (restarts < databaseRestarts && performance.now() > databaseAt) {
      restarts += 1;
      databaseAt += databaseEvery;
      onStep('the database is restarted');
      await database.stop(restarts % 2 ? 'immediate' : 'fast');
      await delay(DATABASE_AWAY_MS);
      await database.start();
      await answered(front, 'after the database');
      continue;
    }
    const leader = await leaderOf(instances);
    const victim = takeoverMs.length === 0 || random.chance(0.7) ? leader : random.pick(instances);
    const lostAt = performance.now();
    const end = random.chance(0.5) ? await kill(victim, counted) : await pause(victim, counted);
    onStep(`instance ${instances.indexOf(victim) + 1} (${victim === leader ? 'leads' : 'stands by'}) is ${end.how}`);
    await answered(survivor(instances, victim), 'after an instance');
    if (victim === leader) takeoverMs.push(performance.now() - lostAt);
    await end.undo(random);
  }
  onStep('everything is let settle');
  await load.pause();
  const telegram = surroundings.telegram;
  await telegram.until(() => new Set(telegram.sent.map(({ text }) => text)).size >= load.said.size, DRAIN_MS).catch(() => undefined);
  await until('the queue drains', async () => (await unsettled(front)) === 0 || undefined, DRAIN_MS);
  const last = await leaderOf(instances);
  for (const instance of instances.filter((each) => each !== last)) {
    await instance.stop();
  }
  await last.stop();
  const verdict = await judge(last.stateDir, { acknowledged: load.acknowledged, said: load.said, sent: telegram.sent });
  return {
    ...verdict,
    ...counted,
    violations: [...load.violations, ...verdict.violations],
    seed,
    acknowledged: load.acknowledged.size + load.said.size,
    takeoverMs: takeoverMs.toSorted((a, b) => a - b),
  };
}

export function describeChaos(report: ChaosReport): string {
  const { seed, killed, paused, events, messages, acknowledged, lost, duplicatesMarked, duplicatesUnmarked, takeoverMs, violations } =
    report;
  const at = (share: number) => Math.round(takeoverMs[Math.min(takeoverMs.length - 1, Math.floor(takeoverMs.length * share))] ?? 0);
  return [
    `killed ${killed} · paused ${paused} (seed ${seed}) · events ${events} · messages ${messages}`,
    `acknowledged ${acknowledged} · lost ${lost} · sent twice on Telegram: marked ${duplicatesMarked}, unmarked ${duplicatesUnmarked}`,
    `${takeoverMs.length} takeovers, from the loss of the leader to the next answer: p50 ${at(0.5)} ms, the longest ${at(1)} ms`,
    violations.length === 0 ? 'every law held' : `VIOLATED:\n  ${violations.slice(0, 20).join('\n  ')}`,
  ].join('\n');
}

async function startInstances(stack: AsyncDisposableStack, database: PostgresServer, config: object): Promise<GatewayProcess[]> {
  const url = await database.database('openclaw');
  const ports = await freePorts(3);
  const { gateway: shared, ...rest } = config as { readonly gateway: { readonly network: object } };
  const instances: GatewayProcess[] = [];
  for (const [index, port] of ports.entries()) {
    const gateway = {
      ...shared,
      // Each request would be a line.
      logging: { level: 'warn' },
      network: { ...shared.network, trustedProxies: ['127.0.0.1'] },
      instance: { name: `instance-${index + 1}` },
      database: { url },
    };
    const options = { config: { ...rest, gateway }, env: { OPENCLAW_GATEWAY_TOKEN: TOKEN }, args: ['--port', String(port)] };
    instances.push(stack.use(await startGateway(options)));
  }
  return instances;
}

/** The instances as people reach them: through nginx, which takes whichever has least to do. */
async function startFront(stack: AsyncDisposableStack, instances: readonly GatewayProcess[]): Promise<GatewayProcess> {
  const [first] = instances;
  if (!first) throw new Error('there are no instances');
  const [https = 0, http = 0] = await freePorts(2);
  const { stdout } = await first.command([
    ...['gateway', 'nginx', '--domain', 'localhost', '--cert', join(TLS, 'cert.pem'), '--key', join(TLS, 'key.pem')],
    ...['--instances', instances.map((instance) => instance.url().replace('http://', '')).join(',')],
    ...['--https-port', String(https), '--http-port', String(http)],
  ]);
  // The load speaks plain HTTP: what nginx does with it is the same.
  const site = stdout
    .replace(`listen ${https} ssl;`, `listen ${https};`)
    .replace(`listen [::]:${https} ssl;`, '')
    .replaceAll(/^\s*ssl_.*$/gm, '');
  stack.use(await startNginx(site, http));
  const url = `http://127.0.0.1:${https}`;
  const request = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${TOKEN}`);
    if (typeof init.body === 'string') headers.set('content-type', 'application/json');
    return fetch(url + path, { ...init, headers });
  };
  return {
    ...first,
    url: () => url,
    token: async () => TOKEN,
    request,
    json: async <T>(path: string, init?: RequestInit) => (await (await request(path, init)).json()) as T,
  };
}

/** Whoever leads says so of itself. */
async function leaderOf(instances: readonly GatewayProcess[]): Promise<GatewayProcess> {
  return await until('an instance leads', async () => {
    for (const instance of instances) {
      const answer = await fetch(`${instance.url()}/healthz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      if (answer?.ok && ((await answer.json()) as { readonly status: string }).status === 'live') return instance;
    }
    return undefined;
  });
}

/** Asked itself: nginx may well send a request to an instance that is paused. */
function survivor(instances: readonly GatewayProcess[], victim: GatewayProcess): GatewayProcess {
  return instances.find((instance) => instance !== victim) ?? victim;
}

async function answered(instance: GatewayProcess, what: string): Promise<void> {
  let last = '';
  const text = `watch #${Math.floor(performance.now() * 1000)}`;
  await until(`a message is answered ${what}`, async () => {
    const answer = await fetch(`${instance.url()}/api/messages?wait=2s`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      // What hangs at a paused leader is asked again, and is the same message.
      body: JSON.stringify({ from: 'watch', text, idempotencyKey: text }),
      signal: AbortSignal.timeout(2500),
    }).catch((error: unknown) => {
      last = String(error);
    });
    if (answer) last = `${answer.status} ${await answer.text()}`;
    return answer?.status === 200 || undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; the last answer: ${last}`);
  });
}

async function unsettled(front: GatewayProcess): Promise<number> {
  const { rows } = await front.json<{ readonly rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
  return rows.length;
}

type End = { readonly how: string; readonly undo: (random: Random) => Promise<void> };

async function kill(victim: GatewayProcess, counted: { killed: number }): Promise<End> {
  counted.killed += 1;
  await victim.kill();
  return { how: 'killed', undo: () => victim.start() };
}

/** Another has taken over long before it goes on. */
async function pause(victim: GatewayProcess, counted: { paused: number }): Promise<End> {
  counted.paused += 1;
  process.kill(victim.pid(), 'SIGSTOP');
  return {
    how: 'paused',
    undo: async (random) => {
      await delay(PAUSE_MS + random.below(2000));
      process.kill(victim.pid(), 'SIGCONT');
      await until('the paused instance stands by', async () => {
        const answer = await fetch(`${victim.url()}/readyz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
        return answer?.ok || undefined;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${victim.output().slice(-4000)}`);
      });
    },
  };
}
