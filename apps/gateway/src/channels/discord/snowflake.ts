/** Discord's ids: they begin with the time they were given. */
const EPOCH_MS = 1_420_070_400_000n;

/** The least id of a moment, in milliseconds since 1970. */
export function snowflakeAt(timeMs: number): string {
  const sinceEpoch = BigInt(Math.max(0, Math.floor(timeMs))) - EPOCH_MS;
  return String((sinceEpoch > 0n ? sinceEpoch : 0n) << 22n);
}

/** Ids as texts that sort as they do. */
export function sortable(id: string): string {
  return id.padStart(20, '0');
}
