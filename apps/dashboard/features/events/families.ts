import type { Bucket, Part } from '../../ui/histogram.tsx';

const FILLS = ['--bar-info', '--ok', '--bar-warn', '--bad', '--accent', '--ink-2', '--warn'] as const;
const OTHERS = 'others';

/** Counts by the first word of the type, the most frequent below; what is rarer than those that have a colour counts together. */
export function stackedByFamily(
  buckets: readonly Bucket[],
  others: string,
): { readonly buckets: readonly Bucket[]; readonly parts: readonly Part[] } {
  const totals = new Map<string, number>();
  for (const { counts } of buckets) for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count);
  const ranked = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
  const named = new Set(ranked.slice(0, FILLS.length));
  const parts = [...named].map((name, index) => ({ name, title: `${name}.*`, fill: `var(${FILLS[index]})` }));
  if (ranked.length === named.size) return { buckets, parts };
  return {
    parts: [...parts, { name: OTHERS, title: others, fill: 'var(--bar-debug)' }],
    buckets: buckets.map(({ fromTime, counts }) => ({ fromTime, counts: together(counts, named) })),
  };
}

function together(counts: Bucket['counts'], named: ReadonlySet<string>): Bucket['counts'] {
  const rest = Object.entries(counts).filter(([name]) => !named.has(name));
  const kept = Object.fromEntries(Object.entries(counts).filter(([name]) => named.has(name)));
  return rest.length === 0 ? kept : { ...kept, [OTHERS]: rest.reduce((sum, [, count]) => sum + count, 0) };
}
