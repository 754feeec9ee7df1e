import { GatewayError } from '@openclaw-gateway/events';
import type { Caller } from '../index.ts';

/** How long a proof counts as fresh. */
export const FRESH_MS = 5 * 60_000;

/** Whether a proof is needed no more. */
export function isProvedFresh(
  { method, provedAt }: Pick<Caller, 'method'> & { readonly provedAt?: number | undefined },
  now = Date.now(),
): boolean {
  return method !== 'session' || (provedAt !== undefined && now - provedAt < FRESH_MS);
}

/**
 * Throws `STEP_UP_REQUIRED` unless the caller proved within the last five minutes who it is. Programs prove it with each call, by
 * their token; only a login goes on for so long that somebody else may sit at the browser.
 * @example requireFreshProof(callerOf(request))
 */
export function requireFreshProof({ method, provedAt }: Caller, now = Date.now()): void {
  if (isProvedFresh({ method, provedAt }, now)) return;
  throw new GatewayError('STEP_UP_REQUIRED', { details: { maxAgeMs: FRESH_MS, ...(provedAt !== undefined && { provedAt }) } });
}
