/** Kills the gateway at random moments under load, lets it recover by itself each time, and judges the log at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { type GatewayProcess, prepareGateway, until } from '../gateway-process.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { startTelegram, type TelegramServer } from '../stand-ins/telegram.ts';
import { type Load, startLoad } from './load.ts';
import { seeded } from './random.ts';
import { judge, type Verdict } from './verdict.ts';

export type CrashReport = Verdict & {
  readonly seed: number;
  readonly rounds: number;
  readonly acknowledged: number;
  /** From the start of the process until nothing was left to do, per round, ascending. */
  readonly recoveryMs: readonly number[];
};

export type CrashOptions = { readonly rounds: number; readonly seed: number; readonly onRound?: (round: number) => void };

const DRAIN_MS = 60_000;

export async function crashRounds({ rounds, seed, onRound }: CrashOptions): Promise<CrashReport> {
  const random = seeded(seed);
  const model = await startOpenAi({ answer: (request) => ({ text: `re: ${lastUserText(request.json())}`, latencyMs: random.below(25) }) });
  const telegram = await startTelegram();
  await using gateway = await prepareGateway({ config: configuration(model.url, telegram) });
  const load = startLoad(gateway, telegram);
  const recoveryMs: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      if (random.chance(0.2)) await killWhileStarting(gateway, random.below(400));
      recoveryMs.push(await recover(gateway));
      load.resume();
      await delay(20 + random.below(400));
      await gateway.kill();
      await load.pause();
      onRound?.(round);
    }
    recoveryMs.push(await recover(gateway));
    await settle(gateway, load, telegram);
    await gateway.stop();
    const evidence = { acknowledged: load.acknowledged, said: load.said, sent: telegram.sent };
    const verdict = judge(gateway.stateDir, evidence);
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
    await Promise.all([model.close(), telegram.close()]);
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

function configuration(modelUrl: string, telegram: TelegramServer) {
  return {
    gateway: { network: { rateLimit: { enabled: false } } },
    agents: { defaults: { model: 'stand-in/any' } },
    models: { providers: { 'stand-in': { api: 'openai-completions', baseUrl: modelUrl, apiKey: 'none' } } },
    channels: { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] } },
  };
}

function lastUserText(body: Record<string, unknown>): string {
  const messages = body['messages'] as { role: string; content: string | { text: string }[] }[];
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
