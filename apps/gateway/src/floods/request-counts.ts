import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';

type Count = { current: number; startedAt: number };

/** An address, its count and what the map needs for both. */
const ENTRY_BYTES = 200;

/** Requests of each address since its window began. Of too many addresses those are forgotten that have been quiet for longest. */
export class RequestCounts {
  readonly #counts = new Map<string, Count>();
  readonly #most: number;
  readonly #now: () => number;

  constructor({ most = 10_000, now = () => performance.now() }: { readonly most?: number; readonly now?: () => number } = {}) {
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#counts.size;
  }

  get bytes(): number {
    return this.#counts.size * ENTRY_BYTES;
  }

  /** Counts one more. `ttl` is what is left of the window, in milliseconds. */
  increment(address: string, windowMs: number): { readonly current: number; readonly ttl: number } {
    const now = this.#now();
    let count = this.#counts.get(address);
    if (count) this.#counts.delete(address);
    if (!count || now - count.startedAt >= windowMs) count = { current: 0, startedAt: now };
    count.current += 1;
    this.#counts.set(address, count);
    if (this.#counts.size > this.#most) this.#forgetOldest();
    return { current: count.current, ttl: windowMs - (now - count.startedAt) };
  }

  forget(address: string): void {
    this.#counts.delete(address);
  }

  /** These counts as the plugin wants to make them. */
  asStore(): FastifyRateLimitStoreCtor {
    const increment = this.increment.bind(this);
    return class implements FastifyRateLimitStore {
      incr(address: string, done: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
        done(null, increment(address, windowMs));
      }

      child(): FastifyRateLimitStore {
        return this;
      }
    };
  }

  #forgetOldest(): void {
    const oldest = this.#counts.keys().next();
    if (!oldest.done) this.#counts.delete(oldest.value);
  }
}
