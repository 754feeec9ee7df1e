/** Where the memory of the process is: the heap of each thread, what lies outside the heaps, and the rest that nobody counts. */
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapStatistics, type HeapInfo } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { askPageCaches } from '@openclaw-gateway/db';
import type { Holder, Memory, MemoryUse } from './memory.ts';

export type MemoryComponent = {
  readonly name: string;
  readonly bytes: number;
  /** Of these bytes. */
  readonly inUseBytes?: number;
};

export type MemoryReport = MemoryUse & {
  /** Their sum is what the process uses; the last one, `other`, is what is left. */
  readonly components: readonly MemoryComponent[];
  /** The most that SQLite keeps of its files, by thread. It is part of `other`. */
  readonly pageCaches: readonly MemoryComponent[];
  /** What the heaps and buffers are filled with, as far as it is counted. */
  readonly holders: readonly Holder[];
};

/** A thread that is busy with one long thing is left out rather than waited for. */
const ANSWER_MS = 500;

const threads = new Set<Worker>();
let watching = false;

/** Has the threads that are started from now on counted. */
export function watchThreads(): void {
  if (watching) return;
  watching = true;
  process.on('worker', (worker) => {
    threads.add(worker);
    worker.once('exit', () => threads.delete(worker));
  });
}

/** Measures every part. Takes up to half a second, and none of it on the main thread. */
export async function memoryReport(memory: Memory): Promise<MemoryReport> {
  const [measured, caches] = await Promise.all([Promise.all([...threads].map(measureThread)), askPageCaches()]);
  const names = new Map([...threads].map((worker) => [worker.threadId, nameOf(worker)]));
  const main = getHeapStatistics();
  const { external } = process.memoryUsage();
  const use = memory.use();
  const counted: MemoryComponent[] = [
    { name: 'main thread: heap', bytes: main.total_physical_size, inUseBytes: main.used_heap_size },
    { name: 'main thread: buffers and native objects', bytes: external },
    ...measured.flatMap((component) => component ?? []),
  ];
  const other = use.usedBytes - counted.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...use,
    components: [...counted, { name: 'other', bytes: Math.max(0, other) }],
    pageCaches: [...caches].flatMap(([thread, bytes]) => {
      const name = names.get(thread);
      return name === undefined ? [] : [{ name, bytes }];
    }),
    holders: memory.holders(),
  };
}

async function measureThread(worker: Worker): Promise<MemoryComponent | undefined> {
  const statistics = await Promise.race([worker.getHeapStatistics(), tooLate()]).catch(() => undefined);
  return statistics && componentOf(nameOf(worker), statistics);
}

function componentOf(name: string, { total_physical_size, used_heap_size, external_memory }: HeapInfo): MemoryComponent {
  return { name: `thread ${name}`, bytes: total_physical_size + external_memory, inUseBytes: used_heap_size + external_memory };
}

function nameOf(worker: Worker): string {
  return worker.threadName ?? String(worker.threadId);
}

function tooLate(): Promise<undefined> {
  return delay(ANSWER_MS, undefined, { ref: false });
}
