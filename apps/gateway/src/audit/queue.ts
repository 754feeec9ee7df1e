/** What is recorded after the fact waits here. While it cannot be written, nothing more is taken: whoever acts must be refused. */
import { GatewayError } from '@openclaw-gateway/events';

const MOST_WAITING = 1000;
const AGAIN_MS = 500;

export type Write = () => Promise<unknown>;

export class AuditQueue {
  readonly #logger: { warn(details: object, message: string): void };
  readonly #waiting: Write[] = [];
  readonly #pause = new AbortController();
  #writing: Promise<void> | undefined;
  #problem: unknown;

  constructor(logger: { warn(details: object, message: string): void }) {
    this.#logger = logger;
  }

  /** Why nothing may be done just now that belongs in the trail. */
  refusal(): GatewayError | undefined {
    if (this.#problem === undefined && this.#waiting.length < MOST_WAITING) return undefined;
    return unavailable(this.#problem);
  }

  /** Writes as soon as it can, in this order. */
  add(write: Write): void {
    this.#waiting.push(write);
    this.#writing ??= this.#work();
  }

  /** Gives what waits one more chance. */
  async close(): Promise<void> {
    this.#pause.abort();
    await this.#writing;
  }

  async #work(): Promise<void> {
    for (;;) {
      // What waits together is committed together.
      const batch = this.#waiting.slice(0, 100);
      const results = await Promise.allSettled(batch.map((write) => write()));
      const failed = batch.filter((_, index) => results[index]?.status === 'rejected');
      this.#waiting.splice(0, batch.length, ...failed);
      const problem = results.find((result) => result.status === 'rejected')?.reason as unknown;
      if (problem !== undefined && this.#problem === undefined) this.#logger.warn({ err: problem }, 'the audit trail cannot be written');
      if (problem === undefined && this.#problem !== undefined) this.#logger.warn({}, 'the audit trail is written again');
      this.#problem = problem;
      if (this.#waiting.length === 0 || (problem !== undefined && this.#pause.signal.aborted)) break;
      if (problem !== undefined) await pause(AGAIN_MS, this.#pause.signal);
    }
    this.#writing = undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export function unavailable(cause: unknown): GatewayError {
  return new GatewayError('AUDIT_UNAVAILABLE', {
    ...(cause instanceof GatewayError && { details: { because: cause.code } }),
    ...(cause === undefined ? {} : { cause }),
  });
}
