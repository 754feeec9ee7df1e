/** Random numbers that a seed repeats. */
export type Random = {
  /** A whole number from 0 up to, not including, the limit. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  /** From 0 up to, not including, 1. */
  readonly fraction: () => number;
  /** One of the items, each as likely as the others. Throws `RangeError` when there is none. */
  readonly pick: <T>(items: readonly T[]) => T;
};

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32: small, and good enough to choose moments with.
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(fraction() * limit);
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError('there is nothing to pick from');
    return items[below(items.length)] as T;
  };
  return { below, chance: (probability) => fraction() < probability, fraction, pick };
}
