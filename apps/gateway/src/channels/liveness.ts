/**
 * Whether an account is still heard. An open socket proves nothing: a connection can be dead for hours and look open. What counts is
 * the last message, held against how often one usually comes; who is silent for longer is asked before anything is said of it.
 */
import type { ProbeStep } from '@openclaw-gateway/sdk';

export type LivenessSettings = {
  /** How often it is looked, in milliseconds; never without it. */
  readonly everyMs: number | undefined;
  /** So many times the usual gap is too long. */
  readonly usualGaps: number;
  /** Silence that is never too long, whatever is usual. */
  readonly atLeastMs: number;
  /** The heartbeat: after so long without a sign of life it is asked, also where nothing is usual yet. */
  readonly atMostMs: number;
};

export const LIVENESS: LivenessSettings = { everyMs: 15_000, usualGaps: 10, atLeastMs: 60_000, atMostMs: 10 * 60_000 };

export type Heard = {
  /** The last message, answered probe or connection. */
  readonly lastSignAt: number;
  readonly usualGapMs?: number;
};

/** Whether it is silent for so long that it must be asked. Pure. */
export function isSilentTooLong({ lastSignAt, usualGapMs }: Heard, now: number, settings: LivenessSettings): boolean {
  const { usualGaps, atLeastMs, atMostMs } = settings;
  const limitMs = usualGapMs === undefined ? atMostMs : Math.min(atMostMs, Math.max(atLeastMs, usualGapMs * usualGaps));
  return now - lastSignAt > limitMs;
}

/** Steps that fail without the connection being dead: it is kept, and said to work badly. */
const DEGRADED: ReadonlySet<string> = new Set([
  'CHANNEL_CLOCK_SKEW',
  'CHANNEL_FORBIDDEN',
  'CHANNEL_RATE_LIMITED',
  'CHANNEL_WEBHOOK_MISSING',
]);

export type Verdict = { readonly kind: 'alive' } | { readonly kind: 'degraded' | 'stale'; readonly step: ProbeStep };

/** What a probe says about an account that was silent. Pure. */
export function judgeProbe(steps: readonly ProbeStep[]): Verdict {
  const failed = steps.filter(({ ok }) => !ok);
  const dead = failed.find(({ error }) => !DEGRADED.has(error?.code ?? ''));
  if (dead) return { kind: 'stale', step: dead };
  const [bad] = failed;
  return bad ? { kind: 'degraded', step: bad } : { kind: 'alive' };
}
