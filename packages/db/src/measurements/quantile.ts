/** What fell into one bucket of a histogram: more than `gt` and at most `le`. */
export type BucketCount = { readonly gt: number; readonly le: number; readonly count: number };

/**
 * The figure below which this share of all lies, between the bounds of its bucket as if they were spread evenly there. Above the last
 * bound nothing more is known than that. `undefined` without any. The buckets are in ascending order.
 */
export function quantileOf(share: number, buckets: readonly BucketCount[]): number | undefined {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  for (const { gt, le, count } of buckets) {
    if (below + count >= share * total && count > 0)
      return le === Number.POSITIVE_INFINITY ? gt : gt + (le - gt) * ((share * total - below) / count);
    below += count;
  }
  return buckets.at(-1)?.le;
}
