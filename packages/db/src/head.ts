import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { SubscribeOptions } from './log.ts';

/** How far something has come, and a way to wait until it has come further. */
export class Head {
  #position: number;
  #waiting = new Set<() => void>();
  #closed = false;

  constructor(position: number) {
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get closed(): boolean {
    return this.#closed;
  }

  advance(position: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    this.#wake();
  }

  /** Those that wait look again at why they should not. */
  stir(): void {
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves at the next advance, on close, or when the signal aborts. */
  moved(signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /**
   * Resolves once the position is reached. Rejects with `DEADLINE_EXCEEDED`, with `SHUTTING_DOWN` when closed before, and with `never`
   * once that says why it cannot be reached.
   */
  async reached(position: number, timeoutMs: number, never: () => GatewayError | undefined = () => undefined): Promise<void> {
    if (this.#position >= position) return;
    const deadline = AbortSignal.timeout(timeoutMs);
    while (this.#position < position) {
      if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
      const reason = never();
      if (reason) throw reason;
      if (deadline.aborted) throw new GatewayError('DEADLINE_EXCEEDED', { details: { position, reached: this.#position } });
      await this.moved(deadline);
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const done of waiting) done();
  }
}

/** Pages after a position, then live: the head says only that there is more, the pages are always read. */
export async function* follow(
  head: Head,
  readAll: (page: { readonly after: number; readonly limit: number }) => Promise<StoredEvent[]>,
  options: SubscribeOptions,
): AsyncGenerator<readonly StoredEvent[]> {
  const { signal, pageSize = 250 } = options;
  let { after } = options;
  while (!signal.aborted && !head.closed) {
    if (head.position <= after) {
      await head.moved(signal);
      continue;
    }
    const page = await readAll({ after, limit: pageSize });
    const last = page.at(-1);
    if (signal.aborted || !last) continue;
    after = last.position;
    yield page;
  }
}
