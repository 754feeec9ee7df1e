/** The thread that drives browsers, as the main thread sees it. It starts with the first call and ends when nobody needs it. */
import { Worker } from 'node:worker_threads';
import type { FromBrowsers, ToBrowsers } from './protocol.ts';

export type Answer = Extract<FromBrowsers, { type: 'answer' }>;

export type BrowserThread = {
  /** Resolves with what came of it. Rejects when the thread ended. */
  readonly act: (order: Omit<Extract<ToBrowsers, { type: 'act' }>, 'type' | 'id'>) => Promise<Answer>;
  readonly close: (name: string) => void;
  readonly end: () => Promise<void>;
};

export type ThreadEvents = {
  readonly launched: (name: string, pid: number) => void;
  readonly gone: (name: string) => void;
  /** All its browsers are nobody's now. */
  readonly ended: () => void;
};

/** A page may say more than one expects; the gateway does not pay for it. */
const LIMITS = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 32 };

/** Its browsers have been killed by then, and need only be collected. */
const END_MS = 5000;

/** `folder`: for what browsers write while they run. */
export function startBrowserThread(folder: string, { launched, gone, ended }: ThreadEvents): BrowserThread {
  const env = { ...process.env, TMPDIR: folder };
  const worker = new Worker(new URL('./browsers.worker.ts', import.meta.url), { name: 'browsers', resourceLimits: LIMITS, env });
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  let lastId = 0;
  let why = 'it ended';
  worker.on('message', (message: FromBrowsers) => {
    if (message.type === 'launched') return launched(message.name, message.pid);
    if (message.type === 'gone') return gone(message.name);
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  });
  worker.on('error', (error) => {
    why = error.message;
  });
  const { promise: exited, resolve: exit } = Promise.withResolvers<void>();
  worker.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`The thread that drives browsers ended: ${why}`));
    waiting.clear();
    ended();
    exit();
  });
  return {
    act: (order) => {
      lastId += 1;
      const answer = Promise.withResolvers<Answer>();
      waiting.set(lastId, answer);
      worker.postMessage({ type: 'act', id: lastId, ...order } satisfies ToBrowsers);
      return answer.promise;
    },
    close: (name) => worker.postMessage({ type: 'close', name } satisfies ToBrowsers),
    end: async () => {
      worker.postMessage({ type: 'end' } satisfies ToBrowsers);
      const timer = setTimeout(() => void worker.terminate(), END_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
