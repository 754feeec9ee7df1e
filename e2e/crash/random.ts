/** Random numbers that a seed repeats. */
export type Random = { readonly below: (limit: number) => number; readonly chance: (probability: number) => boolean };

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32: small, and good enough to choose moments with.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit) => Math.floor(next() * limit), chance: (probability) => next() < probability };
}
