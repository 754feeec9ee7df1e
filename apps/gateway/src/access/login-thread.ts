/** The login thread as the main thread sees it: it starts with the first call. */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events';
import type { LoginAnswer, LoginCall, LoginOperation, LoginOperations, ToLogin } from './people/operations.ts';

const MAX_PENDING = 1000;

export type LoginThread = {
  /** Throws `OVERLOADED` when too much waits, `INTERNAL` when the database cannot be used. */
  call<K extends LoginOperation>(operation: K, input: LoginOperations[K]['in']): Promise<LoginOperations[K]['out']>;
  close(): Promise<void>;
};

export function createLoginThread(path: string): LoginThread {
  let running: Running | undefined;
  return {
    async call(operation, input) {
      running ??= startWorker(path, () => {
        running = undefined;
      });
      return (await running.call({ operation, input } as LoginCall)) as never;
    },
    async close() {
      await running?.close();
    },
  };
}

type Running = { call(request: LoginCall): Promise<unknown>; close(): Promise<void> };

function startWorker(path: string, onExit: () => void): Running {
  const worker = new Worker(new URL('./login.worker.ts', import.meta.url), { workerData: { path }, name: 'login' });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: GatewayError): void }>();
  let lastCall = 0;
  worker.unref();
  worker.on('message', (answer: LoginAnswer) => {
    const waiter = pending.get(answer.call);
    pending.delete(answer.call);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(answer.overloaded ? new GatewayError('OVERLOADED') : unavailable(answer.error));
  });
  worker.on('error', (error) => fail(unavailable(error.message)));
  worker.on('exit', () => fail(unavailable('the worker ended')));

  function fail(error: GatewayError): void {
    for (const waiter of pending.values()) waiter.reject(error);
    pending.clear();
    onExit();
  }

  return {
    call(request) {
      if (pending.size >= MAX_PENDING) return Promise.reject(new GatewayError('OVERLOADED'));
      const call = ++lastCall;
      return new Promise((resolve, reject) => {
        pending.set(call, { resolve, reject });
        worker.postMessage({ call, request } satisfies ToLogin);
      });
    },
    async close() {
      if (worker.threadId < 0) return;
      worker.ref();
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close' satisfies ToLogin);
      await exited;
    },
  };
}

function unavailable(reason: string): GatewayError {
  return new GatewayError('INTERNAL', { message: 'The database of login sessions cannot be used.', cause: new Error(reason) });
}
