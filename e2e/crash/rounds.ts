/** Kills the gateway at random moments under load, lets it recover by itself each time, and judges the log at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { type GatewayProcess, prepareGateway, until } from '../gateway-process.ts';
import { type Random, seeded } from '../random.ts';
import type { TelegramServer } from '../stand-ins/telegram.ts';
import { type Load, startLoad } from './load.ts';
import { startSurroundings } from './surroundings.ts';
import { judge, judgeSoFar, type Verdict } from './verdict.ts';

export type CrashReport = Verdict & {
  readonly seed: number;
  readonly rounds: number;
  readonly acknowledged: number;
  /** From the start of the process until nothing was left to do, per round, ascending. */
  readonly recoveryMs: readonly number[];
};

export type CrashOptions = {
  readonly rounds: number;
  readonly seed: number;
  /** With the log in this PostgreSQL database. */
  readonly database?: string;
  readonly onRound?: (round: number) => void;
  /** What is known to be violated while it goes on: judged every `JUDGED_EVERY` rounds, and wholly at the end. */
  readonly onViolations?: (round: number, violations: readonly string[]) => void;
};

const DRAIN_MS = 120_000;
const BROKEN_MS = 5_000;
const JUDGED_EVERY = 50;

export async function crashRounds({ rounds, seed, database, onRound, onViolations }: CrashOptions): Promise<CrashReport> {
  const random = seeded(seed);
  const { telegram, config, close } = await startSurroundings(() => random.below(25));
  await using gateway = await prepareGateway({ config, ...(database !== undefined && { env: { OPENCLAW_DATABASE_URL: database } }) });
  const load = startLoad(gateway, telegram);
  const recoveryMs: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      if (random.chance(0.2)) await killWhileStarting(gateway, random.below(400));
      recoveryMs.push(await recover(gateway));
      if (random.chance(0.25)) await breakTelegram(telegram, random, () => load.resume());
      else load.resume();
      await delay(20 + random.below(400));
      await gateway.kill();
      for (const method of BROKEN_METHODS) telegram.failAlways(method, undefined);
      await load.pause();
      onRound?.(round);
      if (!onViolations || round % JUDGED_EVERY !== 0) continue;
      onViolations(round, [...load.violations, ...(await judgeSoFar(gateway.stateDir, load.acknowledged))]);
    }
    recoveryMs.push(await recover(gateway));
    await settle(gateway, load, telegram);
    await gateway.stop();
    const evidence = { acknowledged: load.acknowledged, said: load.said, sent: telegram.sent };
    const verdict = await judge(gateway.stateDir, evidence);
    const violations = [...load.violations, ...verdict.violations];
    return {
      ...verdict,
      violations,
      seed,
      rounds,
      acknowledged: load.acknowledged.size + load.said.size,
      recoveryMs: recoveryMs.toSorted((a, b) => a - b),
    };
  } finally {
    await gateway.kill();
    await load.end();
    await close();
  }
}

export function describeReport(report: CrashReport): string {
  const { seed, rounds, events, messages, acknowledged, lost, duplicatesMarked, duplicatesUnmarked, recoveryMs, violations } = report;
  const at = (share: number) => Math.round(recoveryMs[Math.min(recoveryMs.length - 1, Math.floor(recoveryMs.length * share))] ?? 0);
  return [
    `rounds ${rounds} (seed ${seed}) · events ${events} · messages ${messages}`,
    `acknowledged ${acknowledged} · lost ${lost} · sent twice on Telegram: marked ${duplicatesMarked}, unmarked ${duplicatesUnmarked}`,
    `start to empty queue: p50 ${at(0.5)} ms, max ${at(1)} ms`,
    violations.length === 0
      ? 'every law held'
      : `VIOLATED:\n  ${violations.slice(0, 20).join('\n  ')}${violations.length > 20 ? `\n  … and ${violations.length - 20} more` : ''}`,
  ].join('\n');
}

/** Starts the gateway and waits until what the crash left undone is done. Nobody helps it. */
async function recover(gateway: GatewayProcess): Promise<number> {
  const startedAt = performance.now();
  await gateway.start();
  await drained(gateway);
  return performance.now() - startedAt;
}

async function killWhileStarting(gateway: GatewayProcess, afterMs: number): Promise<void> {
  const started = gateway.start().catch(() => undefined);
  await delay(afterMs);
  await gateway.kill();
  await started;
}

const BROKEN_METHODS = ['sendMessage', 'getUpdates'] as const;
const BREAKS = ['hang', 'drop', 'drop-after'] as const;

/**
 * From now on Telegram does not answer, or not so that one knows what it did: whoever dies then leaves a reply of unknown fate, or
 * updates that were taken and not confirmed. Resolves when the gateway has run into it.
 */
async function breakTelegram(telegram: TelegramServer, random: Random, resume: () => void): Promise<void> {
  const method = random.pick(BROKEN_METHODS);
  const before = telegram.calls.get(method) ?? 0;
  telegram.failAlways(method, { fault: random.pick(BREAKS) });
  resume();
  await telegram.until(() => (telegram.calls.get(method) ?? 0) > before, BROKEN_MS).catch(() => undefined);
}

async function drained(gateway: GatewayProcess): Promise<void> {
  await until('the queue drains', async () => (await unsettled(gateway)) === 0 || undefined, DRAIN_MS).catch(async (error: Error) => {
    const left = await gateway.json<{ rows: unknown[] }>('/api/messages?settled=false&limit=3');
    throw new Error(`${error.message}; left: ${JSON.stringify(left.rows)}\n${gateway.output().slice(-4000)}`);
  });
}

async function unsettled(gateway: GatewayProcess): Promise<number> {
  const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
  return rows.length;
}

/** After the last crash everyone writes a little longer, so that what was unacknowledged is sent again; then all of it must settle. */
async function settle(gateway: GatewayProcess, load: Load, telegram: TelegramServer): Promise<void> {
  load.resume();
  await delay(300);
  await load.pause();
  // Whoever is still without an answer when the time is over is named by the judge, with what the log says of the message.
  const answered = () => new Set(telegram.sent.map(({ text }) => text)).size >= load.said.size;
  await telegram.until(answered, DRAIN_MS).catch(() => undefined);
  await drained(gateway);
}
