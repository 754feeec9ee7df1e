import type { Outcome, Progress } from '../parts.ts';

type Listener = (progress: Progress) => void;

const RECENT = 2000;
/** Characters of all replies that are remembered. */
const RECENT_WEIGHT = 4 * 1024 * 1024;

/** Tells whoever follows a message what happens to it, and remembers how the newest ones ended. */
export class ProgressBoard {
  readonly #byMessage = new Map<string, Set<Listener>>();
  readonly #untilSettled = new Map<string, Set<Listener>>();
  readonly #all = new Map<Listener, (sessionId: string) => boolean>();
  readonly #recent = new Map<string, Outcome>();
  #weight = 0;

  get remembered(): number {
    return this.#recent.size;
  }

  /** Characters of the outcomes that are remembered. */
  get rememberedWeight(): number {
    return this.#weight;
  }

  publish(progress: Progress): void {
    if (progress.type === 'settled') this.#remember(progress.messageId, progress.outcome);
    for (const listener of this.#all.keys()) listener(progress);
    for (const followers of [this.#byMessage, this.#untilSettled]) {
      for (const listener of [...(followers.get(progress.messageId) ?? [])]) listener(progress);
    }
  }

  /** Whether anyone would see a delta of this message. */
  hasAudience(messageId: string, sessionId: string): boolean {
    return this.#byMessage.has(messageId) || [...this.#all.values()].some((listens) => listens(sessionId));
  }

  recentOutcome(messageId: string): Outcome | undefined {
    return this.#recent.get(messageId);
  }

  follow(messageId: string, listener: Listener): () => void {
    return join(this.#byMessage, messageId, listener);
  }

  /** Hears the same as a follower, but is no reason to stream. */
  onSettled(messageId: string, settled: (outcome: Outcome) => void): () => void {
    return join(this.#untilSettled, messageId, (progress) => {
      if (progress.type === 'settled') settled(progress.outcome);
    });
  }

  /** `listens` says whether deltas of a session would reach anyone just now. */
  followAll(listener: Listener, listens: (sessionId: string) => boolean): () => void {
    this.#all.set(listener, listens);
    return () => this.#all.delete(listener);
  }

  /** What is forgotten can still be read from the views. */
  #remember(messageId: string, outcome: Outcome): void {
    this.#forget(messageId);
    this.#recent.set(messageId, outcome);
    this.#weight += weightOf(outcome);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= RECENT && this.#weight <= RECENT_WEIGHT) return;
      this.#forget(oldest);
    }
  }

  #forget(messageId: string): void {
    const outcome = this.#recent.get(messageId);
    if (!outcome) return;
    this.#recent.delete(messageId);
    this.#weight -= weightOf(outcome);
  }
}

function weightOf(outcome: Outcome): number {
  return 200 + (outcome.status === 'delivered' ? outcome.reply.length : 0);
}

function join(followers: Map<string, Set<Listener>>, messageId: string, listener: Listener): () => void {
  const listeners = followers.get(messageId) ?? new Set();
  followers.set(messageId, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) followers.delete(messageId);
  };
}
