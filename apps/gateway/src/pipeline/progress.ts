import type { Outcome, Progress } from '../parts.ts';

type Listener = (progress: Progress) => void;

const RECENT = 2000;

/** Tells whoever follows a message what happens to it, and remembers how the newest ones ended. */
export class ProgressBoard {
  readonly #byMessage = new Map<string, Set<Listener>>();
  readonly #all = new Set<Listener>();
  readonly #recent = new Map<string, Outcome>();

  publish(progress: Progress): void {
    if (progress.type === 'settled') this.#remember(progress.messageId, progress.outcome);
    for (const listener of this.#all) listener(progress);
    const listeners = this.#byMessage.get(progress.messageId);
    if (!listeners) return;
    for (const listener of [...listeners]) listener(progress);
  }

  /** Whether anyone would see a delta of this message. */
  hasAudience(messageId: string): boolean {
    return this.#all.size > 0 || this.#byMessage.has(messageId);
  }

  recentOutcome(messageId: string): Outcome | undefined {
    return this.#recent.get(messageId);
  }

  follow(messageId: string, listener: Listener): () => void {
    const listeners = this.#byMessage.get(messageId) ?? new Set();
    this.#byMessage.set(messageId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#byMessage.delete(messageId);
    };
  }

  followAll(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  #remember(messageId: string, outcome: Outcome): void {
    this.#recent.delete(messageId);
    this.#recent.set(messageId, outcome);
    if (this.#recent.size <= RECENT) return;
    const oldest = this.#recent.keys().next();
    if (!oldest.done) this.#recent.delete(oldest.value);
  }
}
