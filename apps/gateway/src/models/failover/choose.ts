/** Which of several equivalent endpoints is asked next. Pure. */
import { type Circuit, circuitState } from './circuit.ts';

/** What is known of an endpoint. */
export type Health = {
  readonly circuit: Circuit;
  readonly inFlight: number;
  /** It asked to be left alone until then. */
  readonly pausedUntil: number;
  /** How long its answers take to begin, in milliseconds, as a moving average, and when it was last measured. */
  readonly latency?: { readonly ms: number; readonly at: number };
  /** Calls it was given, each divided by the endpoint's weight. */
  readonly share: number;
};

export type Member = { readonly weight: number; readonly health: Health };

/** An endpoint that takes more than twice as long as the quickest one, and this much, is asked only when no other is left. */
const NOTICEABLE_MS = 200;
/** After so long a measured slowness counts half, so that an endpoint that is quick again is found out. */
const HALF_LIFE_MS = 20_000;

/**
 * The endpoint to ask among those that are neither tried nor left alone: of the quick ones the least busy for its weight, then the
 * one that had the smallest share. `undefined` when none may be asked.
 */
export function choose(members: readonly Member[], tried: ReadonlySet<number>, now: number): number | undefined {
  const open = members.flatMap((member, index) => (!tried.has(index) && mayBeAsked(member.health, now) ? [{ ...member, index }] : []));
  if (open.length <= 1) return open[0]?.index;
  const measured = open.flatMap(({ health }) => health.latency?.ms ?? []);
  const quickest = measured.length === 0 ? 0 : Math.min(...measured);
  const quick = open.filter(({ health }) => expected(health, quickest, now) <= quickest * 2 + NOTICEABLE_MS);
  return quick.toSorted(
    (a, b) => a.health.inFlight / a.weight - b.health.inFlight / b.weight || a.health.share - b.health.share || a.index - b.index,
  )[0]?.index;
}

/** The endpoint whose open circuit ends first: better than asking nobody. Pauses are kept all the same. */
export function lastResort(members: readonly Member[], tried: ReadonlySet<number>, now: number): number | undefined {
  const left = members.flatMap(({ health }, index) => (tried.has(index) || health.pausedUntil > now ? [] : [{ health, index }]));
  return left.toSorted((a, b) => (a.health.circuit.openUntil ?? 0) - (b.health.circuit.openUntil ?? 0))[0]?.index;
}

export function mayBeAsked({ circuit, pausedUntil }: Health, now: number): boolean {
  return pausedUntil <= now && circuitState(circuit, now) !== 'open';
}

function expected({ latency }: Health, quickest: number, now: number): number {
  if (!latency || latency.ms <= quickest) return quickest;
  return quickest + (latency.ms - quickest) * 0.5 ** (Math.max(0, now - latency.at) / HALF_LIFE_MS);
}
