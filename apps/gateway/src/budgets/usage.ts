/** What models used on one day: a fold of the events in which they answered. */
import { ModelResponded, SessionCompacted, type StoredEvent } from '@openclaw-gateway/events';

export type Used = { readonly tokens: number; readonly usd: number };
export type Unit = keyof Used;
export type Scope = 'day' | 'agent' | 'session';

export const UNITS: readonly Unit[] = ['tokens', 'usd'];

/** More conversations than have turns in a day; beyond it the one that was quiet longest begins anew. */
const MOST_KEPT = 50_000;
const NOTHING: Used = { tokens: 0, usd: 0 };

export class DayUsage {
  #day = '';
  #total: Used = NOTHING;
  readonly #agents = new Map<string, Used>();
  readonly #sessions = new Map<string, Used>();

  /** Adds what an event says was used; a later day begins at nothing, an earlier one does not count. */
  add(event: StoredEvent, day: string): boolean {
    if (event.erased === true || day < this.#day) return false;
    if (!ModelResponded.is(event) && !SessionCompacted.is(event)) return false;
    this.#begin(day);
    const { inputTokens, outputTokens, costUsd = 0 } = event.data.usage;
    const more = { tokens: inputTokens + outputTokens, usd: costUsd };
    this.#total = sum(this.#total, more);
    const { agentId, sessionId } = event.metadata;
    if (agentId !== undefined) keep(this.#agents, agentId, more);
    if (sessionId !== undefined) keep(this.#sessions, sessionId, more);
    return true;
  }

  used(scope: Scope, of: string, day: string): Used {
    if (day !== this.#day) return NOTHING;
    if (scope === 'day') return this.#total;
    return (scope === 'agent' ? this.#agents : this.#sessions).get(of) ?? NOTHING;
  }

  /** Everybody who used something, most first. */
  all(scope: 'agent' | 'session', day: string): readonly (readonly [string, Used])[] {
    if (day !== this.#day) return [];
    return [...(scope === 'agent' ? this.#agents : this.#sessions)].toSorted(([, a], [, b]) => b.tokens - a.tokens);
  }

  #begin(day: string): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#total = NOTHING;
    this.#agents.clear();
    this.#sessions.clear();
  }
}

function keep(map: Map<string, Used>, key: string, more: Used): void {
  const before = map.get(key) ?? NOTHING;
  map.delete(key);
  map.set(key, sum(before, more));
  if (map.size <= MOST_KEPT) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

const sum = (a: Used, b: Used): Used => ({ tokens: a.tokens + b.tokens, usd: a.usd + b.usd });
