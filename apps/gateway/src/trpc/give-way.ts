/** Messages come first: what dashboards ask is answered on the same thread, and waits its turn while messages pass. */
import { GatewayError } from '@openclaw-gateway/events';

const MOST_WAITING = 500;
/** While messages pass: so many reads at once, as when somebody opens a page or two, then so many a second. */
const BURST = 40;
const PER_SECOND = 8;
/** Messages pass while something was committed this recently. */
const PASSING_MS = 100;

export class GiveWay {
  readonly #head: () => number;
  readonly #waiting: (() => void)[] = [];
  #left = Number.POSITIVE_INFINITY;
  #refilledAt = 0;
  #seenHead: number;
  #movedAt = Number.NEGATIVE_INFINITY;

  /** `head`: the position of the last event that was committed. */
  constructor(head: () => number) {
    this.#head = head;
    this.#seenHead = head();
  }

  /** Resolves when a read may begin. Rejects with `OVERLOADED` when 500 wait, `QUERY_CANCELLED` when nobody waits for it any more. */
  async turn(signal?: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) throw new GatewayError('OVERLOADED');
    await new Promise<void>((begin) => {
      this.#waiting.push(begin);
      if (this.#waiting.length === 1) this.#next();
    });
    if (!signal?.aborted) return;
    this.#left += 1;
    throw new GatewayError('QUERY_CANCELLED');
  }

  #next(): void {
    this.#refill();
    for (; this.#waiting.length > 0 && this.#left >= 1; this.#left -= 1) this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setTimeout(() => this.#next(), 1_000 / PER_SECOND).unref();
  }

  #refill(): void {
    const now = performance.now();
    const head = this.#head();
    if (head !== this.#seenHead) this.#movedAt = now;
    this.#seenHead = head;
    const arePassing = now - this.#movedAt < PASSING_MS;
    this.#left = arePassing ? Math.min(BURST, this.#left + ((now - this.#refilledAt) / 1_000) * PER_SECOND) : Number.POSITIVE_INFINITY;
    this.#refilledAt = now;
  }
}
