/** Runs many seeds on every core, in worker processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Order, Report } from './worker.ts';

export type FarmOptions = {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  /** The bug to plant. */
  readonly plant?: string;
  /** The PostgreSQL in which the logs lie. Default: on simulated disks. */
  readonly server?: string;
  /** End at the first violation. */
  readonly isHunt?: boolean;
  readonly onProgress?: (done: number) => void;
  /** Called for each failed seed as soon as it is known. */
  readonly onFailed?: (report: Report) => void;
};

export type Harvest = {
  readonly seeds: number;
  readonly steps: number;
  readonly events: number;
  readonly crashes: number;
  /** Those that broke a law, or came out differently the second time; lowest seed first. */
  readonly failed: readonly Report[];
};

const SEEDS_AN_ORDER = 10;
const SEEDS_A_HUNT = 2;

export async function farm(options: FarmOptions): Promise<Harvest> {
  const { firstSeed, seeds, steps, isHunt = false } = options;
  const failed: Report[] = [];
  const sum = { seeds: 0, steps: 0, events: 0, crashes: 0 };
  let next = 0;
  const nextOrder = (): Order | undefined => {
    if (next >= seeds || (isHunt && failed.length > 0)) return undefined;
    const from = next;
    next = Math.min(seeds, next + (isHunt ? SEEDS_A_HUNT : SEEDS_AN_ORDER));
    return { seeds: Array.from({ length: next - from }, (_, index) => firstSeed + from + index), steps };
  };
  const take = (reports: readonly Report[]): void => {
    for (const report of reports) {
      sum.seeds += 1;
      sum.steps += report.steps;
      sum.events += report.events;
      sum.crashes += report.crashes;
      if (report.violations.length === 0 && report.isRepeatable) continue;
      failed.push(report);
      options.onFailed?.(report);
    }
    options.onProgress?.(sum.seeds);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(options, nextOrder, take)));
  return { ...sum, failed: failed.toSorted((a, b) => a.seed - b.seed) };
}

/** One worker, until there is nothing left to do. */
async function work(
  { plant, server }: Pick<FarmOptions, 'plant' | 'server'>,
  nextOrder: () => Order | undefined,
  take: (reports: readonly Report[]) => void,
): Promise<void> {
  const first = nextOrder();
  if (!first) return;
  const args = [...(plant === undefined ? [] : ['--plant', plant]), ...(server === undefined ? [] : ['--server', server])];
  const child = fork(join(import.meta.dirname, 'worker.ts'), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    for (let order: Order | undefined = first; order; order = nextOrder()) take(await answerOf(child, order, () => output));
  } finally {
    child.kill();
  }
}

function answerOf(child: ChildProcess, order: Order, output: () => string): Promise<Report[]> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`a worker ended with ${code} on seeds ${order.seeds.join(', ')}:\n${output()}`));
    child.once('exit', died);
    child.once('message', (message) => {
      child.off('exit', died);
      resolve(message as Report[]);
    });
    child.send(order);
  });
}
