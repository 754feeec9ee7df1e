/** The threads that write pages of one export. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PagePlan } from '@openclaw-gateway/db/export/reader';
import { GatewayError } from '@openclaw-gateway/events';
import type { PageRequest, WrittenPage } from './page.ts';
import type { FromPages, ToPages } from './page.worker.ts';

const MAX_THREADS = 4;
/** One that is being written, and one that waits for it. */
const PAGES_A_THREAD = 2;

const FIRST_MEMORY_BYTES = 2 * 1024 * 1024;

type Asked = { readonly resolve: (page: WrittenPage) => void; readonly reject: (error: unknown) => void };

export class PageThreads {
  readonly #threads: readonly PageThread[];
  /** What pages were written into that are in the file now: it goes to and fro, for new memory costs more than what is in it. */
  readonly #memory: ArrayBuffer[] = [];

  constructor(request: PageRequest) {
    const count = Math.min(MAX_THREADS, availableParallelism());
    this.#threads = Array.from({ length: count }, () => new PageThread(request));
  }

  /** How many pages may be asked for before the first of them is taken. */
  get capacity(): number {
    return this.#threads.length * PAGES_A_THREAD;
  }

  /** Has the thread with the least to do write a page, `gently` while others need the processors. Rejects with `LOG_*` and what the disk says. */
  write(plan: PagePlan, gently: boolean): Promise<WrittenPage> {
    const least = Math.min(...this.#threads.map(({ waiting }) => waiting));
    const thread = this.#threads.find(({ waiting }) => waiting === least);
    if (!thread) throw new TypeError('there is no thread');
    return thread.write(plan, this.#memory.pop() ?? new ArrayBuffer(FIRST_MEMORY_BYTES), gently);
  }

  /** Takes back the memory of a page that nobody needs any more. */
  release({ bytes }: WrittenPage): void {
    this.#memory.push(bytes.buffer);
  }

  /** Waits for what was asked for. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

class PageThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #asked: Asked[] = [];
  #failure: unknown;

  constructor(request: PageRequest) {
    this.#worker = new Worker(new URL('./page.worker.ts', import.meta.url), {
      name: 'export-page',
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64 },
    });
    this.#worker.on('message', (message: FromPages) => {
      const asked = this.#asked.shift();
      if (message.kind === 'written') asked?.resolve(message.page);
      else asked?.reject(GatewayError.fromBody(message.error));
    });
    this.#worker.once('error', (error) => this.#fail(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(new GatewayError('INTERNAL', { message: 'A thread of the export ended.' }));
        resolve();
      });
    });
  }

  get waiting(): number {
    return this.#asked.length;
  }

  write(plan: PagePlan, memory: ArrayBuffer, gently: boolean): Promise<WrittenPage> {
    const { promise, resolve, reject } = Promise.withResolvers<WrittenPage>();
    // The page before it may fail first; then nobody waits for this one.
    promise.catch(() => undefined);
    if (this.#failure !== undefined) reject(this.#failure);
    else {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage({ kind: 'write', plan, memory, gently } satisfies ToPages, [memory]);
    }
    return promise;
  }

  async close(): Promise<void> {
    this.#worker.postMessage({ kind: 'close' } satisfies ToPages);
    await this.#exited;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }
}
