const SLOTS = 30;

/** How many things happened within the last while, to a thirtieth of it. Bounded, however many there are. */
export class SlidingCount {
  readonly #windowMs: number;
  readonly #slots = new Array<{ slot: number; count: number }>(SLOTS).fill({ slot: -1, count: 0 });

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** One of another window, empty where the window is another one. */
  over(windowMs: number): SlidingCount {
    return windowMs === this.#windowMs ? this : new SlidingCount(windowMs);
  }

  add(time: number): void {
    const slot = this.#slotOf(time);
    const index = slot % SLOTS;
    const before = this.#slots[index];
    this.#slots[index] = { slot, count: before?.slot === slot ? before.count + 1 : 1 };
  }

  total(now: number): number {
    const oldest = this.#slotOf(now) - SLOTS + 1;
    return this.#slots.reduce((sum, { slot, count }) => (slot >= oldest ? sum + count : sum), 0);
  }

  #slotOf(time: number): number {
    return Math.floor(time / (this.#windowMs / SLOTS));
  }
}
