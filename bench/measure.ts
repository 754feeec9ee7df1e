/** What is measured, how, and what it may be at most. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayProcess } from '../e2e/gateway-process.ts';
import { folderBytes, residentBytes, syncsPerSecond, writtenBytes } from './disk.ts';
import { type ModelProcess, metric, prepareMeasured } from './gateway.ts';
import type { Result } from './report.ts';
import { median, quantile } from './statistics.ts';
import { parallel, sequential } from './turns.ts';

const SEQUENTIAL_TURNS = 1_000;
const PARALLEL_SESSIONS = 20;
const PARALLEL_MS = 8_000;
const IDLE_MS = 10_000;
/** Code that ran a few hundred times is compiled: what is measured after it is the steady state. */
const WARM_UP_TURNS = 500;
const MB = 1_000_000;
const KB = 1_000;

/** How long a start takes until /readyz says yes: with nothing there yet, and with a log of some thousand events. */
export async function measureStart(model: ModelProcess): Promise<Result[]> {
  const fresh: number[] = [];
  for (let run = 0; run < 5; run++) {
    await using gateway = await prepareMeasured(model);
    await gateway.start();
    fresh.push(gateway.startedInMs());
  }
  await using gateway = await prepareMeasured(model);
  await gateway.start();
  await sequential(gateway, 'start', 500);
  const existing: number[] = [];
  for (let run = 0; run < 5; run++) {
    await gateway.stop();
    await gateway.start();
    existing.push(gateway.startedInMs());
  }
  await delay(IDLE_MS);
  const idle = residentBytes(gateway.pid()) / MB;
  return [
    { name: 'start, fresh (median of 5)', value: median(fresh), unit: 'ms', limit: { atMost: 1_000 } },
    { name: 'start, 500 turns in the log (median of 5)', value: median(existing), unit: 'ms', limit: { atMost: 1_000 } },
    { name: 'memory, idle for 10 s', value: idle, unit: 'MB', limit: { atMost: 140 } },
  ];
}

/** One conversation at a time: what a person waits for, next to what the disk makes unavoidable. */
export async function measureSequential(model: ModelProcess): Promise<Result[]> {
  await using gateway = await settled(model);
  const syncs = [syncsPerSecond()];
  const cost = await costOf(gateway, () => sequential(gateway, 'seq', SEQUENTIAL_TURNS).then((tookMs) => ({ tookMs })));
  syncs.push(syncsPerSecond());
  const rate = median(syncs);
  const limitMs = 6_000 / rate + 3;
  return [
    { name: 'fdatasync rate of the disk, F', value: rate, unit: '/s' },
    { name: 'turn, one at a time, p50 (limit 6/F + 3 ms)', value: median(cost.result.tookMs), unit: 'ms', limit: { atMost: limitMs } },
    { name: 'turn, one at a time, p99', value: quantile(cost.result.tookMs, 0.99), unit: 'ms' },
    ...costResults('one at a time', cost),
  ];
}

/** Twenty conversations at a time: how much a gateway can carry, and whether it stays awake while it does. */
export async function measureParallel(model: ModelProcess): Promise<Result[]> {
  await using gateway = await settled(model);
  const cost = await costOf(gateway, async () => {
    // The first look empties the histogram, so that the second holds the load only.
    await metric(gateway, 'nodejs_eventloop_lag_p99_seconds');
    const peak = watchMemory(gateway);
    const load = await parallel(gateway, 'par', PARALLEL_SESSIONS, PARALLEL_MS);
    const lagSeconds = await metric(gateway, 'nodejs_eventloop_lag_p99_seconds');
    return { ...load, lagMs: lagSeconds * 1000, peakBytes: peak() };
  });
  const { tookMs, turnsPerSecond, lagMs, peakBytes } = cost.result;
  return [
    { name: `turns a second, ${PARALLEL_SESSIONS} sessions`, value: turnsPerSecond, unit: '/s', limit: { atLeast: 500 } },
    { name: `turn, ${PARALLEL_SESSIONS} sessions, p50`, value: median(tookMs), unit: 'ms' },
    { name: `turn, ${PARALLEL_SESSIONS} sessions, p99`, value: quantile(tookMs, 0.99), unit: 'ms' },
    { name: 'main loop lag under load, p99', value: lagMs, unit: 'ms', limit: { atMost: 5 } },
    { name: 'memory, highest under load', value: peakBytes / MB, unit: 'MB', limit: { atMost: 400 } },
    ...costResults(`${PARALLEL_SESSIONS} sessions`, cost),
  ];
}

/** One conversation that grows: its thousandth turn next to its first. */
export async function measureLongSession(model: ModelProcess): Promise<Result[]> {
  await using gateway = await settled(model);
  const tookMs = await sequential(gateway, 'long', 1_000, 1_000);
  const first = median(tookMs.slice(0, 20));
  const last = median(tookMs.slice(-20));
  return [
    { name: 'turn 1 of a session (median of the first 20)', value: first, unit: 'ms' },
    { name: 'turn 1,000 of it (median of the last 20)', value: last, unit: 'ms', limit: { atMost: first * 3 } },
  ];
}

/** A gateway that has files and a past. */
async function settled(model: ModelProcess): Promise<GatewayProcess> {
  const gateway = await prepareMeasured(model);
  await gateway.start();
  await sequential(gateway, 'past', WARM_UP_TURNS);
  return gateway;
}

type Cost<T> = { readonly result: T; readonly writtenPerTurn: number; readonly grownPerTurn: number; readonly keptPerTurn: number };

async function costOf<T extends { readonly tookMs: readonly number[] }>(gateway: GatewayProcess, load: () => Promise<T>): Promise<Cost<T>> {
  await gateway.stop();
  const before = await folderBytes(gateway.stateDir);
  await gateway.start();
  const warmUp = (await sequential(gateway, 'warm', WARM_UP_TURNS)).length;
  const written = writtenBytes(gateway.pid());
  const result = await load();
  const writtenPerTurn = (writtenBytes(gateway.pid()) - written) / result.tookMs.length;
  const turns = warmUp + result.tookMs.length;
  const grownPerTurn = ((await folderBytes(gateway.stateDir)) - before) / turns;
  await gateway.stop();
  return { result, writtenPerTurn, grownPerTurn, keptPerTurn: ((await folderBytes(gateway.stateDir)) - before) / turns };
}

function costResults(name: string, { writtenPerTurn, grownPerTurn, keptPerTurn }: Cost<unknown>): Result[] {
  return [
    { name: `written to disk a turn, ${name}`, value: writtenPerTurn / KB, unit: 'KB', limit: { atMost: 160 } },
    { name: `state directory a turn, ${name}, running`, value: grownPerTurn / KB, unit: 'KB' },
    { name: `state directory a turn, ${name}, after a stop`, value: keptPerTurn / KB, unit: 'KB', limit: { atMost: 12 } },
  ];
}

function watchMemory(gateway: GatewayProcess): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(gateway.pid()));
  }, 200);
  return () => {
    clearInterval(timer);
    return peak;
  };
}
