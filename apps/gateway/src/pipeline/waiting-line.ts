/**
 * Who of those that wait is next: the more urgent first, and among equals the senders in turns, each with what it asked first. Every so
 * many turns the one that waits longest goes first, whatever it is, so that nobody waits for ever. No I/O, no clock.
 */
import type { MessagePriority } from './binding.ts';

const FAIR_EVERY = 8;
const LEVELS = ['high', 'normal', 'low'] as const;

/** What is known of something that waits. */
export type Claim = { readonly priority: MessagePriority; readonly sender: string; readonly agentId: string };

type Waiting = Claim & { readonly id: string };

export class WaitingLine {
  /** All, in the order they came. */
  readonly #all = new Map<string, Waiting>();
  /** By level the senders in the order of their turns, each with what it asked in its order. */
  readonly #levels: Readonly<Record<MessagePriority, Map<string, Map<string, Waiting>>>> = {
    high: new Map(),
    normal: new Map(),
    low: new Map(),
  };
  #turns = 0;

  get size(): number {
    return this.#all.size;
  }

  /** How many of them are of this sender. */
  of(sender: string): number {
    return LEVELS.reduce((sum, level) => sum + (this.#levels[level].get(sender)?.size ?? 0), 0);
  }

  /** One that waits already keeps its place, unless it became more urgent. */
  add(id: string, claim: Claim): void {
    const before = this.#all.get(id);
    if (before && LEVELS.indexOf(before.priority) <= LEVELS.indexOf(claim.priority)) return;
    if (before) this.#remove(before);
    const waiting = { id, ...claim };
    this.#all.set(id, waiting);
    const senders = this.#levels[claim.priority];
    const own = senders.get(claim.sender) ?? new Map<string, Waiting>();
    own.set(id, waiting);
    senders.set(claim.sender, own);
  }

  clear(): void {
    this.#all.clear();
    for (const level of LEVELS) this.#levels[level].clear();
  }

  /** Takes out who is next of those that may begin. */
  take(mayBegin: (claim: Claim) => boolean): Waiting | undefined {
    if (this.#all.size === 0) return undefined;
    const urgent = this.#urgent(mayBegin);
    if (!urgent) return undefined;
    this.#turns += 1;
    const next = this.#turns % FAIR_EVERY === 0 ? (first(this.#all, mayBegin) ?? urgent) : urgent;
    this.#remove(next);
    this.#giveTurn(next);
    return next;
  }

  #urgent(mayBegin: (claim: Claim) => boolean): Waiting | undefined {
    for (const level of LEVELS) {
      for (const own of this.#levels[level].values()) {
        const next = first(own, mayBegin);
        if (next) return next;
      }
    }
    return undefined;
  }

  #remove({ id, priority, sender }: Waiting): void {
    this.#all.delete(id);
    const own = this.#levels[priority].get(sender);
    own?.delete(id);
    if (own?.size === 0) this.#levels[priority].delete(sender);
  }

  /** Who was served goes behind the other senders. */
  #giveTurn({ priority, sender }: Waiting): void {
    const senders = this.#levels[priority];
    const own = senders.get(sender);
    if (!own) return;
    senders.delete(sender);
    senders.set(sender, own);
  }
}

function first(waiting: ReadonlyMap<string, Waiting>, mayBegin: (claim: Claim) => boolean): Waiting | undefined {
  for (const one of waiting.values()) if (mayBegin(one)) return one;
  return undefined;
}
