/** The life of an alert: pending → firing → over. Pure. */
import type { Reading } from './rules.ts';

export type Watch = {
  readonly phase: 'pending' | 'firing';
  /** Since when it is bad, or fires. */
  readonly since: number;
  /** Since when an alert that fires is well again. */
  readonly wellSince?: number;
};

export type Timing = {
  /** How long it must be bad before it fires. */
  readonly forMs: number;
  /** How long it must be well before it is over. */
  readonly resolveAfterMs: number;
};

/** What becomes of a watch, and what has to be recorded first; without a watch nothing is the matter. */
export type Step = { readonly watch: Watch | undefined; readonly record?: 'fired' | 'recovered' | 'gone' };

/** The next step of an alert. Without a reading nobody watches it any more. */
export function step(watch: Watch | undefined, reading: Pick<Reading, 'level'> | undefined, timing: Timing, now: number): Step {
  if (!reading) return watch?.phase === 'firing' ? { watch: undefined, record: 'gone' } : { watch: undefined };
  if (watch?.phase === 'firing') return whileFiring(watch, reading, timing, now);
  if (reading.level !== 'bad') return { watch: undefined };
  const since = watch?.since ?? now;
  if (now - since < timing.forMs) return { watch: { phase: 'pending', since } };
  return { watch: { phase: 'firing', since: now }, record: 'fired' };
}

function whileFiring(watch: Watch, { level }: Pick<Reading, 'level'>, { resolveAfterMs }: Timing, now: number): Step {
  const { phase, since, wellSince = now } = watch;
  if (level !== 'well') return { watch: { phase, since } };
  if (now - wellSince < resolveAfterMs) return { watch: { phase, since, wellSince } };
  return { watch: undefined, record: 'recovered' };
}
