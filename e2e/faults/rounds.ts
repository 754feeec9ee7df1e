/**
 * Starts the gateway with one system call that fails, under load, and looks at what becomes of it: what it says, what it has promised,
 * what is on the disk, and whether the next start makes everything good.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ERRORS } from '@openclaw-gateway/events';
import { startLoad } from '../crash/load.ts';
import { startSurroundings } from '../crash/surroundings.ts';
import { judge, judgeFile } from '../crash/verdict.ts';
import { type GatewayProcess, prepareGateway, until } from '../gateway-process.ts';
import type { TelegramServer } from '../stand-ins/telegram.ts';
import { describeInjection, type Hit, hitsIn, type Injection, underStrace } from './strace.ts';

export type FaultRound = {
  readonly injection: Injection;
  readonly hits: readonly Hit[];
  /** `refused`: it did not start. `ended`: it stopped by itself. `served`: it went on. */
  readonly gateway: 'refused' | 'ended' | 'served';
  readonly exitCode: number | undefined;
  /** The error codes that it gave. */
  readonly codes: readonly string[];
};

export type FaultReport = {
  readonly rounds: readonly FaultRound[];
  readonly acknowledged: number;
  readonly lost: number;
  readonly events: number;
  /** What must never happen, in words. */
  readonly violations: readonly string[];
};

export type FaultOptions = { readonly injections: readonly Injection[]; readonly onRound?: (round: FaultRound) => void };

const MOST_LOAD_MS = 6_000;
const MOST_END_MS = 15_000;
const DRAIN_MS = 60_000;
const MOST_WORDS_MS = 1_000;
/** The log, and what it cannot do without. */
const LOG_FILES = /\/state\/events\.db(-wal)?$/;

/** All rounds on one state directory: each one begins with what the ones before it left. */
export async function faultRounds({ injections, onRound }: FaultOptions): Promise<FaultReport> {
  const traceDir = await mkdtemp(join(tmpdir(), 'openclaw-strace-'));
  const { telegram, config, close } = await startSurroundings(() => 5);
  let wrap: ((command: readonly string[]) => readonly string[]) | undefined;
  await using gateway = await prepareGateway({ config, wrap: (command) => wrap?.(command) ?? command });
  const load = startLoad(gateway, telegram);
  const violations: string[] = [];
  const rounds: FaultRound[] = [];
  try {
    for (const [index, injection] of injections.entries()) {
      const traceFile = join(traceDir, String(index));
      wrap = (command) => underStrace(command, injection, traceFile);
      const round = await oneRound(gateway, load, injection, traceFile);
      wrap = undefined;
      rounds.push(round);
      onRound?.(round);
      violations.push(...judgeRound(round), ...judgeFile(gateway.stateDir).map((what) => `${describeInjection(injection)}: ${what}`));
      await recover(gateway, injection);
      await gateway.stop();
    }
    const verdict = await settle(gateway, load, telegram);
    const broken = [...violations, ...load.violations, ...verdict.violations];
    return {
      rounds,
      acknowledged: load.acknowledged.size + load.said.size,
      lost: verdict.lost,
      events: verdict.events,
      violations: broken,
    };
  } finally {
    await gateway.kill();
    await load.end();
    await close();
    await rm(traceDir, { recursive: true, force: true });
  }
}

