/** A report in a line. Pure. */
import type { ReplayOutcome, ReplayReport } from './order.ts';

export function outcomeOf(report: ReplayReport): ReplayOutcome {
  if (report.kind === 'projections') {
    const identical = report.projections.filter((projection) => projection.identical).length;
    return { faithful: identical === report.projections.length, counts: { identical, error: report.projections.length - identical } };
  }
  if (report.kind === 'decisions') {
    const { counts, unfaithfulCount, digest } = report;
    return { faithful: unfaithfulCount === 0, counts: { ...counts, ...(unfaithfulCount > 0 && { unfaithful: unfaithfulCount }) }, digest };
  }
  const counts: Partial<Record<keyof ReplayOutcome['counts'], number>> = {};
  for (const { verdict } of report.turns ?? []) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return { faithful: report.baseline.faithful, counts, digest: (report.changed ?? report.baseline).replayedDigest };
}
