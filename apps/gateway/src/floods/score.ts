/** How unusual the traffic of an address is. docs/floods.md explains the numbers to operators. */

/** What is known of an address. Rates are requests per second. */
export type Signals = {
  /** Of the last seconds. */
  readonly rate: number;
  /** Of the last ten minutes. */
  readonly ownRate: number;
  /** What one address usually does. */
  readonly usualRate: number;
  /** Requests of the last minute: a share of few says little. */
  readonly requests: number;
  /** Of them, from 0 to 1. */
  readonly errorShare: number;
  /** Wrong tokens, passwords, codes and signatures of the last minutes. */
  readonly authFailures: number;
  /** Different paths of the last minute. */
  readonly distinctPaths: number;
};

/** Slower than this is never too fast, however quiet it is otherwise. */
const SLOW = 1;
/** An address that has always been fast may be so, up to this many times what is usual. */
const MOST_OWN = 8;
/** A request rate of 2⁴ = 16 times what is expected, and 16 × 16 paths, are as unusual as can be. */
const DOUBLINGS = 4;
const FEW_PATHS = 16;
/** So many requests make a share of errors half believed. */
const HALF_BELIEVED = 10;
/** So many failures are half as unusual as can be. */
const HALF_GUESSING = 5;

/** How much each signal alone can say. Only guessing reaches 0.8 without another. */
const WEIGHTS = { rate: 0.6, errors: 0.55, guessing: 0.9, paths: 0.5 } as const;

/**
 * From 0, nothing unusual, to 1. It rises with the rate, the share of errors, failed sign-ins and the number of paths, and falls
 * with what is usual. Signals strengthen each other and none makes another weaker.
 */
export function anomalyScore(signals: Signals): number {
  const expected = Math.max(SLOW, signals.usualRate, Math.min(signals.ownRate, MOST_OWN * signals.usualRate));
  const parts = [
    WEIGHTS.rate * between(Math.log2(signals.rate / expected) / DOUBLINGS),
    WEIGHTS.errors * between(signals.errorShare) * (signals.requests / (signals.requests + HALF_BELIEVED)),
    WEIGHTS.guessing * (1 - 2 ** (-signals.authFailures / HALF_GUESSING)),
    WEIGHTS.paths * between(Math.log2(signals.distinctPaths / FEW_PATHS) / DOUBLINGS),
  ];
  return 1 - parts.reduce((rest, part) => rest * (1 - part), 1);
}

function between(value: number): number {
  return Math.min(1, Math.max(0, value));
}
