/** The places where one question may still be asked, in the order in which they are. */

import { GatewayError } from '@openclaw-gateway/events';
import type { Place } from '../../asked.ts';
import type { Candidate } from './call.ts';
import { choose, lastResort, type Member } from './choose.ts';

/** Equivalent endpoints, of which another is asked as well when an answer has not begun after `hedgeAfter` milliseconds. */
export type Group = { readonly candidates: readonly Candidate[]; readonly hedgeAfter?: number };

/** Where a request goes. An endpoint has a name where its provider has several. */

/** What the provider says of a request that no equal endpoint would take either. */
const BAD_REQUEST = new Set<unknown>([400, 413, 422]);

const ITS_REQUEST: ReadonlySet<string> = new Set(['MODEL_REFUSED', 'CONTEXT_TOO_LONG', 'MODEL_WITHOUT_TOOLS']);

export class Choice {
  readonly #groups: readonly Group[];
  readonly #now: () => number;
  readonly #tried: readonly Set<number>[];
  #group = 0;

  constructor(groups: readonly Group[], now: () => number) {
    this.#groups = groups;
    this.#now = now;
    this.#tried = groups.map(() => new Set());
  }

  /** In the group under way, then in those that stand in for it; where no circuit is closed, one that is open. */
  next(): Candidate | undefined {
    for (let group = this.#group; group < this.#groups.length; group++) {
      const found = this.#take(group, choose);
      if (found) return found;
    }
    for (let group = this.#group; group < this.#groups.length; group++) {
      const found = this.#take(group, lastResort);
      if (found) return found;
    }
    return undefined;
  }

  /** Another endpoint of the group under way. */
  equal(): Candidate | undefined {
    return this.#take(this.#group, choose);
  }

  afterFailure({ code, details }: GatewayError): Candidate | undefined {
    if (ITS_REQUEST.has(code) && BAD_REQUEST.has(details?.['status'])) {
      if (this.#group + 1 >= this.#groups.length) return undefined;
      this.#group += 1;
    }
    return this.next();
  }

  hedgeAfter(): number | undefined {
    const group = this.#groups[this.#group];
    const hasOther = (group?.candidates.length ?? 0) > (this.#tried[this.#group]?.size ?? 0);
    return hasOther ? group?.hedgeAfter : undefined;
  }

  /** The smallest share that one of the group under way had. */
  leastShare(): number {
    return Math.min(...this.#members(this.#group).map(({ health }) => health.share));
  }

  /** The model itself, when the first to be asked is another one, and why. */
  skipped(first: Candidate): (Place & { readonly error: GatewayError }) | undefined {
    const own = this.#groups[0]?.candidates[0];
    if (!own || this.#groups[0]?.candidates.includes(first)) return undefined;
    const { endpoint: _, ...place } = placeOf(own);
    const isPaused = this.#members(0).every(({ health }) => health.pausedUntil > this.#now());
    return { ...place, error: isPaused ? this.#paused([0]) : new GatewayError('MODEL_CIRCUIT_OPEN') };
  }

  /** Why nobody can be asked: all asked to be left alone. */
  allPaused(): GatewayError {
    return this.#paused([...this.#groups.keys()]);
  }

  #paused(groups: readonly number[]): GatewayError {
    const until = Math.min(...groups.flatMap((group) => this.#members(group).map(({ health }) => health.pausedUntil)));
    const retryAfterMs = Math.max(0, until - this.#now());
    return new GatewayError('MODEL_RATE_LIMITED', {
      message: `The provider wants not to be asked for ${Math.ceil(retryAfterMs / 1000)} s.`,
      details: { retryAfterMs },
    });
  }

  #take(group: number, pick: typeof choose): Candidate | undefined {
    const tried = this.#tried[group] ?? new Set<number>();
    const index = pick(this.#members(group), tried, this.#now());
    if (index === undefined) return undefined;
    tried.add(index);
    this.#group = group;
    return this.#groups[group]?.candidates[index];
  }

  #members(group: number): readonly Member[] {
    return (this.#groups[group]?.candidates ?? []).map(({ endpoint: { weight, health } }) => ({ weight, health }));
  }
}

export function placeOf({ providerName: provider, model, endpoint: { name: endpoint } }: Candidate): Place {
  return endpoint === undefined ? { provider, model } : { provider, model, endpoint };
}
