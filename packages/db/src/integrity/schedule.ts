/** When checkpoints are made: at once for each 1,000 events, else a second after a write, always after the writes were answered. */
import { isBusy } from '../sqlite/writer.ts';
import { CHECKPOINT_EVENTS, type Checkpointer } from './checkpointer.ts';
import type { CheckpointRow } from './rows.ts';

const DELAY_MS = 1000;

export class CheckpointSchedule {
  readonly #checkpointer: Checkpointer;
  readonly #head: () => number;
  readonly #made: (row: CheckpointRow) => void;
  readonly #failed: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #due = false;
  #stopped = false;

  /** After `failed` no checkpoint is made any more. */
  constructor(options: {
    readonly checkpointer: Checkpointer;
    readonly head: () => number;
    readonly made: (row: CheckpointRow) => void;
    readonly failed: (error: Error) => void;
  }) {
    this.#checkpointer = options.checkpointer;
    this.#head = options.head;
    this.#made = options.made;
    this.#failed = options.failed;
  }

  /** To be called when something was stored and answered, and once at the start. */
  wrote(): void {
    if (this.#stopped) return;
    const waiting = this.#head() - this.#checkpointer.size;
    if (waiting === 0) return;
    if (this.#due || waiting < 0 || waiting >= CHECKPOINT_EVENTS) this.#soon();
    else this.#timer ??= setTimeout(() => this.#makeDue(), DELAY_MS);
  }

  /** Makes a checkpoint of everything that is stored, however long that takes. */
  finish(): void {
    while (!this.#stopped && this.#checkpointer.size !== this.#head() && this.#step(true));
  }

  /** No checkpoint is made any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Another program keeps the file to itself. */
  #postpone(): void {
    this.#due = false;
    this.#timer ??= setTimeout(() => this.#makeDue(), DELAY_MS);
  }

  #makeDue(): void {
    this.#timer = undefined;
    this.#due = true;
    this.wrote();
  }

  /** One step for each turn of the event loop, so that appends that came meanwhile go before the next. */
  #soon(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#step(this.#due);
      this.wrote();
    });
  }

  /** Whether there is a new checkpoint. */
  #step(now: boolean): boolean {
    try {
      const made = this.#checkpointer.step(this.#head(), now);
      if (made?.size === this.#head()) this.#due = false;
      if (made) this.#made(made);
      return made !== undefined;
    } catch (error) {
      if (isBusy(error)) this.#postpone();
      else {
        this.stop();
        this.#failed(error instanceof Error ? error : new Error(String(error)));
      }
      return false;
    }
  }
}
