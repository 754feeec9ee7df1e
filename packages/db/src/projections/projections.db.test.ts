import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { replayProjections } from '../replay/projections.ts';
import type { Store } from '../store.ts';
import { configChange, messageFlow, OUTCOMES } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { ReadLane } from '../views/lane.ts';
import { Projections } from './client.ts';
import { deleteViews } from './open-views.ts';

async function fill(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for (const outcome of OUTCOMES) {
    const flow = messageFlow(outcome.length % 2 ? 'ses_a' : 'ses_b', { outcome, opens: ids.length < 2, requestId: outcome });
    for (const commit of flow.commits) await store.log.append(commit);
    ids.push(flow.messageId);
  }
  await store.log.append(configChange('gateway.port'));
  return ids;
}

/** Everything that can be asked, at one moment. */
async function answers(store: Store, ids: readonly string[], nowMs: number): Promise<unknown> {
  const { views, pipeline } = store;
  await store.waitForViews(store.log.head(), 10_000);
  const range = { fromTime: nowMs - 3_600_000, toTime: nowMs };
  return {
    overview: await views.overview(nowMs),
    events: await views.events({ types: ['message.*'] }, { limit: 20 }),
    after: await views.eventsAfter({ sessionId: 'ses_a' }, { after: 3, limit: 20 }),
    facets: await views.facets(range, {}),
    activity: await views.activity(nowMs, 5),
    traffic: await views.traffic({ channel: 'http', account: 'default' }, nowMs),
    breakdown: await views.breakdown({}, { limit: 1000 }),
    histogram: await views.histogram({ ...range, buckets: 10 }, {}),
    sessions: await views.sessions({}, { limit: 10 }),
    messages: await views.messages({}, { limit: 50 }),
    flows: await Promise.all(ids.map((id) => views.messageEvents(id))),
    config: await views.configHistory({ limit: 5 }),
    unsettled: await pipeline.unsettledSessions({ limit: 10 }),
    state: await pipeline.sessionState('ses_a'),
    byRequest: await pipeline.messageByRequestId('held'),
    projections: await views.projections(),
  };
}

test('the views can be deleted: on the next start everything is answered as before', async () => {
  const dir = stateDir();
  const first = await testStore({ dir });
  const ids = await fill(first);
  const nowMs = Date.now();
  const before = await answers(first, ids, nowMs);
  expect(before).toMatchObject({ state: { open: expect.any(Map) }, config: { rows: [{ type: 'config.changed' }] } });
  await first.close();
  deleteViews(dir);
  const second = await testStore({ dir });
  expect(await answers(second, ids, nowMs)).toEqual(before);
});

test('a read that comes while the thread of the views is being started again is answered by the next one', async () => {
  const made = stateDir();
  await (await testStore({ dir: made })).close();
  const dir = stateDir();
  const projections = new Projections(dir);
  // There is no log yet, so the thread ends.
  await expect(projections.start(0)).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  const lane = new ReadLane(projections.reader, 60_000);
  await expect(lane.read('unsettledSessions', { limit: 10 })).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  cpSync(made, dir, { recursive: true });
  expect(await lane.read('unsettledSessions', { limit: 10 })).toEqual([]);
  await projections.close();
});

test('views that were made from another log are made again, as after a restore', async () => {
  const dir = stateDir();
  const first = await testStore({ dir });
  for (const commit of messageFlow('ses_a', { opens: true }).commits) await first.log.append(commit);
  await first.close();
  copyFileSync(join(dir, 'events.db'), join(dir, 'backup.db'));
  const second = await testStore({ dir });
  for (const commit of messageFlow('ses_lost', { opens: true }).commits) await second.log.append(commit);
  await second.waitForViews(second.log.head(), 10_000);
  await second.close();

  copyFileSync(join(dir, 'backup.db'), join(dir, 'events.db'));
  const restored = await testStore({ dir });
  for (const commit of messageFlow('ses_b', { opens: true }).commits) await restored.log.append(commit);
  await restored.waitForViews(restored.log.head(), 10_000);
  const { rows } = await restored.views.sessions({}, { limit: 10 });
  expect(rows.map((row) => [row.sessionId, row.messages])).toEqual([
    ['ses_b', 1],
    ['ses_a', 1],
  ]);
});

