import type { LiveRow } from '../../data/feed.ts';

/** Rows a second beyond which nobody can read them, and how many are let through then. */
const MOST_A_SECOND = 2_000;
const SHOWN_A_SECOND = 250;
const WINDOW_MS = 1_000;

/** Lets every row through while people could follow, and evenly one in so many where they could not. */
export class RateLimiter {
  #arrivals: { readonly at: number; readonly rows: number }[] = [];

  /** The rows that are shown, and one in how many that is. */
  pass(rows: readonly LiveRow[], nowMs: number): { readonly rows: readonly LiveRow[]; readonly oneIn: number } {
    this.#arrivals = [...this.#arrivals.filter(({ at }) => at > nowMs - WINDOW_MS), { at: nowMs, rows: rows.length }];
    const rate = this.#arrivals.reduce((sum, arrival) => sum + arrival.rows, 0);
    if (rate <= MOST_A_SECOND) return { rows, oneIn: 1 };
    const oneIn = Math.ceil(rate / SHOWN_A_SECOND);
    return { rows: rows.filter(({ position }) => position % oneIn === 0), oneIn };
  }
}
