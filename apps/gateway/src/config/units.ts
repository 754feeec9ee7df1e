/** How durations and sizes are written. */
const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Ten years: longer is a slip of the pen. */
const MAX_DURATION_MS = 3650 * 86_400_000;

/**
 * Milliseconds of "250ms", "30s", "5m", "1h30m", "7d", "2w" or a number of milliseconds; `undefined` when it is none
 * of these, or negative, or over ten years.
 */
export function parseDuration(input: string | number): number | undefined {
  const durationMs = typeof input === 'number' ? input : sumOfParts(input);
  if (durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0 || durationMs > MAX_DURATION_MS) return undefined;
  return Math.round(durationMs);
}

function sumOfParts(input: string): number | undefined {
  const compact = input.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w)\s*)+$/.test(compact)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    totalMs += Number(amount) * (DURATION_UNITS_MS[unit ?? ''] ?? Number.NaN);
  }
  return totalMs;
}

/**
 * Bytes of "512b", "64k", "256kb", "100m", "1.5GiB" or a number of bytes; units are powers of 1024. `undefined` when it
 * is none of these.
 */
export function parseSize(input: string | number): number | undefined {
  if (typeof input === 'number') return Number.isSafeInteger(input) && input >= 0 ? input : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)$/.exec(input.trim().toLowerCase());
  if (!match) return undefined;
  const sizeBytes = Math.round(Number(match[1]) * (SIZE_UNITS_BYTES[match[2] ?? 'b'] ?? Number.NaN));
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** A duration as one writes it in the configuration, exact. @example formatDuration(5_400_000) // '90m' */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const unitMs = DURATION_UNITS_MS[unit] ?? 1;
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${durationMs}ms`;
}
