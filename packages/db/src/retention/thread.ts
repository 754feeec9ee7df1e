/** The retention thread as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { FromRetention, RetentionSteps, StepName, ToRetention } from './protocol.ts';

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: GatewayError) => void };

export class RetentionThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended: string | undefined;

  constructor(dir: string) {
    this.#worker = new Worker(new URL('./retention.worker.ts', import.meta.url), {
      name: 'retention',
      workerData: { dir },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 },
    });
    this.#worker.on('message', (message: FromRetention) => this.#settle(message));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', () => this.#fail('the retention thread ended'));
  }

  /** Rejects with `LOG_UNAVAILABLE` or `LOG_CORRUPT`. */
  step<Name extends StepName>(name: Name, ...values: Parameters<RetentionSteps[Name]>): Promise<ReturnType<RetentionSteps[Name]>> {
    if (this.#ended) return Promise.reject(ended(this.#ended));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, name, values } satisfies ToRetention);
    });
  }

  /** Lets the step under way finish: ending a thread from outside while it is in SQLite's code can bring down the process. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage('close' satisfies ToRetention);
    await exited;
  }

  #settle({ id, value, error }: FromRetention): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(GatewayError.fromBody(error));
    else waiting?.resolve(value);
  }

  #fail(cause: string): void {
    this.#ended ??= cause;
    for (const { reject } of this.#waiting.values()) reject(ended(this.#ended));
    this.#waiting.clear();
  }
}

function ended(cause: string): GatewayError {
  return new GatewayError('LOG_UNAVAILABLE', { details: { cause } });
}
