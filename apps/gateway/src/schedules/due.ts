/** What is to be done about a schedule now. Pure. */
import type { Times } from './cron.ts';

/** What is later than this was missed: a busy process may be late by a little. */
export const LATE_MS = 5 * 60_000;

export type Due =
  | { readonly kind: 'wait'; readonly next: number | undefined }
  | { readonly kind: 'fire'; readonly plannedAt: number; readonly why: 'due' | 'missed' }
  | { readonly kind: 'skip'; readonly plannedAt: number };

/**
 * Of the times since `doneUntil`, the newest one counts: it fires, or is left out when it was missed and `missed` says so. A clock
 * that was put back makes nothing fire twice, because only times after `doneUntil` count.
 */
export function decideDue(times: Times, { doneUntil, now, missed }: { doneUntil: number; now: number; missed: 'run-once' | 'skip' }): Due {
  const next = times(doneUntil);
  if (next === undefined || next > now) return { kind: 'wait', next };
  const plannedAt = newestUntil(times, next, now);
  if (now - plannedAt <= LATE_MS) return { kind: 'fire', plannedAt, why: 'due' };
  return missed === 'skip' ? { kind: 'skip', plannedAt } : { kind: 'fire', plannedAt, why: 'missed' };
}

/** The newest time up to `now`, given an earlier one; found in a few steps however many lie between. */
function newestUntil(times: Times, first: number, now: number): number {
  let [newest, low, high] = [first, first, now];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = times(middle);
    if (next === undefined || next > now) high = middle;
    else [newest, low] = [next, next];
  }
  return newest;
}
