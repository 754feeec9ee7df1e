/** One reader's thread as the main thread sees it: requests in order, each with a deadline. */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { FromReader, ReadArguments, ReadName, ReadResult, ToReader } from './protocol.ts';

const READ_TIMEOUT_MS = 2000;
const MAX_WAITING = 1000;

type Waiting = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: GatewayError) => void;
  readonly timer: NodeJS.Timeout;
};

export class ReadLane {
  readonly #name: string;
  readonly #dir: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(name: string, dir: string) {
    this.#name = name;
    this.#dir = dir;
  }

  /** Starts the thread, so that the first read does not wait for it. */
  start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./reader.worker.ts', import.meta.url), {
      name: `read-${this.#name}`,
      workerData: { dir: this.#dir },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
    });
    worker.on('message', (reply: FromReader) => this.#settle(reply));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('the reader ended')));
    this.#worker = worker;
    return worker;
  }

  /** Rejects with `DEADLINE_EXCEEDED` after two seconds, `OVERLOADED` when 1,000 reads wait, `VIEW_UNAVAILABLE` when the file cannot be read. */
  read<Name extends ReadName>(name: Name, ...values: ReadArguments<Name>): Promise<ReadResult<Name>> {
    if (this.#closed) return Promise.reject(new GatewayError('SHUTTING_DOWN'));
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new GatewayError('OVERLOADED'));
    const worker = this.start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle({ id, error: new GatewayError('DEADLINE_EXCEEDED').toBody() }), READ_TIMEOUT_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      worker.postMessage({ kind: 'read', id, name, values, deadlineAt: Date.now() + READ_TIMEOUT_MS } satisfies ToReader);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ kind: 'close' } satisfies ToReader);
    await ended;
  }

  #settle({ id, value, error }: FromReader): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(GatewayError.fromBody(error));
    else waiting.resolve(value);
  }

  /** The next read starts another thread. */
  #lose(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new GatewayError(this.#closed ? 'SHUTTING_DOWN' : 'VIEW_UNAVAILABLE', { details: { cause: cause.message } }).toBody();
    for (const id of this.#waiting.keys()) this.#settle({ id, error });
  }
}
