import type { GatewayError } from '@openclaw-gateway/events';

export type Backoff = {
  /** The longest wait before the first new start. It doubles with each further one. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** The wait after refused credentials, which do not get better by themselves. */
  readonly unauthorizedMs: number;
  /** An account that was connected this long, or brought a message, starts counting anew. */
  readonly stableMs: number;
};

export const BACKOFF: Backoff = { firstMs: 1_000, mostMs: 60_000, unauthorizedMs: 300_000, stableMs: 30_000 };

/** Milliseconds until the start after `failures` failures in a row; jittered, so that many accounts do not come back at once. */
export function restartDelayMs(backoff: Backoff, failures: number, error: GatewayError | undefined, random: () => number): number {
  const ceilingMs =
    error && (error.code === 'CHANNEL_UNAUTHORIZED' || error.code === 'CONFIG_INVALID')
      ? backoff.unauthorizedMs
      : Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
  const jitteredMs = ceilingMs * (0.5 + random() / 2);
  const askedMs = error?.details?.['retryAfterMs'];
  return typeof askedMs === 'number' ? Math.max(jitteredMs, askedMs) : jitteredMs;
}
