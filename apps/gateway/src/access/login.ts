/**
 * The dashboard's login sessions. Lucia and its SQLite database live in a worker thread that starts with the first
 * login; the main thread keeps what it learnt for a few seconds.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events';
import type { LoginAnswer, LoginCall, ToLogin } from './login.worker.ts';

const CACHE_MS = 10_000;
const MAX_CACHED = 1000;
const MAX_PENDING = 1000;
const SECRET = /^[\w-]{43}$/;

export type LoginSession = { readonly userId: string; readonly loginSessionHash: string };

export type Logins = {
  /** A new login of the gateway's one user; `secret` goes into the cookie and nowhere else. */
  create(): Promise<LoginSession & { readonly secret: string }>;
  /** The login behind a cookie's secret, if it is one and has not ended. */
  validate(secret: string): Promise<LoginSession | undefined>;
  /** Ends a login; the answer is the login that was ended. */
  end(secret: string): Promise<LoginSession | undefined>;
  /** Ends all logins but one; the answer is those that were ended. */
  endAll(keepSecret: string | undefined): Promise<readonly LoginSession[]>;
  close(): Promise<void>;
};

export function createLogins(options: { readonly path: string; readonly lifetimeMs: () => number }): Logins {
  const cache = new Map<string, { readonly session: LoginSession; readonly until: number }>();
  // Raised when a login ends, so that an answer that was on its way then is not cached.
  let epoch = 0;
  let caller: Caller | undefined;

  function call(operation: LoginCall['operation'], id: string): Promise<unknown> {
    caller ??= startWorker(options.path, () => {
      caller = undefined;
    });
    return caller.call({ operation, id, lifetimeMs: options.lifetimeMs() });
  }

  function forget(): void {
    epoch++;
    cache.clear();
  }

  return {
    async create() {
      const secret = randomBytes(32).toString('base64url');
      const loginSessionHash = hashOf(secret);
      const userId = (await call('create', loginSessionHash)) as string;
      return { secret, userId, loginSessionHash };
    },
    async validate(secret) {
      if (!SECRET.test(secret)) return undefined;
      const loginSessionHash = hashOf(secret);
      const now = performance.now();
      const cached = cache.get(loginSessionHash);
      if (cached && cached.until > now) return cached.session;
      const asked = epoch;
      const userId = (await call('validate', loginSessionHash)) as string | undefined;
      cache.delete(loginSessionHash);
      if (userId === undefined) return undefined;
      const session = { userId, loginSessionHash };
      if (asked === epoch) {
        cache.set(loginSessionHash, { session, until: now + CACHE_MS });
        const oldest = cache.size > MAX_CACHED ? cache.keys().next().value : undefined;
        if (oldest !== undefined) cache.delete(oldest);
      }
      return session;
    },
    async end(secret) {
      if (!SECRET.test(secret)) return undefined;
      forget();
      const loginSessionHash = hashOf(secret);
      const userId = (await call('end', loginSessionHash)) as string | undefined;
      forget();
      return userId === undefined ? undefined : { userId, loginSessionHash };
    },
    async endAll(keepSecret) {
      forget();
      const ended = (await call('end-all', keepSecret === undefined ? '' : hashOf(keepSecret))) as readonly LoginSession[];
      forget();
      return ended;
    },
    async close() {
      await caller?.close();
    },
  };
}

type Caller = { call(request: LoginCall): Promise<unknown>; close(): Promise<void> };

function startWorker(path: string, onExit: () => void): Caller {
  const worker = new Worker(new URL('./login.worker.ts', import.meta.url), { workerData: { path }, name: 'login' });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: GatewayError): void }>();
  let lastCall = 0;
  worker.unref();
  worker.on('message', (answer: LoginAnswer) => {
    const waiter = pending.get(answer.call);
    pending.delete(answer.call);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(unavailable(answer.error));
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

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
