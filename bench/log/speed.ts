/** How fast this machine is, and what the limits are on it. */
import { openReadOnly } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import type { Result } from '../report.ts';
import type { History } from './history.ts';

const PAGE = 1_000;
/** Events a second that a machine reads and parses for which the limits are written. */
const REFERENCE_RATE = 400_000;

/** Events a second that SQLite and `JSON.parse` alone read and parse in one thread: no code of this product is in it. */
export function replayRate({ dir, events }: History): number {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  const page = db
    .prepare<[number, number], [number, string, string]>(
      `SELECT position, metadata, CAST(substr(data, 17) AS TEXT) FROM events WHERE position > ? ORDER BY position LIMIT ?`,
    )
    .raw();
  const startedAt = performance.now();
  for (let after = 0; after < events; ) {
    const rows = page.all(after, PAGE);
    for (const [, metadata, data] of rows) {
      JSON.parse(metadata);
      JSON.parse(data);
    }
    after = rows.at(-1)?.[0] ?? events;
  }
  const tookMs = performance.now() - startedAt;
  db.close();
  return (events * 1000) / tookMs;
}

/** The result with its limit as wide as this machine is slower than the one it was written for; never narrower. */
export function forThisMachine(result: Result, rate: number): Result {
  const { limit, scales, ...figure } = result;
  const slower = Math.max(1, REFERENCE_RATE / rate);
  if (!limit || !scales || slower === 1) return limit ? { ...figure, limit } : figure;
  const name = `${figure.name} (${'atMost' in limit ? `≤ ${limit.atMost}` : `≥ ${limit.atLeast.toLocaleString('en')}`} at r = ${REFERENCE_RATE.toLocaleString('en')})`;
  return {
    ...figure,
    name,
    limit: 'atMost' in limit ? { atMost: limit.atMost * slower } : { atLeast: limit.atLeast / slower },
  };
}