test('waiting for the views ends when it was told to, and resuming what has not stopped is refused', async () => {
  const store = await testStore();
  await expect(store.waitForViews(1, 5)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  await expect(store.resumeProjection('sessions', 'retry')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(store.resumeProjection('nothing', 'skip')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('waiting for the views ends when one of them stopped before, and goes on once that event is skipped', async () => {
  const store = await testStore();
  const newer = { id: newId('event'), type: 'message.received', schemaVersion: 99, data: {} };
  await store.log.append({ events: [{ streamId: 'session/ses_a', event: newer, metadata: { sessionId: 'ses_a' } }] });
  await expect(store.waitForViews(1, 60_000)).rejects.toMatchObject({ code: 'VIEW_STOPPED', details: { position: 1 } });
  for (const { name, stopped } of store.projections()) if (stopped) await store.resumeProjection(name, 'skip');
  await store.waitForViews(1, 60_000);
});

test('shows an event of a quiet log and every event of a busy one', async () => {
  const store = await testStore();
  for (let turn = 0; turn < 30; turn++) {
    const { messageId, commits } = messageFlow('ses_a', { opens: turn === 0 });
    await Promise.all(commits.map((commit) => store.log.append(commit)));
    if (turn % 10) continue;
    await store.waitForViews(store.log.head(), 10_000);
    expect(await store.views.message(messageId)).toMatchObject({ status: 'delivered' });
  }
  await store.waitForViews(store.log.head(), 10_000);
  expect(await store.views.session('ses_a')).toMatchObject({ messages: 30, turns: 30, openMessages: 0 });
});

test('the views come back by themselves after another program kept their file to itself', { timeout: 30_000 }, async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  const intruder = new Database(join(dir, 'views.db'));
  intruder.exec('BEGIN IMMEDIATE');
  for (const commit of messageFlow('ses_a', { opens: true }).commits) await store.log.append(commit);
  // SQLite waits five seconds for a lock; then the thread gives up and another one is started.
  await expect(store.waitForViews(store.log.head(), 6_000)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  intruder.close();
  await store.waitForViews(store.log.head(), 15_000);
  expect(await store.views.session('ses_a')).toMatchObject({ turns: 1 });
});

describe('words that are far behind are caught up by a thread of their own', () => {
  const FLOWS = 1_800;

  /** A state directory without views and with more events than one thread would do alone. */
  async function longLog(): Promise<string> {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (let flow = 0; flow < FLOWS; flow += 100) {
      const commits = Array.from({ length: 100 }, (_, index) => {
        const number = flow + index;
        return messageFlow(`ses_${number % 50}`, { opens: number < 50, text: `word${number}`, subject: `sub_${number % 50}` }).commits;
      });
      await Promise.all(commits.flat().map((commit) => store.log.append(commit)));
    }
    expect(store.log.head()).toBeGreaterThan(20_000);
    await store.close();
    deleteViews(dir);
    return dir;
  }

  async function found(store: Store, query: string): Promise<number> {
    return (await store.views.events({ query }, { limit: 10 })).rows.length;
  }

  test('everything is found when they have, and one that begins again goes on where the last one stopped', {
    timeout: 30_000,
  }, async () => {
    const dir = await longLog();
    await (await testStore({ dir })).close();
    const store = await testStore({ dir });
    for (const commit of messageFlow('ses_a', { text: 'meanwhile' }).commits) await store.log.append(commit);
    await store.waitForViews(store.log.head(), 20_000);
    expect(await Promise.all(['word7', 'word1799', 'meanwhile'].map((word) => found(store, word)))).toEqual([2, 2, 2]);
    expect((await store.views.projections()).map(({ lagEvents }) => lagEvents)).toEqual([0, 0, 0, 0, 0, 0]);
    await store.close();
    expect(replayProjections({ dir }).filter(({ identical }) => !identical)).toEqual([]);
  });

  test('a person who is erased meanwhile is forgotten', { timeout: 30_000 }, async () => {
    const dir = await longLog();
    const store = await testStore({ dir });
    await store.retention.destroyKey('sub_7', Date.now());
    await store.retention.eraseViews('sub_7');
    await store.waitForViews(store.log.head(), 20_000);
    expect(await Promise.all(['word7', 'word8'].map((word) => found(store, word)))).toEqual([0, 2]);
  });
});
