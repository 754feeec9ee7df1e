/** With fewer messages nobody knows what is usual. */
const MIN_GAPS = 20;
/** How much a new gap moves the mean. */
const WEIGHT = 0.1;
const MAX_NAMES = 1000;

type Gap = { readonly lastAt: number; readonly meanMs: number; readonly gaps: number };

/** How long it usually is from one message to the next, by channel account: a moving mean, learnt since the process started. */
export class UsualGaps {
  readonly #gaps = new Map<string, Gap>();

  add(name: string, time: number): void {
    const before = this.#gaps.get(name);
    if (!before) {
      if (this.#gaps.size < MAX_NAMES) this.#gaps.set(name, { lastAt: time, meanMs: 0, gaps: 0 });
      return;
    }
    const gapMs = time - before.lastAt;
    const meanMs = before.gaps === 0 ? gapMs : before.meanMs + (gapMs - before.meanMs) * WEIGHT;
    this.#gaps.set(name, { lastAt: time, meanMs, gaps: before.gaps + 1 });
  }

  of(name: string): { readonly lastMessageAt?: number; readonly usualGapMs?: number } {
    const known = this.#gaps.get(name);
    if (!known) return {};
    return { lastMessageAt: known.lastAt, ...(known.gaps >= MIN_GAPS && { usualGapMs: known.meanMs }) };
  }
}
