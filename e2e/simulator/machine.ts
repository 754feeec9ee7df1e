/**
 * The machine that everything in a simulation runs on: one clock, one source of randomness, one list of what could happen next.
 * A seed decides which of it happens. While it is installed, the product's own clock, timers and ids come from here, too.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { newId } from '@openclaw-gateway/events';
import { type Random, seeded } from '../random.ts';

/** What a task belongs to: when its owner has ended, it does not happen any more. */
export type Owner = { readonly alive: boolean };

type Task = {
  readonly dueMs: number;
  readonly order: number;
  readonly name: string;
  /** The product's timers fire in the order of their times; everything else that is due may happen in any order. */
  readonly isTimer: boolean;
  readonly owner: Owner | undefined;
  readonly run: () => void;
};

type FakeTimer = { readonly unref: () => FakeTimer; readonly ref: () => FakeTimer; readonly hasRef: () => boolean; task: Task | undefined };

const timersPromises = createRequire(import.meta.url)('node:timers/promises') as { setTimeout: unknown };
const real = { setImmediate: globalThis.setImmediate };
/** 2026-01-01, so that a time in a trace looks like one. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

export class Machine {
  readonly random: Random;
  /** Called with each step's name. */
  onStep: (name: string) => void = () => {};
  /** How far the wall clock is ahead of what has really passed, in milliseconds. */
  skewMs = 0;
  steps = 0;
  #passedMs = 0;
  #order = 0;
  #tasks: Task[] = [];
  #immediates: (() => void)[] = [];
  #outside: Promise<unknown>[] = [];

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  /** Milliseconds since the machine was started; no jump of the wall clock is seen here. */
  get passedMs(): number {
    return this.#passedMs;
  }

  /** What the wall clock says, in whole milliseconds since 1970. */
  now(): number {
    return EPOCH_MS + Math.floor(this.#passedMs + this.skewMs);
  }

  /** Lets something happen after a while. */
  after(delayMs: number, name: string, run: () => void, owner?: Owner): void {
    this.#add({ delayMs, name, run, owner, isTimer: false });
  }

  /** Resolves after a while, or never when its owner ends before. */
  async sleep(delayMs: number, name: string, owner?: Owner): Promise<void> {
    await new Promise<void>((resolve) => this.after(delayMs, name, resolve, owner));
  }

  /** A duration of at most `mostMs`, most of them short. */
  latency(mostMs: number): number {
    return mostMs * this.random.fraction() ** 4;
  }

  /** Takes away the timers of a process that ended. */
  dropTimers(): void {
    this.#tasks = this.#tasks.filter((task) => !task.isTimer);
  }

  /** What happens outside of the machine is part of the step that it was begun in: that one lasts until it is over. */
  lastsUntil(outside: Promise<unknown>): void {
    this.#outside.push(outside);
  }

  /** Lets one thing happen, and everything that follows from it at once. Returns whether there was anything. */
  async step(): Promise<boolean> {
    const next = this.#choose();
    if (!next) return false;
    this.steps += 1;
    this.#passedMs += this.random.fraction();
    this.onStep(next.name);
    next.run();
    await settled();
    await this.#outsideSettled();
    return true;
  }

  /** Lets the product's leftovers of this turn run out, so that the next simulation begins with a clean thread. */
  async finish(): Promise<void> {
    this.#tasks = [];
    for (let immediate = this.#immediates.shift(); immediate; immediate = this.#immediates.shift()) {
      immediate();
      await settled();
    }
    await this.#outsideSettled();
  }

  async #outsideSettled(): Promise<void> {
    while (this.#outside.length > 0) {
      await Promise.allSettled(this.#outside.splice(0));
      await settled();
    }
  }

  /** Puts the machine's clock, timers and randomness in the place of the platform's. Returns the way back. */
  install(): () => void {
    const before = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setImmediate: globalThis.setImmediate,
      clearImmediate: globalThis.clearImmediate,
      dateNow: Date.now,
      performanceNow: performance.now,
      mathRandom: Math.random,
      getRandomValues: crypto.getRandomValues,
      abortTimeout: AbortSignal.timeout,
      wait: timersPromises.setTimeout,
    };
    const fakes = {
      setTimeout: (run: () => void, delayMs = 0) => this.#timer(delayMs, run),
      clearTimeout: (timer: FakeTimer | undefined) => this.#cancel(timer),
      setImmediate: (run: () => void) => this.#soon(run),
      clearImmediate: (run: (() => void) | undefined) => this.#notSoon(run),
    };
    Object.assign(globalThis, fakes);
    Object.assign(Date, { now: () => this.now() });
    Object.assign(performance, { now: () => this.#passedMs });
    Object.assign(Math, { random: () => this.random.fraction() });
    const fill = <T extends ArrayBufferView>(array: T): T => this.fill(array);
    Object.defineProperty(crypto, 'getRandomValues', { value: fill, configurable: true, writable: true });
    Object.assign(AbortSignal, { timeout: (delayMs: number) => this.#abortAfter(delayMs) });
    timersPromises.setTimeout = (delayMs: number, value: unknown, options?: { signal?: AbortSignal }) =>
      this.#wait(delayMs, value, options?.signal);
    syncBuiltinESMExports();
    emptyIdPool(() => this.idDraws);
    return () => {
      Object.assign(globalThis, {
        setTimeout: before.setTimeout,
        clearTimeout: before.clearTimeout,
        setImmediate: before.setImmediate,
        clearImmediate: before.clearImmediate,
      });
      Object.assign(Date, { now: before.dateNow });
      Object.assign(performance, { now: before.performanceNow });
      Object.assign(Math, { random: before.mathRandom });
      Object.defineProperty(crypto, 'getRandomValues', { value: before.getRandomValues, configurable: true, writable: true });
      Object.assign(AbortSignal, { timeout: before.abortTimeout });
      timersPromises.setTimeout = before.wait;
      syncBuiltinESMExports();
    };
  }

  /** How often somebody asked the platform for random bytes. */
  idDraws = 0;

  /** Fills an array with random bytes. */
  fill<T extends ArrayBufferView>(array: T): T {
    this.idDraws += 1;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let drawn = 0;
    for (let index = 0; index < bytes.length; index++, drawn >>>= 8) {
      if (index % 4 === 0) drawn = this.random.below(2 ** 32);
      bytes[index] = drawn;
    }
    return array;
  }

  #choose(): { name: string; run: () => void } | undefined {
    this.#tasks = this.#tasks.filter((task) => task.owner?.alive !== false);
    if (this.#tasks.length === 0 && this.#immediates.length === 0) return undefined;
    const immediate = this.#immediates[0];
    let due = this.#due();
    if (due.length === 0 && !immediate) {
      this.#passedMs = Math.min(...this.#tasks.map((task) => task.dueMs));
      due = this.#due();
    }
    if (immediate && (due.length === 0 || this.random.chance(0.5))) {
      this.#immediates.shift();
      return { name: 'immediate', run: immediate };
    }
    const task = this.random.pick(due);
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    return task;
  }

  /** What could happen now. */
  #due(): Task[] {
    const due = this.#tasks.filter((task) => task.dueMs <= this.#passedMs);
    const timers = due.filter((task) => task.isTimer);
    if (timers.length < 2) return due;
    const first = timers.reduce((a, b) => (b.dueMs < a.dueMs || (b.dueMs === a.dueMs && b.order < a.order) ? b : a));
    return due.filter((task) => !task.isTimer || task === first);
  }

  #add({ delayMs, ...rest }: Omit<Task, 'dueMs' | 'order'> & { readonly delayMs: number }): Task {
    const task = { ...rest, dueMs: this.#passedMs + Math.max(0, delayMs), order: this.#order++ };
    this.#tasks.push(task);
    return task;
  }

  #timer(delayMs: number, run: () => void): FakeTimer {
    const timer: FakeTimer = { ref: () => timer, unref: () => timer, hasRef: () => true, task: undefined };
    timer.task = this.#add({ delayMs: Math.max(1, delayMs), name: 'timer', run, owner: undefined, isTimer: true });
    return timer;
  }

  #cancel(timer: FakeTimer | undefined): void {
    const index = timer?.task ? this.#tasks.indexOf(timer.task) : -1;
    if (index >= 0) this.#tasks.splice(index, 1);
  }

  #soon(run: () => void): () => void {
    this.#immediates.push(run);
    return run;
  }

  #notSoon(run: (() => void) | undefined): void {
    this.#immediates = this.#immediates.filter((other) => other !== run);
  }

  #wait(delayMs: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const give = () => reject(signal?.reason);
      if (signal?.aborted) return give();
      const timer = this.#timer(delayMs, () => {
        signal?.removeEventListener('abort', cut);
        resolve(value);
      });
      const cut = () => {
        this.#cancel(timer);
        give();
      };
      signal?.addEventListener('abort', cut, { once: true });
    });
  }

  #abortAfter(delayMs: number): AbortSignal {
    const control = new AbortController();
    this.#timer(delayMs, () => control.abort(new DOMException('The operation timed out.', 'TimeoutError')));
    return control.signal;
  }
}

/** Resolves when every promise that could go on has gone on: the real event loop runs them all before it turns. */
function settled(): Promise<void> {
  return new Promise((resolve) => real.setImmediate(resolve));
}

const IDS_IN_POOL = 256;

/** Ids are made of random bytes that are drawn many at a time: what is left of an earlier draw is used up, so that the seed decides the next one. */
function emptyIdPool(draws: () => number): void {
  const before = draws();
  while (draws() === before) newId('event');
  for (let id = 1; id < IDS_IN_POOL; id++) newId('event');
}
