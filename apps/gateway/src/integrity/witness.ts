/**
 * Sends every checkpoint to one witness, in order, from where it last got one. What it has not got yet stays in the log's own
 * table, so that nothing waits in memory and nothing is lost with the process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint, CheckpointReads } from '@openclaw-gateway/db';
import type { Batch, Destination } from '../export/feed/destination.ts';
import type { Cursors } from './cursors.ts';

const PAGE = 100;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A witness that was away for a moment is nobody's business. */
const FAILURES_TO_REPORT = 3;

export type WitnessStatus = {
  readonly state: 'starting' | 'current' | 'behind' | 'failing';
  /** The largest checkpoint that it has. */
  readonly takenTo: number;
  readonly failures: number;
  readonly problem?: string;
};

export type WitnessOptions = {
  /** Names it among others, for the cursor. */
  readonly name: string;
  /** `note`: the signed text as it is; `json`: one line that holds it. */
  readonly form: 'note' | 'json';
  readonly destination: Destination;
  readonly checkpoints: Pick<CheckpointReads, 'list' | 'latest'>;
  readonly cursors: Cursors;
  /** After several failures in a row, and once it has everything again. */
  readonly onFailing: (status: WitnessStatus) => void;
  readonly onRecovered: (status: WitnessStatus) => void;
  readonly firstRetryMs?: number;
};

export class WitnessPublisher {
  readonly #options: WitnessOptions;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #caughtUp = Promise.withResolvers<void>();
  #status: WitnessStatus = { state: 'starting', takenTo: 0, failures: 0 };

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#running = this.#run().catch(() => undefined);
  }

  get status(): WitnessStatus {
    return this.#status;
  }

  /** There is a new checkpoint. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Resolves once the witness has every checkpoint there is now, or when the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#caughtUp = Promise.withResolvers();
    this.wake();
    await Promise.race([
      this.#caughtUp.promise,
      delay(timeoutMs, undefined, { ref: false, signal: this.#stopped.signal }).catch(() => undefined),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.wake();
    await this.#running;
    this.#options.destination.close();
  }

  async #run(): Promise<void> {
    let size = await this.#begin();
    while (!this.#stopped.signal.aborted) {
      this.#wake = Promise.withResolvers();
      const page = await this.#attempt(() => this.#options.checkpoints.list({ after: size, limit: PAGE }));
      if (page.length === 0) {
        this.#current(this.#status.takenTo);
        this.#caughtUp.resolve();
        await this.#wake.promise;
        continue;
      }
      this.#status = { ...this.#status, state: this.#status.failures > 0 ? this.#status.state : 'behind' };
      for (const checkpoint of page) {
        await this.#attempt(() => this.#publish(checkpoint));
        size = checkpoint.size;
        this.#current(size);
      }
    }
  }

  /** A new witness begins with the newest checkpoint, which stands for everything before it. */
  async #begin(): Promise<number> {
    const { name, cursors, checkpoints } = this.#options;
    const known = await this.#attempt(() => cursors.get(name));
    const newest = known ? undefined : await this.#attempt(() => checkpoints.latest());
    this.#status = { ...this.#status, takenTo: known ?? 0 };
    return known ?? (newest ? newest.size - 1 : 0);
  }

  async #publish(checkpoint: Checkpoint): Promise<void> {
    const { destination, cursors, form, name } = this.#options;
    // Without a mark: nothing that a witness has is ever taken back, and a checkpoint that comes twice does no harm.
    await destination.deliver(batchOf(checkpoint, form), undefined, this.#stopped.signal, () => undefined);
    await cursors.set(name, checkpoint.size);
  }

  /** Tries until it works, or until it is told to stop. */
  async #attempt<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        this.#stopped.signal.throwIfAborted();
        return await act();
      } catch (error) {
        this.#stopped.signal.throwIfAborted();
        this.#failed(error instanceof Error ? error.message : String(error));
        const { firstRetryMs = FIRST_RETRY_MS } = this.#options;
        const waitMs = Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** Math.min(this.#status.failures - 1, 16));
        await delay(waitMs, undefined, { signal: this.#stopped.signal });
      }
    }
  }

  #failed(problem: string): void {
    const failures = this.#status.failures + 1;
    const isFailing = failures >= FAILURES_TO_REPORT;
    this.#status = { ...this.#status, failures, problem, state: isFailing ? 'failing' : 'behind' };
    if (failures === FAILURES_TO_REPORT) this.#options.onFailing(this.#status);
  }

  #current(takenTo: number): void {
    const wasFailing = this.#status.state === 'failing';
    this.#status = { state: 'current', takenTo, failures: 0 };
    if (wasFailing) this.#options.onRecovered(this.#status);
  }
}

function batchOf({ size, time, root, keyId, note }: Checkpoint, form: WitnessOptions['form']): Batch {
  const origin = note.slice(0, note.indexOf('\n'));
  // The empty line before a note also ends one that a crash left half written.
  const text = form === 'note' ? `\n${note}` : JSON.stringify({ origin, size, root, keyId, time, note });
  const line = { text, position: size, time, type: 'checkpoint', severity: 'info' };
  return { lines: [line], lineEnd: form === 'note' ? '' : '\n', header: undefined, mediaType: 'application/json' };
}
