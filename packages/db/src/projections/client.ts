/** The projections' thread as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import { Head } from '../head.ts';
import type { Recorded, Sample } from '../measurements/port.ts';
import type { ProjectionProgress } from '../store.ts';
import type { Connect, ReaderThread } from '../views/lane.ts';
import type { FromProjections, ToProjections, ViewErasure } from './protocol.ts';

const RESTART_DELAY_MS = 1000;

type ReadsOfThread = Parameters<ReaderThread['post']>[0];
type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: GatewayError) => void };

export class Projections {
  readonly #dir: string;
  readonly #shown = new Head(0);
  readonly #answers = new Map<number, Waiting>();
  #worker: Worker;
  #head = 0;
  #frontier = 0;
  #progress: readonly ProjectionProgress[] = [];
  #runs = true;
  #waits = false;
  #nextId = 1;
  #readers: Parameters<Connect>[0] | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;
  /** Reads that came while the thread was being started again. */
  #held: ReadsOfThread[] = [];

  /** Starts the thread; it does nothing until `start`. */
  constructor(dir: string) {
    this.#dir = dir;
    this.#worker = this.#spawn();
  }

  /** Opens the views. Call once the log is open and locked. Rejects with `VIEW_UNAVAILABLE`. */
  start(head: number): Promise<void> {
    this.#head = head;
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const settle = (message: FromProjections): void => {
        if (message.kind === 'refused') reject(GatewayError.fromBody(message.error));
        else if (message.kind === 'ready') resolve();
        else return;
        worker.off('message', settle);
      };
      worker.on('message', settle);
      worker.once('error', (cause) => reject(new GatewayError('VIEW_UNAVAILABLE', { details: { cause: cause.message } })));
      this.#post({ kind: 'start', dir: this.#dir });
    });
  }

  /** The log has grown to `head`. */
  wake(head: number): void {
    this.#head = head;
    if (!this.#waits) return;
    this.#waits = false;
    this.#post({ kind: 'wake' });
  }

  /** As of the last batch. */
  progress(): readonly ProjectionProgress[] {
    return this.#progress;
  }

  waitFor(position: number, timeoutMs: number): Promise<void> {
    return this.#shown.reached(position, timeoutMs, () => this.#stoppedBefore(position));
  }

  /** Which view will not come so far, once all others have. */
  #stoppedBefore(position: number): GatewayError | undefined {
    if (!this.#waits || this.#frontier < position) return undefined;
    const stopped = this.#progress.find((view) => view.stopped && view.position < position);
    return stopped && new GatewayError('VIEW_STOPPED', { details: { view: stopped.name, position: stopped.position + 1 } });
  }

  /** Rejects with `BAD_REQUEST` when no such projection has stopped. */
  async resume(name: string, action: 'retry' | 'skip'): Promise<void> {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    await this.#ask((id) => ({ kind: 'resume', id, name, action }));
    // It works again, and says so when it is done.
    this.#waits = false;
  }

  /** Has every projection forget it. */
  async erase(erasure: ViewErasure): Promise<void> {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    await this.#ask((id) => ({ kind: 'erase', id, erasure }));
  }

  /** Keeps figures of the process. Rejects with `VIEW_UNAVAILABLE` when they could not be written. */
  async record(sample: Sample): Promise<Recorded> {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    if (!this.#runs) throw new GatewayError('VIEW_UNAVAILABLE');
    return (await this.#ask((id) => ({ kind: 'record', id, sample }))) as Recorded;
  }

  /** The reads that this thread answers between its batches; one lane may connect. */
  readonly reader: Connect = (listener) => {
    this.#readers = listener;
    return { post: (request) => this.#read(request), close: async () => undefined };
  };

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#shown.close();
    if (!this.#runs) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#post({ kind: 'close' });
    await ended;
  }

  #ask(message: (id: number) => ToProjections): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#post(message(id));
    });
  }

  #spawn(): Worker {
    this.#runs = true;
    const worker = new Worker(new URL('./projections.worker.ts', import.meta.url), {
      name: 'projections',
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 48 },
    });
    worker.on('message', (message: FromProjections) => this.#receive(message));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', () => this.#lose(worker, 'the thread ended'));
    return worker;
  }

  #receive(message: FromProjections): void {
    if (message.kind === 'progress') {
      this.#waits = message.waiting;
      this.#frontier = message.frontier;
      this.#progress = message.projections;
      this.#shown.advance(message.position);
      if (message.waiting && message.projections.some(({ stopped }) => stopped)) this.#shown.stir();
      // What came while it worked found it busy and did not wake it.
      if (message.waiting && message.frontier < this.#head) this.wake(this.#head);
    } else if (message.kind === 'answer') {
      this.#settle(message.id, message);
    } else if (message.kind === 'reply') {
      this.#readers?.reply(message);
    }
  }

  #settle(id: number, { value, error }: { readonly value?: unknown; readonly error?: ErrorBody }): void {
    const waiting = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) waiting?.reject(GatewayError.fromBody(error));
    else waiting?.resolve(value);
  }

  /** The views can always be made from the log, so the thread is simply started again. */
  #lose(worker: Worker, cause: string): void {
    if (this.#worker !== worker) return;
    this.#runs = false;
    this.#waits = false;
    const error = new GatewayError('VIEW_UNAVAILABLE', { details: { cause } }).toBody();
    for (const id of this.#answers.keys()) this.#settle(id, { error });
    this.#readers?.lost(new Error(cause));
    if (this.#closed || this.#restart) return;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#worker = this.#spawn();
      this.#post({ kind: 'start', dir: this.#dir });
      for (const request of this.#held.splice(0)) this.#post(request);
    }, RESTART_DELAY_MS);
    this.#restart.unref();
  }

  /** A read that waits for the next thread is late; one that was posted to a thread that ended would never be answered. */
  #read(request: ReadsOfThread): void {
    if (this.#runs) this.#post(request);
    else this.#held.push(request);
  }

  #post(message: ToProjections): void {
    this.#worker.postMessage(message);
  }
}
