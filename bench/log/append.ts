/** How quickly events become durable, next to what the disk and the processor allow. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CHAIN_START, chainHash, leafHash, openStore } from '@openclaw-gateway/db';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { SubjectKeys } from '@openclaw-gateway/db/sealing/subject-keys';
import { openWritable } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import type { WireRequest } from '@openclaw-gateway/db/sqlite/protocol';
import { serialise } from '@openclaw-gateway/db/sqlite/wire';
import { LogWriter } from '@openclaw-gateway/db/sqlite/writer';
import { syncsPerSecond } from '../disk.ts';
import type { Result } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { History } from './history.ts';
import { requestOf } from './request.ts';

/** Two hops between threads, in milliseconds. */
const HOPS_MS = 0.15;
const CONCURRENT = [1, 10, 100, 1000] as const;
const LOAD_MS = 2_000;
const BATCH = 1_000;
const BATCHES = 20;
const SINGLES = 500;

export async function measureAppend(history: History): Promise<Result[]> {
  const f = syncsPerSecond();
  const direct = directAppend();
  // An append through the writer's thread is serialised once more.
  const cMs = 2 * direct.perEventMs;
  const results: Result[] = [
    { name: 'F: 4 KiB appended and synced', value: f, unit: '/s' },
    { name: 'c: an event in the writer, twice what it costs in thread', value: cMs * 1000, unit: 'µs' },
    { name: 'append in thread, one event a commit (0.75 F)', value: direct.singleRate, unit: '/s', limit: { atLeast: 0.75 * f } },
    { name: 'append in thread, 1,000 a commit', value: direct.batchRate, unit: '/s' },
    { name: 'of that time what is not the hash chain', value: direct.withoutChain, unit: '', limit: { atLeast: 0.85 } },
  ];
  for (const n of CONCURRENT) {
    const load = await concurrentAppend(n);
    const possible = (n / (1000 / f + n * cMs + HOPS_MS)) * 1000;
    results.push({ name: `append, ${n} at a time (0.7 T)`, value: load.rate, unit: '/s', limit: { atLeast: 0.7 * possible } });
    if (n === 10) {
      results.push(
        { name: 'append, 10 at a time, p50 (3/F)', value: median(load.tookMs), unit: 'ms', limit: { atMost: 3_000 / f } },
        { name: 'append, 10 at a time, p99 (20/F)', value: quantile(load.tookMs, 0.99), unit: 'ms', limit: { atMost: 20_000 / f } },
      );
    }
    if (n === 100) results.push({ name: 'main loop lag at 100, p99', value: load.lagMs, unit: 'ms', limit: { atMost: 3 } });
  }
  const { first, last } = history.rates;
  const size = statSync(stateFiles(history.dir).events).size;
  return [
    ...results,
    {
      name: `append rate, last tenth of ${history.events.toLocaleString('en')} to the first`,
      value: last / first,
      unit: '',
      limit: { atLeast: 0.8 },
    },
    { name: 'storage, bytes of the file an event', value: size / history.events, unit: 'B' },
    { name: 'storage, to the bytes of data and metadata', value: size / history.payloadBytes, unit: '', limit: { atMost: 1.35 } },
    { name: 'commit to subscriber, p50', value: await tailMs(), unit: 'ms', limit: { atMost: 2 } },
  ];
}

function directAppend() {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  const db = openWritable(stateFiles(dir).events, EVENTS_FILE);
  const keys = new SubjectKeys(stateFiles(dir).keys);
  try {
    const writer = new LogWriter(db, keys);
    const redactor = new Redactor([]);
    const wires = (count: number) => Array.from({ length: count }, (_, id) => serialise(id, requestOf('session/ses_a'), redactor).wire);
    const singles = wires(SINGLES);
    let batchMs = 0;
    let chainMs = 0;
    // In turns, so that what else the machine does falls on both.
    for (let batch = 0; batch < BATCHES; batch++) {
      const requests = wires(BATCH);
      batchMs += timed(() => writer.append(requests));
      chainMs += timed(() => hashAgain(requests));
    }
    const singleMs = timed(() => {
      for (const wire of singles) writer.append([wire]);
    });
    return {
      batchRate: (BATCH * BATCHES * 1000) / batchMs,
      withoutChain: 1 - chainMs / batchMs,
      singleRate: (SINGLES * 1000) / singleMs,
      perEventMs: batchMs / (BATCH * BATCHES),
    };
  } finally {
    db.close();
    keys.close();
    rmSync(dir, { recursive: true });
  }
}

/** What the chain costs: both hashes of each event once more. */
function hashAgain(requests: readonly WireRequest[]): void {
  let previous: Uint8Array = CHAIN_START;
  let position = 0;
  const eventId = new Uint8Array(16);
  for (const { events } of requests) {
    for (const [streamId, type, schemaVersion, , data, metadata] of events) {
      position += 1;
      const dataHash = leafHash(Buffer.from(data));
      previous = chainHash(previous, { position, streamId, version: position, type, schemaVersion, time: 1, eventId, dataHash, metadata });
    }
  }
}

/** So many appends under way at any moment, each for a stream of its own. */
async function concurrentAppend(n: number): Promise<{ readonly rate: number; readonly tookMs: readonly number[]; readonly lagMs: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  const store = await openStore({ dir, diskLowBytes: 0 });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  try {
    const tookMs: number[] = [];
    const appender = async (streamId: string, endsAt: number): Promise<number> => {
      let count = 0;
      while (performance.now() < endsAt) {
        const startedAt = performance.now();
        await store.log.append(requestOf(streamId));
        tookMs.push(performance.now() - startedAt);
        count += 1;
      }
      return count;
    };
    const load = (durationMs: number) =>
      Promise.all(Array.from({ length: n }, (_, at) => appender(`session/ses_${at}`, performance.now() + durationMs)));
    await load(LOAD_MS / 4);
    tookMs.length = 0;
    lag.enable();
    const startedAt = performance.now();
    const counts = await load(LOAD_MS);
    const rate = (counts.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - startedAt);
    lag.disable();
    // The timer itself ticks once a millisecond.
    return { rate, tookMs, lagMs: lag.percentile(99) / 1e6 - 1 };
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

/** From the acknowledgement of an append to the subscriber that waits for it. */
async function tailMs(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  const store = await openStore({ dir, diskLowBytes: 0 });
  const end = new AbortController();
  const waits: number[] = [];
  let acknowledgedAt = 0;
  const seen = (async () => {
    for await (const page of store.log.subscribe({ after: 0, signal: end.signal })) {
      waits.push(performance.now() - acknowledgedAt);
      if ((page.at(-1)?.position ?? 0) >= SINGLES) return;
    }
  })();
  for (let count = 0; count < SINGLES; count++) {
    await store.log.append(requestOf('session/ses_a'));
    acknowledgedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await seen;
  end.abort();
  await store.close();
  rmSync(dir, { recursive: true });
  return median(waits.map((wait) => Math.max(0, wait)));
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
