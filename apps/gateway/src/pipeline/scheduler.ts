import { type Claim, WaitingLine } from './waiting-line.ts';

/** Of all places this share is kept from any one sender, so that a place is free when another one comes. */
const KEPT_FOR_OTHERS = 0.1;

const agentKey = (agentId: string) => `agent ${agentId}`;
const senderKey = (sender: string) => `sender ${sender}`;

/**
 * Decides when a session works: at most one step of a session at a time, at most `limit` sessions at once, no more of an agent than it
 * allows, and those that wait are served by priority and then the senders in turns, one message each.
 */
export class Scheduler {
  readonly #work: (sessionId: string) => Promise<{ readonly again: boolean; readonly until?: number }>;
  readonly #limit: () => number;
  readonly #failed: (sessionId: string, error: unknown) => void;
  readonly #now: () => number;
  readonly #claim: (sessionId: string) => Claim;
  readonly #limitOf: (agentId: string) => number;
  readonly #waiting = new WaitingLine();
  readonly #active = new Map<string, Claim>();
  /** How many work of each agent and each sender. */
  readonly #counts = new Map<string, number>();
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
    /** How urgent a session is, whose and for which agent, when it begins to wait; all are alike when left out. */
    readonly claim?: (sessionId: string) => Claim;
    /** How many sessions of an agent may work at once. */
    readonly limitOf?: (agentId: string) => number;
  }) {
    this.#work = options.work;
    this.#limit = options.limit;
    this.#failed = options.failed;
    this.#now = options.now;
    this.#claim = options.claim ?? ((sessionId) => ({ priority: 'normal', sender: sessionId, agentId: '' }));
    this.#limitOf = options.limitOf ?? (() => Number.POSITIVE_INFINITY);
  }

  get active(): number {
    return this.#active.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a session would be served at once. `coming` are those that are on their way, itself among them. */
  hasPlace({ sender, agentId }: Pick<Claim, 'sender' | 'agentId'>, coming: number): boolean {
    const before = this.#waiting.size + coming;
    return (
      this.#active.size + before <= this.#limit() &&
      this.#working(agentKey(agentId)) + before <= this.#limitOf(agentId) &&
      this.#working(senderKey(sender)) + this.#waiting.of(sender) + coming <= this.#limitOfSender()
    );
  }

  wake(sessionId: string): void {
    if (this.#stopped) return;
    const timer = this.#timers.get(sessionId);
    if (timer) {
      clearTimeout(timer);
      this.#timers.delete(sessionId);
    }
    if (this.#active.has(sessionId)) this.#wokenWhileActive.add(sessionId);
    else this.#waiting.add(sessionId, this.#claim(sessionId));
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
    while (this.#active.size < this.#limit()) {
      const next = this.#waiting.take((claim) => this.#mayBegin(claim));
      if (!next) return;
      this.#active.set(next.id, next);
      this.#count(next, 1);
      void this.#step(next.id);
    }
  }

  #mayBegin({ sender, agentId }: Claim): boolean {
    return this.#working(agentKey(agentId)) < this.#limitOf(agentId) && this.#working(senderKey(sender)) < this.#limitOfSender();
  }

  #working(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #count({ sender, agentId }: Claim, by: 1 | -1): void {
    for (const key of [agentKey(agentId), senderKey(sender)]) {
      const now = this.#working(key) + by;
      if (now > 0) this.#counts.set(key, now);
      else this.#counts.delete(key);
    }
  }

  #limitOfSender(): number {
    const limit = this.#limit();
    return Math.max(1, limit - Math.max(1, Math.floor(limit * KEPT_FOR_OTHERS)));
  }

  async #step(sessionId: string): Promise<void> {
    let more: { again: boolean; until?: number } = { again: false };
    try {
      more = await this.#work(sessionId);
    } catch (error) {
      this.#failed(sessionId, error);
    }
    const claim = this.#active.get(sessionId);
    if (claim) this.#count(claim, -1);
    this.#active.delete(sessionId);
    const woken = this.#wokenWhileActive.delete(sessionId);
    if (this.#active.size === 0) this.#idle?.();
    if (this.#stopped) return;
    if (more.again || woken) this.#waiting.add(sessionId, this.#claim(sessionId));
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
