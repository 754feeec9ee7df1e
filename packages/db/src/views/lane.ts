/** Reads of another thread as the main thread sees them: requests in order, each with a deadline. */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { CancelRead, FromReader, ReadArguments, ReadName, ReadRequest, ReadResult, ToReader } from './protocol.ts';

/** Whoever looks gives way to messages and to whatever else runs: late is better than not at all. */
const READ_TIMEOUT_MS = 10_000;
/** Starting a thread is no part of a read, however long a busy machine takes for it. */
const FIRST_READ_TIMEOUT_MS = 15_000;
const MAX_WAITING = 1000;

type Waiting = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: GatewayError) => void;
  readonly timer: NodeJS.Timeout;
};

/** A thread that answers reads. */
export type ReaderThread = { readonly post: (request: ReadRequest | CancelRead) => void; readonly close: () => Promise<void> };
/** Gets the thread going. `lost` says that it ended and answers nothing any more. */
export type Connect = (listener: { readonly reply: (reply: FromReader) => void; readonly lost: (cause: Error) => void }) => ReaderThread;

/** A thread of its own. */
export function spawnReader(name: string, dir: string): Connect {
  return ({ reply, lost }) => {
    const worker = new Worker(new URL('./reader.worker.ts', import.meta.url), {
      name: `read-${name}`,
      workerData: { dir },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 },
    });
    worker.on('message', reply);
    worker.on('error', lost);
    worker.on('exit', () => lost(new Error('the reader ended')));
    return {
      post: (request) => worker.postMessage(request satisfies ToReader),
      close: async () => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        worker.postMessage({ kind: 'close' } satisfies ToReader);
        await ended;
      },
    };
  };
}

export class ReadLane {
  readonly #connect: Connect;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #thread: ReaderThread | undefined;
  #hasAnswered = false;
  #nextId = 1;
  #closed = false;

  /** The thread is connected when it is first read from. */
  constructor(connect: Connect, timeoutMs: number = READ_TIMEOUT_MS) {
    this.#connect = connect;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with `DEADLINE_EXCEEDED` when the answer takes too long, `OVERLOADED` when 1,000 reads wait, `VIEW_UNAVAILABLE` when the file cannot be read. */
  read<Name extends ReadName>(name: Name, ...values: ReadArguments<Name>): Promise<ReadResult<Name>> {
    return this.readUntil(undefined, name, ...values);
  }

  /** The same; rejects with `QUERY_CANCELLED` as soon as the signal aborts, and lets the thread know. */
  readUntil<Name extends ReadName>(signal: AbortSignal | undefined, name: Name, ...values: ReadArguments<Name>): Promise<ReadResult<Name>> {
    if (signal?.aborted) return Promise.reject(new GatewayError('QUERY_CANCELLED'));
    if (this.#closed) return Promise.reject(new GatewayError('SHUTTING_DOWN'));
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new GatewayError('OVERLOADED'));
    const thread = this.#connected();
    const id = this.#nextId++;
    const timeoutMs = this.#hasAnswered ? this.#timeoutMs : Math.max(this.#timeoutMs, FIRST_READ_TIMEOUT_MS);
    const answer = new Promise<ReadResult<Name>>((resolve, reject) => {
      const timer = setTimeout(() => this.#settle({ kind: 'reply', id, error: new GatewayError('DEADLINE_EXCEEDED').toBody() }), timeoutMs);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      thread.post({ kind: 'read', id, name, values, deadlineAt: Date.now() + timeoutMs });
    });
    if (!signal) return answer;
    const cancel = (): void => {
      thread.post({ kind: 'cancel', id });
      this.#settle({ kind: 'reply', id, error: new GatewayError('QUERY_CANCELLED').toBody() });
    };
    signal.addEventListener('abort', cancel, { once: true });
    return answer.finally(() => signal.removeEventListener('abort', cancel));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.close();
  }

  #connected(): ReaderThread {
    if (this.#thread) return this.#thread;
    const thread = this.#connect({ reply: (reply) => this.#answered(reply), lost: (cause) => this.#lose(thread, cause) });
    this.#thread = thread;
    return thread;
  }

  #answered(reply: FromReader): void {
    this.#hasAnswered = true;
    this.#settle(reply);
  }

  #settle({ id, value, error }: FromReader): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(GatewayError.fromBody(error));
    else waiting.resolve(value);
  }

  /** The next read connects anew. */
  #lose(thread: ReaderThread, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#hasAnswered = false;
    const error = new GatewayError(this.#closed ? 'SHUTTING_DOWN' : 'VIEW_UNAVAILABLE', { details: { cause: cause.message } }).toBody();
    for (const id of this.#waiting.keys()) this.#settle({ kind: 'reply', id, error });
  }
}
