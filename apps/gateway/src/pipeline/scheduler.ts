/**
 * Decides when a session works: at most one step of a session at a time, at most `limit` sessions at once,
 * and those that wait are served in the order they asked, one message each.
 */
export class Scheduler {
  readonly #work: (sessionId: string) => Promise<{ readonly again: boolean; readonly until?: number }>;
  readonly #limit: () => number;
  readonly #failed: (sessionId: string, error: unknown) => void;
  readonly #now: () => number;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #wokenWhileActive = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(options: {
    /** One step of a session. `again`: there is more to do now. `until`: there will be more to do then. */
    readonly work: (sessionId: string) => Promise<{ readonly again: boolean; readonly until?: number }>;
    readonly limit: () => number;
    readonly failed: (sessionId: string, error: unknown) => void;
    /** The clock that `until` is read on, in milliseconds. */
    readonly now: () => number;
  }) {
    this.#work = options.work;
    this.#limit = options.limit;
    this.#failed = options.failed;
    this.#now = options.now;
  }

  get active(): number {
    return this.#active.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  wake(sessionId: string): void {
    if (this.#stopped) return;
    const timer = this.#timers.get(sessionId);
    if (timer) {
      clearTimeout(timer);
      this.#timers.delete(sessionId);
    }
    if (this.#active.has(sessionId)) this.#wokenWhileActive.add(sessionId);
    else this.#waiting.add(sessionId);
    this.#pump();
  }

  /** Starts what may start now that the limit is another. */
  limitChanged(): void {
    if (!this.#stopped) this.#pump();
  }

  /** Starts nothing more, and resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #pump(): void {
    for (const sessionId of this.#waiting) {
      if (this.#active.size >= this.#limit()) return;
      this.#waiting.delete(sessionId);
      this.#active.add(sessionId);
      void this.#step(sessionId);
    }
  }

  async #step(sessionId: string): Promise<void> {
    let more: { again: boolean; until?: number } = { again: false };
    try {
      more = await this.#work(sessionId);
    } catch (error) {
      this.#failed(sessionId, error);
    }
    this.#active.delete(sessionId);
    const woken = this.#wokenWhileActive.delete(sessionId);
    if (this.#active.size === 0) this.#idle?.();
    if (this.#stopped) return;
    if (more.again || woken) this.#waiting.add(sessionId);
    else if (more.until !== undefined) this.#later(sessionId, more.until);
    this.#pump();
  }

  #later(sessionId: string, until: number): void {
    const delayMs = Math.min(Math.max(0, until - this.#now()), 2 ** 31 - 1);
    this.#timers.set(
      sessionId,
      setTimeout(() => this.wake(sessionId), delayMs),
    );
  }
}
