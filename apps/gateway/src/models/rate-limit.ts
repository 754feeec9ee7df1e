/** What a provider's headers say about when it may be asked again. */
import { parseDuration } from '../config/units.ts';

type Headers = Readonly<Record<string, string>>;

const LONGEST_RETRY_AFTER_MS = 60 * 60 * 1000;

/** Milliseconds until the provider wants to be asked again, from `retry-after-ms` or `retry-after` (seconds or a date). */
export function readRetryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const inMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(inMs) && inMs >= 0) return Math.min(inMs, LONGEST_RETRY_AFTER_MS);
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, waitMs), LONGEST_RETRY_AFTER_MS) : undefined;
}

/**
 * Milliseconds until a spent limit is filled up again: OpenAI's `x-ratelimit-remaining-*` with a duration as reset, Anthropic's
 * `anthropic-ratelimit-*-remaining` with a time.
 */
export function readRateLimit(headers: Headers, nowMs: number): number | undefined {
  const waits = ['requests', 'tokens'].flatMap((what) => [
    spent(headers[`x-ratelimit-remaining-${what}`], headers[`x-ratelimit-reset-${what}`], nowMs),
    spent(headers[`anthropic-ratelimit-${what}-remaining`], headers[`anthropic-ratelimit-${what}-reset`], nowMs),
  ]);
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function spent(remaining: string | undefined, reset: string | undefined, nowMs: number): number | undefined {
  if (remaining?.trim() !== '0' || reset === undefined) return undefined;
  const text = reset.trim();
  const waitMs = /^\d{4}-/.test(text) ? Date.parse(text) - nowMs : (parseDuration(/^[\d.]+$/.test(text) ? `${text}s` : text) ?? Number.NaN);
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, waitMs), LONGEST_RETRY_AFTER_MS) : undefined;
}
