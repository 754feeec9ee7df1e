import { Worker } from 'node:worker_threads';

/** The thread that catches the words up, as the projections' thread sees it. */
export class WordsThread {
  readonly #worker: Worker;
  /** Resolves when it has ended, whether it came to the end of the log or not: what is left is the caller's to do. */
  readonly ended: Promise<void>;
  #position: number;

  constructor(dir: string, position: number) {
    this.#position = position;
    this.#worker = new Worker(new URL('./words.worker.ts', import.meta.url), {
      name: 'words',
      workerData: { dir },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64 },
    });
    this.#worker.on('message', (position: number) => {
      this.#position = position;
    });
    // The caller goes on from where it stopped, and meets what made it fail if that is still there.
    this.#worker.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** How far it came. */
  get position(): number {
    return this.#position;
  }

  /** Lets the page under way finish. */
  end(): Promise<void> {
    this.#worker.postMessage('end');
    return this.ended;
  }
}
