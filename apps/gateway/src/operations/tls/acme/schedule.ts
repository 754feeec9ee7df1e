/** When a certificate is ordered: pure, in milliseconds since 1970. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const RENEW_LEFT_MS = 30 * DAY_MS;
const MAX_JITTER_MS = DAY_MS;
const FIRST_RETRY_MS = 15 * MINUTE_MS;
const MAX_RETRY_MS = DAY_MS;
/** Let's Encrypt lets a name fail 5 times an hour and have 5 certificates in 7 days; one of each is left to the operator. */
const MAX_FAILURES = { count: 4, windowMs: HOUR_MS };
const MAX_CERTIFICATES = { count: 4, windowMs: 7 * DAY_MS };

/** What was tried so far. */
export type History = {
  /** When orders failed, the last ones. */
  readonly failures: readonly number[];
  /** When certificates were issued. */
  readonly issued: readonly number[];
};

export const NO_HISTORY: History = { failures: [], issued: [] };

/**
 * When a certificate is renewed: when a third of its life or 30 days are left, whichever is less, and up to a tenth of that
 * (at most a day) later, so that not all gateways come at once. `random` is from 0 to 1.
 */
export function renewalTime({ notBefore, expiresAt }: { readonly notBefore: number; readonly expiresAt: number }, random: number): number {
  const leftMs = Math.min((expiresAt - notBefore) / 3, RENEW_LEFT_MS);
  return expiresAt - leftMs + random * Math.min(leftMs / 10, MAX_JITTER_MS);
}

/** The earliest moment at which the authority's limits allow another order; 0 when that is at once. */
export function allowedFrom({ failures, issued }: History): number {
  return Math.max(windowEnd(failures, MAX_FAILURES), windowEnd(issued, MAX_CERTIFICATES));
}

/** When to try again after the failures so far: after a quarter of an hour, then twice as long each time, a day at most. */
export function retryTime(history: History, random: number): number {
  const last = history.failures.at(-1);
  const inARow = failuresInARow(history);
  if (last === undefined || inARow === 0) return allowedFrom(history);
  const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (inARow - 1), MAX_RETRY_MS);
  return Math.max(last + delayMs * (0.9 + 0.2 * random), allowedFrom(history));
}

/** How many orders failed since the last one that did not. */
export function failuresInARow({ failures, issued }: History): number {
  const success = issued.at(-1) ?? 0;
  return failures.filter((time) => time >= success).length;
}

/** The moment that an authority names in its refusal: `retry after 2026-11-28 09:30:00 UTC`. */
export function namedRetryTime(message: string): number | undefined {
  const [, date, clock] = /retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/i.exec(message) ?? [];
  const time = Date.parse(`${date}T${clock}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** The history with what happened now, as short as the limits need it. */
export function withFailure(history: History, now: number): History {
  return { ...history, failures: [...history.failures, now].slice(-20) };
}

export function withCertificate(history: History, now: number): History {
  return { ...history, issued: [...history.issued, now].slice(-20) };
}

function windowEnd(times: readonly number[], { count, windowMs }: { readonly count: number; readonly windowMs: number }): number {
  const first = times.at(-count);
  return first === undefined ? 0 : first + windowMs;
}
