/**
 * A bucket of tokens: `size` of them at once, `perSecond` more as time goes by. What is taken beyond that is owed, so that a
 * burst that came in one piece is paid for afterwards.
 */
export class Bucket {
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  constructor(size: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#tokens = size;
    this.#at = now();
  }

  /** Takes one if there is one. */
  take(rule: BucketRule): boolean {
    this.#fill(rule);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes one in any case. Returns how long it takes until what is owed is paid, in milliseconds. */
  owe(rule: BucketRule): number {
    this.#fill(rule);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / rule.perSecond) * 1000;
  }

  /** Until there is one, in milliseconds. */
  waitMs({ perSecond }: BucketRule): number {
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / perSecond) * 1000;
  }

  #fill({ size, perSecond }: BucketRule): void {
    const now = this.#now();
    this.#tokens = Math.min(size, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
  }
}

export type BucketRule = { readonly size: number; readonly perSecond: number };
