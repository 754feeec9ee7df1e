/** How quickly the log is read, checked and folded into views from its first event. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, verifyLog } from '@openclaw-gateway/db';
import type { ProjectionDefinition } from '@openclaw-gateway/db/projections/define';
import { PROJECTIONS_BY_FILE } from '@openclaw-gateway/db/projections/index';
import { ProjectionRunner } from '@openclaw-gateway/db/projections/runner';
import { openReadOnly, openWritable } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '@openclaw-gateway/db/sqlite/files';
import { LogReader } from '@openclaw-gateway/db/sqlite/reads';
import { newId } from '@openclaw-gateway/events';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { History } from './history.ts';
import { replayRate } from './speed.ts';

const PAGE = 1_000;
const MILLION = 1_000_000;

/** Leaves the history with complete views. */
export async function measureViews(history: History): Promise<Result[]> {
  const scale = history.events / MILLION;
  const replay = replayRate(history);
  const views = rebuild(history, PROJECTIONS_BY_FILE.views);
  const words = rebuild(history, PROJECTIONS_BY_FILE.words);
  const whole = await rebuildInStore(history);
  const verify = await verifySeconds(history);
  return [
    { name: 'replay with everything unsealed', value: unsealedRate(history), unit: '/s' },
    { name: 'verify the whole log, a million events', value: verify / scale, unit: 's', limit: { atMost: 5 }, scales: true },
    { name: 'rebuild of all views, as a gateway does it', value: whole.rate, unit: '/s', limit: { atLeast: 150_000 }, scales: true },
    { name: 'rebuild of the words alone, in thread', value: words.rate, unit: '/s' },
    { name: 'rebuild of all other views alone, in thread', value: views.rate, unit: '/s' },
    { name: 'the same, to r', value: views.rate / replay, unit: '', limit: { atLeast: 0.35 } },
    { name: 'longest a read would have waited for a batch', value: views.longestMs, unit: 'ms' },
    { name: "a running message's read meanwhile, p95", value: whole.readP95Ms, unit: 'ms', limit: { atMost: 250 } },
  ];
}

function unsealedRate({ dir, events }: History): number {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  const log = new LogReader(db);
  const part = Math.min(events, 100_000);
  const tookMs = timed(() => {
    for (let after = 0; after < part; after += PAGE) log.readAll({ after, limit: PAGE });
  });
  log.close();
  db.close();
  return (part * 1000) / tookMs;
}

function rebuild(
  { dir, events }: History,
  definitions: readonly ProjectionDefinition[],
): { readonly rate: number; readonly longestMs: number } {
  const file = join(dir, 'rebuilt.db');
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  const log = new LogReader(db);
  const views = openWritable(file, VIEWS_FILE);
  let longestMs = 0;
  const tookMs = timed(() => {
    const runner = new ProjectionRunner(log, views, definitions);
    for (let more = true; more; ) {
      const stepMs = timed(() => {
        more = runner.step();
      });
      longestMs = Math.max(longestMs, stepMs);
    }
  });
  views.close();
  log.close();
  db.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  return { rate: (events * 1000) / tookMs, longestMs };
}

/** As a gateway does it whose views were deleted, while messages run. */
async function rebuildInStore({ dir, events }: History): Promise<{ readonly rate: number; readonly readP95Ms: number }> {
  const startedAt = performance.now();
  const store = await openStore({ dir, diskLowBytes: 0 });
  const waits: number[] = [];
  let isDone = false;
  const done = store.waitForViews(store.log.head(), 600_000).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const askedAt = performance.now();
    await store.pipeline.message(newId('message'));
    waits.push(performance.now() - askedAt);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await done;
  const rate = (events * 1000) / (performance.now() - startedAt);
  await store.close();
  return { rate, readP95Ms: quantile(waits, 0.95) };
}

async function verifySeconds({ dir }: History): Promise<number> {
  const startedAt = performance.now();
  const result = await verifyLog({ dir, from: 1 });
  if (!result.ok) throw new Error(`the log does not verify: ${JSON.stringify(result)}`);
  return (performance.now() - startedAt) / 1000;
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
