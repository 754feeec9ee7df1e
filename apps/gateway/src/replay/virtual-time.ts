/**
 * Time that passes only when nothing else happens, so that a replay waits for no retry and runs out of no deadline by chance.
 * Only for the process of a replay: it takes the place of the global clock and timers.
 */
type Timer = { readonly id: number; readonly due: number; readonly run: () => void; unref(): Timer; ref(): Timer };

/** Long ago, so that whoever compares it with the real time finds every date due. */
const START = Date.UTC(2001, 0, 1);

export class VirtualTime implements Disposable {
  readonly #timers = new Map<number, Timer>();
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now };
  #now = START;
  #nextId = 1;

  constructor() {
    const schedule = (callback: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]): Timer => {
      const id = this.#nextId++;
      const timer: Timer = {
        id,
        due: this.#now + Math.max(0, delayMs),
        run: () => callback(...values),
        unref: () => timer,
        ref: () => timer,
      };
      this.#timers.set(id, timer);
      return timer;
    };
    globalThis.setTimeout = schedule as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer?: Timer) => void (timer && this.#timers.delete(timer.id))) as typeof clearTimeout;
    Date.now = () => this.#now;
  }

  get now(): number {
    return this.#now;
  }

  /** Goes on to the next timer and runs it. Returns whether there was one. */
  advance(): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) if (!next || timer.due < next.due) next = timer;
    if (!next) return false;
    this.#timers.delete(next.id);
    this.#now = Math.max(this.#now, next.due);
    next.run();
    return true;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#real.setTimeout;
    globalThis.clearTimeout = this.#real.clearTimeout;
    Date.now = this.#real.now;
  }
}
