/** An instance in a thread of its own, as the one that measures sees it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Answers } from './instance.worker.ts';

export type Instance = AsyncDisposable & {
  ask<Name extends keyof Answers>(name: Name, ask: Answers[Name]['ask']): Promise<Answers[Name]['answer']>;
};

export async function startInstance(url: string): Promise<Instance> {
  const worker = new Worker(new URL('./instance.worker.ts', import.meta.url), { workerData: { url } });
  await once(worker, 'message');
  const ask: Instance['ask'] = async (name, question) => {
    worker.postMessage({ name, ask: question });
    const [answer] = await once(worker, 'message');
    return answer;
  };
  return {
    ask,
    [Symbol.asyncDispose]: async () => {
      // One that failed ended by itself.
      if (worker.threadId < 0) return;
      const ended = once(worker, 'exit');
      worker.postMessage({ name: 'close', ask: undefined });
      await ended;
    },
  };
}

/** Waits until each instance has all that any of them wrote, so that none still works while others are measured. */
export async function settle(instances: readonly Instance[]): Promise<void> {
  const heads = await Promise.all(instances.map((instance) => instance.ask('head', undefined)));
  await Promise.all(instances.map((instance) => instance.ask('reach', Math.max(...heads))));
}
