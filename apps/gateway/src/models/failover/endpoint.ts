/** An endpoint of a model and what is remembered of it, whichever conversation asked. */
import type { GatewayError } from '@openclaw-gateway/events';
import type { ModelProvider } from '@openclaw-gateway/sdk';
import type { Health } from './choose.ts';
import { asked, type CircuitRules, CLOSED, circuitState, dropped, failed } from './circuit.ts';

export type EndpointOptions = {
  /** As events name it; absent where a provider has one address only. */
  readonly name?: string;
  readonly weight: number;
  readonly provider: ModelProvider;
  readonly rules: CircuitRules;
  readonly now: () => number;
};

const SMOOTHING = 0.3;
/** Failures that say something about the endpoint, not about the request. */
const ITS_FAULT = new Set(['MODEL_UNAVAILABLE', 'MODEL_BUSY', 'MODEL_TIMEOUT', 'MODEL_BAD_RESPONSE', 'MODEL_UNAUTHORIZED']);

export class Endpoint {
  readonly name: string | undefined;
  readonly weight: number;
  readonly provider: ModelProvider;
  readonly #rules: CircuitRules;
  readonly #now: () => number;
  #health: Health = { circuit: CLOSED, inFlight: 0, pausedUntil: 0, share: 0 };

  constructor({ name, weight, provider, rules, now }: EndpointOptions) {
    this.name = name;
    this.weight = weight;
    this.provider = provider;
    this.#rules = rules;
    this.#now = now;
  }

  get health(): Health {
    return this.#health;
  }

  get state(): 'closed' | 'open' | 'trial' {
    return circuitState(this.#health.circuit, this.#now());
  }

  /** A call begins. `leastShare` is that of its equals: who was away must not make up for it. */
  begin(leastShare: number): void {
    const { circuit, inFlight, share } = this.#health;
    const from = Math.max(share, leastShare);
    this.#update({ circuit: asked(circuit, this.#now()), inFlight: inFlight + 1, share: from + 1 / this.weight });
  }

  /** Something came, or was waited for so long in vain. */
  measured(ms: number): void {
    const before = this.#health.latency?.ms ?? ms;
    this.#update({ latency: { ms: before + (ms - before) * SMOOTHING, at: this.#now() } });
  }

  succeeded(): void {
    this.#update({ circuit: CLOSED });
  }

  failed(error: GatewayError): void {
    const { details } = error;
    const retryAfterMs = typeof details?.['retryAfterMs'] === 'number' ? details['retryAfterMs'] : undefined;
    if (retryAfterMs !== undefined) this.pause(retryAfterMs);
    const { circuit } = this.#health;
    const now = this.#now();
    this.#update({
      circuit: ITS_FAULT.has(error.code) ? failed(circuit, this.#rules, now, error.code === 'MODEL_UNAUTHORIZED') : dropped(circuit),
    });
  }

  /** The caller gave the call up. */
  dropped(): void {
    this.#update({ circuit: dropped(this.#health.circuit) });
  }

  /** Nobody asks it for so long: it said so. */
  pause(ms: number): void {
    this.#update({ pausedUntil: Math.max(this.#health.pausedUntil, this.#now() + ms) });
  }

  end(): void {
    this.#update({ inFlight: this.#health.inFlight - 1 });
  }

  #update(change: Partial<Health>): void {
    this.#health = { ...this.#health, ...change };
  }
}
