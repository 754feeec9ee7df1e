import { GatewayError } from '@openclaw-gateway/events';

const MOST_AT_ONCE = 64;
const MOST_WAITING = 1_000;
const RETRY_MS = 1_000;

/**
 * Lets so many calls of one account in at a time and has the others wait their turn, so that a flood on one account is that account's
 * alone. Rejects with OVERLOADED when too many wait: the service keeps them.
 */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  async enter<T>(act: () => Promise<T>): Promise<T> {
    if (this.#inside >= MOST_AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING) {
        throw new GatewayError('OVERLOADED', { message: 'Too much came by this account at once.', details: { retryAfterMs: RETRY_MS } });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#inside += 1;
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