async function oneRound(
  gateway: GatewayProcess,
  load: ReturnType<typeof startLoad>,
  injection: Injection,
  traceFile: string,
): Promise<FaultRound> {
  const startError = await gateway.start().then(
    () => undefined,
    (error: Error) => error,
  );
  if (startError) {
    await gateway.kill();
    const exitCode = await gateway.exited();
    return { injection, hits: hitsIn(traceFile), gateway: 'refused', exitCode, codes: await codesOf(gateway) };
  }
  load.resume();
  const ended = gateway.exited();
  const isOver = await Promise.race([ended.then(() => true), untilHit(traceFile)]);
  // What failed until now must end the process, which gets the time to do so. What fails later is not judged: there is none left.
  const hits = hitsIn(traceFile);
  if (!isOver && hits.some(isOfLog)) await Promise.race([ended, delay(MOST_END_MS)]);
  const hasEnded = await Promise.race([ended.then(() => true), delay(0).then(() => false)]);
  if (!hasEnded) await gateway.kill();
  await load.pause();
  if (!hasEnded) return { injection, hits, gateway: 'served', exitCode: undefined, codes: [] };
  return { injection, hits: hitsIn(traceFile), gateway: 'ended', exitCode: await ended, codes: await codesOf(gateway) };
}

/** Resolves with `false` when a call has failed and the load has gone on for a moment, or when none fails for a while. */
async function untilHit(traceFile: string): Promise<false> {
  const hit = () => hitsIn(traceFile).length > 0 || undefined;
  await until('a call that fails', hit, MOST_LOAD_MS).then(
    () => delay(300),
    () => {},
  );
  return false;
}

/** The errors that a process named before it ended; what it wrote last arrives a moment after its end. */
async function codesOf(gateway: GatewayProcess): Promise<string[]> {
  const named = () =>
    Object.entries(ERRORS)
      .filter(([code, { title }]) => gateway.output().includes(`"${code}"`) || gateway.output().includes(title))
      .map(([code]) => code);
  const found = await until('an error that has a name', () => (named().length > 0 ? named() : undefined), MOST_WORDS_MS).catch(() => []);
  return found.filter((code) => code !== 'INTERNAL');
}

function judgeRound({ injection, hits, gateway, exitCode, codes }: FaultRound): string[] {
  const where = describeInjection(injection);
  const found: string[] = [];
  if (gateway === 'served' && hits.some(isOfLog)) found.push(`${where}: the log failed and the gateway went on`);
  if (gateway !== 'served' && hits.length === 0) found.push(`${where}: the gateway ended although nothing failed`);
  if (gateway !== 'served' && codes.length === 0) found.push(`${where}: the gateway ended with ${exitCode} and no error code`);
  if (gateway !== 'served' && (exitCode === undefined || exitCode <= 0)) found.push(`${where}: the gateway ended with ${exitCode}`);
  return found;
}

const isOfLog = ({ path }: Hit): boolean => LOG_FILES.test(path);

/** The next start makes everything good, with nobody's help. */
async function recover(gateway: GatewayProcess, injection: Injection): Promise<void> {
  await gateway.start().catch((error: Error) => {
    throw new Error(`after ${describeInjection(injection)} the gateway does not start any more: ${error.message}`);
  });
  await drained(gateway);
}

async function drained(gateway: GatewayProcess): Promise<void> {
  const isEmpty = async () => (await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1')).rows.length === 0;
  await until('the queue drains', async () => (await isEmpty()) || undefined, DRAIN_MS);
}

/** Everybody is heard, and everything is answered. */
async function settle(gateway: GatewayProcess, load: ReturnType<typeof startLoad>, telegram: TelegramServer) {
  await gateway.start();
  load.resume();
  await delay(300);
  await load.pause();
  const isAnswered = () => new Set(telegram.sent.map(({ text }) => text)).size >= load.said.size;
  await telegram.until(isAnswered, DRAIN_MS).catch(() => undefined);
  await drained(gateway);
  await gateway.stop();
  return judge(gateway.stateDir, { acknowledged: load.acknowledged, said: load.said, sent: telegram.sent });
}

export function describeRound({ injection, hits, gateway, exitCode, codes }: FaultRound): string {
  const where = hits.map(({ syscall, path }) => `${syscall} of ${path.split('/').at(-1)}`).join(', ') || 'not reached';
  return `${describeInjection(injection)} (${where}): ${gateway}${exitCode === undefined ? '' : ` with ${exitCode}`}${codes.length > 0 ? `, ${codes.join(' ')}` : ''}`;
}
