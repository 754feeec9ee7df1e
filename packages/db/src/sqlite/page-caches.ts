/**
 * What SQLite keeps in memory beside JavaScript's heaps. Each thread with open files hears the same channel: the main thread
 * asks what they hold, or asks them to give back what is only there to be quick. A thread that is busy answers when it is done.
 */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import type Database from 'better-sqlite3';

const CHANNEL = 'openclaw-page-caches';
const ANSWER_MS = 300;

type ToThreads = { readonly kind: 'ask'; readonly from: number } | { readonly kind: 'trim' };
type FromThread = { readonly kind: 'hold'; readonly to: number; readonly thread: number; readonly bytes: number };

const connections = new Set<Database.Database>();
let channel: BroadcastChannel | undefined;

/** Makes a connection's page cache known in its thread. */
export function watchPageCache(db: Database.Database): void {
  for (const known of connections) if (!known.open) connections.delete(known);
  connections.add(db);
  listen();
}

/** The most that the page caches of other threads can hold, in bytes, by thread id; without the threads that are busy. */
export async function askPageCaches(): Promise<ReadonlyMap<number, number>> {
  const answers = new Map<number, number>();
  const asking = new BroadcastChannel(CHANNEL);
  try {
    asking.onmessage = ({ data }: { data: unknown }) => {
      const answer = data as FromThread | ToThreads;
      if (answer.kind === 'hold' && answer.to === threadId) answers.set(answer.thread, answer.bytes);
    };
    asking.postMessage({ kind: 'ask', from: threadId } satisfies ToThreads);
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    return answers;
  } finally {
    asking.close();
  }
}

/** Has every thread empty its page caches and collect its garbage. Reads are slower for a moment afterwards. */
export function trimThreads(): void {
  const asking = new BroadcastChannel(CHANNEL);
  asking.postMessage({ kind: 'trim' } satisfies ToThreads);
  asking.close();
}

function listen(): void {
  if (channel) return;
  const heard = new BroadcastChannel(CHANNEL);
  channel = heard;
  heard.onmessage = ({ data }: { data: unknown }) => {
    const message = data as ToThreads | FromThread;
    if (message.kind === 'trim') trim();
    else if (message.kind === 'ask') {
      heard.postMessage({
        kind: 'hold',
        to: message.from,
        thread: threadId,
        bytes: sum(open().map((db) => unlessBusy(() => mostBytes(db)) ?? 0)),
      } satisfies FromThread);
    }
  };
  // Listening is no reason for a thread to live on.
  heard.unref();
}

function trim(): void {
  for (const db of open()) unlessBusy(() => db.pragma('shrink_memory'));
  globalThis.gc?.();
}

/** A connection in the middle of a read takes no other statement. */
function unlessBusy<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function open(): Database.Database[] {
  return [...connections].filter((db) => db.open);
}

/** A cache holds no more than it may, and no more than there is in the file. */
function mostBytes(db: Database.Database): number {
  const schemas = db.pragma('database_list') as readonly { readonly name: string }[];
  return sum(
    schemas.map(({ name }) => {
      const number = (pragma: string) => Number(db.pragma(`${name}.${pragma}`, { simple: true }));
      const pageBytes = number('page_size');
      const size = number('cache_size');
      return Math.min(size < 0 ? -size * 1024 : size * pageBytes, number('page_count') * pageBytes);
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
