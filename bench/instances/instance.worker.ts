/** One instance of those that share a log, with an event loop of its own as a gateway has one. Does one thing at a time that it is asked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '@openclaw-gateway/db';
import { requestOf } from '../log/request.ts';

export type Answers = {
  /** Appends so many events at a time, so many times at any moment, each for a stream of its own. */
  load: {
    readonly ask: { readonly atOnce: number; readonly events: number; readonly durationMs: number };
    readonly answer: { readonly events: number; readonly commits: number };
  };
  /** Appends an event every few milliseconds. When each was acknowledged, by the clock that all threads have in common. */
  pace: { readonly ask: { readonly events: number; readonly everyMs: number }; readonly answer: readonly Sighting[] };
  /** When a subscriber had each of so many events that follow a position. */
  follow: { readonly ask: { readonly after: number; readonly events: number }; readonly answer: readonly Sighting[] };
  head: { readonly ask: undefined; readonly answer: number };
  /** Waits until everything up to a position is here and in the views. */
  reach: { readonly ask: number; readonly answer: undefined };
  close: { readonly ask: undefined; readonly answer: undefined };
};
export type Question = { [Name in keyof Answers]: { readonly name: Name; readonly ask: Answers[Name]['ask'] } }[keyof Answers];
export type Sighting = { readonly position: number; readonly at: number };

const REACH_MS = 300_000;

if (!parentPort) throw new TypeError('an instance runs in a worker thread');
const port = parentPort;
const { url } = workerData as { readonly url: string };
const dir = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
let commits = 0;
const store = await openStore({
  dir,
  diskLowBytes: 0,
  database: { url },
  onCommit: () => {
    commits += 1;
  },
});

const actions: { readonly [Name in keyof Answers]: (ask: Answers[Name]['ask']) => Promise<Answers[Name]['answer']> } = {
  load: async ({ atOnce, events: together, durationMs }) => {
    const before = commits;
    const endsAt = performance.now() + durationMs;
    let events = 0;
    const appender = async (streamId: string) => {
      // Ready beforehand, as the rows of the plain inserts are.
      const request = requestOf(streamId, together);
      while (performance.now() < endsAt) {
        await store.log.append(request);
        if (performance.now() < endsAt) events += together;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, at) => appender(`session/ses_${at}`)));
    return { events, commits: commits - before };
  },
  pace: async ({ events, everyMs }) => {
    const sightings: Sighting[] = [];
    for (let count = 0; count < events; count++) {
      const result = await store.log.append(requestOf('session/ses_a'));
      if (result.ok) sightings.push({ position: result.last, at: now() });
      await delay(everyMs);
    }
    return sightings;
  },
  follow: async ({ after, events }) => {
    const sightings: Sighting[] = [];
    const end = new AbortController();
    for await (const page of store.log.subscribe({ after, signal: end.signal })) {
      const at = now();
      sightings.push(...page.map(({ position }) => ({ position, at })));
      if (sightings.length >= events) end.abort();
    }
    return sightings;
  },
  head: async () => store.log.head(),
  reach: async (position) => {
    await store.log.waitForHead(position, REACH_MS);
    await store.waitForViews(position, REACH_MS);
    return undefined;
  },
  close: async () => {
    await store.close();
    rmSync(dir, { recursive: true });
    port.close();
    return undefined;
  },
};

async function act<Name extends keyof Answers>(name: Name, ask: Answers[Name]['ask']): Promise<void> {
  port.postMessage(await actions[name](ask));
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

port.on('message', ({ name, ask }: Question) => void act(name, ask));
port.postMessage('ready');
