import type { MessagePriority } from './binding.ts';

/** Every so many starts the one that waits longest goes first, so that urgent ones hold up nobody for ever. */
const FAIR_EVERY = 8;
const LEVELS = ['high', 'normal', 'low'] as const;

/**
 * Decides when a session works: at most one step of a session at a time, at most `limit` sessions at once,
 * and those that wait are served by priority and then in the order they asked, one message each.
 */
export class Scheduler {
  readonly #work: (sessionId: string) => Promise<{ readonly again: boolean; readonly until?: number }>;
  readonly #limit: () => number;
  readonly #failed: (sessionId: string, error: unknown) => void;
  readonly #now: () => number;
  readonly #priority: (sessionId: string) => MessagePriority;
  /** Who waits, with the number of the request, in the order of the requests. */
  readonly #waiting: Readonly<Record<MessagePriority, Map<string, number>>> = { high: new Map(), normal: new Map(), low: new Map() };
  readonly #active = new Set<string>();
  readonly #wokenWhileActive = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #asked = 0;
  #started = 0;
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(options: {
    /** One step of a session. `again`: there is more to do now. `until`: there will be more to do then. */
    readonly work: (sessionId: string) => Promise<{ readonly again: boolean; readonly until?: number }>;
    readonly limit: () => number;
    readonly failed: (sessionId: string, error: unknown) => void;
    /** The clock that `until` is read on, in milliseconds. */
    readonly now: () => number;
    /** How urgent a session is when it begins to wait; all are alike when left out. */
    readonly priority?: (sessionId: string) => MessagePriority;
  }) {
    this.#work = options.work;
    this.#limit = options.limit;
    this.#failed = options.failed;
    this.#now = options.now;
    this.#priority = options.priority ?? (() => 'normal');
  }

  get active(): number {
    return this.#active.size;
  }

  get waiting(): number {
    return LEVELS.reduce((sum, level) => sum + this.#waiting[level].size, 0);
  }

  wake(sessionId: string): void {
    if (this.#stopped) return;
    const timer = this.#timers.get(sessionId);
    if (timer) {
      clearTimeout(timer);
      this.#timers.delete(sessionId);
    }
    if (this.#active.has(sessionId)) this.#wokenWhileActive.add(sessionId);
    else this.#wait(sessionId);
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
    for (const level of LEVELS) this.#waiting[level].clear();
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #pump(): void {
    while (this.#active.size < this.#limit()) {
      const sessionId = this.#next();
      if (sessionId === undefined) return;
      this.#active.add(sessionId);
      void this.#step(sessionId);
    }
  }

  /** One that waits already keeps its place, unless it became more urgent. */
  #wait(sessionId: string): void {
    const level = this.#priority(sessionId);
    const before = LEVELS.find((each) => this.#waiting[each].has(sessionId));
    if (before !== undefined && LEVELS.indexOf(before) <= LEVELS.indexOf(level)) return;
    if (before !== undefined) this.#waiting[before].delete(sessionId);
    this.#waiting[level].set(sessionId, this.#asked++);
  }

  #next(): string | undefined {
    const firsts = LEVELS.flatMap((level) => {
      const [first] = this.#waiting[level];
      return first ? [{ level, sessionId: first[0], asked: first[1] }] : [];
    });
    const [urgent] = firsts;
    if (!urgent) return undefined;
    const isFair = firsts.length > 1 && ++this.#started % FAIR_EVERY === 0;
    const chosen = isFair ? firsts.reduce((a, b) => (b.asked < a.asked ? b : a)) : urgent;
    this.#waiting[chosen.level].delete(chosen.sessionId);
    return chosen.sessionId;
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
    if (more.again || woken) this.#wait(sessionId);
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
