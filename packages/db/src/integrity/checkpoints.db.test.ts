import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataArchived, DataRetained, GatewayStopped, newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openStoreReadOnly } from '../open.ts';
import type { Store } from '../store.ts';
import { runChild } from '../testing/child.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import type { Checkpoint } from './checkpoints.ts';
import { verifyConsistency, verifyInclusion } from './merkle.ts';
import { parseCheckpoint, parseVerifierKey, verifyNote } from './note.ts';
import { verifyLog } from './verify-log.ts';

const append = (store: Store, count: number) => {
  const events = Array.from({ length: count }, () => ({
    streamId: 'gateway/x',
    event: GatewayStopped.create({ reason: 'test', uptimeMs: 1 }),
  }));
  return store.log.append({ events });
};

function made(store: Store): Promise<Checkpoint> {
  return new Promise((resolve) => {
    const stop = store.checkpoints.onMade((checkpoint) => {
      stop();
      resolve(checkpoint);
    });
  });
}

describe('checkpoints', () => {
  test('are made by themselves soon after a write, signed with the key of the state directory', async () => {
    const store = await testStore();
    const next = made(store);
    await append(store, 3);
    const checkpoint = await next;
    expect(checkpoint).toMatchObject({ size: 3 });
    expect(await store.checkpoints.latest()).toEqual(checkpoint);
    const note = parseCheckpoint(checkpoint.note);
    const key = parseVerifierKey(store.checkpoints.verifierKey);
    if (!note || !key) throw new TypeError('not signed');
    expect(note).toMatchObject({ origin: `openclaw/${store.gatewayId}`, size: 3, root: checkpoint.root });
    expect(verifyNote(note, key)).toBe('good');
  });

  test('are made for each 1,000 events and for the rest, when asked and on closing', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (let times = 0; times < 3; times++) await append(store, 900);
    expect(await store.checkpoints.make()).toMatchObject({ size: 2700 });
    const sizes = (await store.checkpoints.list({ after: 0, limit: 100 })).map(({ size }) => size);
    expect(sizes.every((size, index) => size - (sizes[index - 1] ?? 0) <= 1000)).toBe(true);
    await append(store, 1);
    await store.close();
    const closed = await openStoreReadOnly({ dir });
    expect(await closed.checkpoints?.latest()).toMatchObject({ size: 2701 });
    expect(await closed.checkpoints?.covering(2701)).toMatchObject({ size: 2701 });
    expect(await closed.checkpoints?.covering(2702)).toBeUndefined();
    expect((await closed.checkpoints?.list({ before: 2701, limit: 1 }))?.map(({ size }) => size)).toEqual([2700]);
    await closed.close();
  });

  test('prove that an event is in the log, and that the log only grew', async () => {
    const store = await testStore();
    await append(store, 1000);
    const earlier = await store.checkpoints.make();
    for (let times = 0; times < 2; times++) await append(store, 700);
    const later = await store.checkpoints.make();
    if (!earlier || !later) throw new TypeError('no checkpoint');
    for (const position of [1, 999, 1024, 1025, 2048, 2400]) {
      const proof = await store.checkpoints.prove(position, later.size);
      if (!proof) throw new TypeError('no proof');
      expect(verifyInclusion({ ...proof, index: position - 1, root: later.root }), `${position}`).toBe(true);
    }
    expect(await store.checkpoints.prove(2401, 2400)).toBeUndefined();
    const path = await store.checkpoints.proveConsistency(earlier.size, later.size);
    expect(verifyConsistency({ earlier, later, path })).toBe(true);
  });

  test('go on after a kill, under the same key, and the log verifies', { timeout: 60_000 }, async () => {
    const dir = stateDir();
    for (let round = 1; round <= 3; round++) {
      const child = runChild('./append-loop.ts', [dir]);
      await child.untilLines(round * 400);
      child.kill();
      await child.ended;
    }
    const store = await testStore({ dir });
    const newest = await store.checkpoints.make();
    expect(newest).toMatchObject({ size: store.log.head() });
    await store.close();
    expect(await verifyLog({ dir, from: 1 })).toMatchObject({ ok: true, checkpointedTo: newest?.size });
  });

  test('are signed no more once the log is not what was signed before', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    await append(store, 10);
    await store.close();
    const db = new Database(join(dir, 'events.db'));
    db.exec(`DROP TRIGGER events_are_final_on_update; UPDATE events SET hash = x'${'11'.repeat(32)}' WHERE position = 4`);
    db.close();
    const changed = await testStore({ dir });
    await append(changed, 1);
    await expect(changed.checkpoints.make()).rejects.toMatchObject({ code: 'LOG_CONTRADICTED', details: { size: 10 } });
    const heard: number[] = [];
    changed.checkpoints.onContradiction((size) => heard.push(size));
    expect(heard).toEqual([10]);
    expect(await changed.checkpoints.latest()).toMatchObject({ size: 10 });
    await changed.close();
  });

  test('are made from damaged tiles no worse, since those are made anew', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (let times = 0; times < 3; times++) await append(store, 900);
    await store.close();
    const db = new Database(join(dir, 'events.db'));
    db.exec(`UPDATE merkle_tiles SET hash = x'${'11'.repeat(32)}'`);
    db.close();
    const again = await testStore({ dir });
    await append(again, 5);
    await again.close();
    expect(await verifyLog({ dir, from: 1 })).toMatchObject({ ok: true, checkpointedTo: 2705 });
  });
});

describe('bodies that have left the log', () => {
  const kept = { heldSessions: [], heldSubjects: [], unfinishedSessions: [] };
  const archive = async (store: Store) => {
    for (const commit of messageFlow(newId('session')).commits) await store.log.append(commit);
    const later = Date.now() + 1000;
    const { segments } = await store.retention.archive({ contentBefore: 0, debugBefore: 0, archiveBefore: later, kept });
    const [segment] = segments;
    if (!segment) throw new TypeError('nothing was archived');
    return segment;
  };

  test('are checked where they were archived', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    const { file, events } = await archive(store);
    expect(await verifyLog({ dir, from: 1 })).toMatchObject({ ok: true, archivedBodies: events });
    const path = join(dir, 'segments', file);
    writeFileSync(path, readFileSync(path).fill(0, 40, 50));
    expect((await verifyLog({ dir, from: 1 })).break).toMatchObject({ reason: 'data_changed' });
  });

  test('may lie elsewhere when an event of the log says so, and the check says that it did not see them', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    const segment = await archive(store);
    rmSync(join(dir, 'segments', segment.file));
    expect((await verifyLog({ dir, from: 1 })).break).toMatchObject({ position: segment.first, reason: 'body_missing' });
    await store.log.append({ events: [{ streamId: 'data', event: DataArchived.create(segment) }] });
    const { ok, limits } = await verifyLog({ dir, from: 1 });
    expect(ok).toBe(true);
    expect(limits).toContain(`${segment.events} archived bodies were not checked: their segments are not here.`);
  });

  test('may be gone for good when their time was over and an event of the log says so', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (const commit of messageFlow(newId('session')).commits) await store.log.append(commit);
    const later = Date.now() + 1000;
    const { content } = await store.retention.expire({ contentBefore: later, debugBefore: 0, archiveBefore: 0, kept });
    expect((await verifyLog({ dir, from: 1 })).break).toMatchObject({ reason: 'body_missing' });
    const event = DataRetained.create({ contentBefore: later, debugBefore: 0, content, debug: 0, archived: 0, kept: 0 });
    await store.log.append({ events: [{ streamId: 'data', event }] });
    expect(await verifyLog({ dir, from: 1 })).toMatchObject({ ok: true, removedBodies: content });
  });
});

describe('a check of the log in its own thread', () => {
  test('goes on where the last one ended, unless told where to begin', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (const commit of messageFlow(newId('session')).commits) await store.log.append(commit);
    await store.checkpoints.make();
    const first = await verifyLog({ dir });
    expect(first).toMatchObject({ ok: true, from: 1, to: 12 });
    for (const commit of messageFlow(newId('session')).commits) await store.log.append(commit);
    const second = await verifyLog({ dir });
    expect(second).toMatchObject({ ok: true, from: 13, to: 24, continues: expect.any(Number) });
    expect(second.limits.join()).toContain('Events 1 to 12 were checked on');
    expect(await verifyLog({ dir, from: 1 })).toMatchObject({ ok: true, from: 1, to: 24 });
    expect(await verifyLog({ dir, from: 5, to: 20 })).toMatchObject({ ok: true, from: 5, to: 20 });
    expect(await verifyLog({ dir, from: 25 })).toMatchObject({ ok: true, from: 25, to: 24 });
  });

  test('finds that the tail was cut since the last one, which is a witness of its own', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    await append(store, 20);
    await store.close();
    await verifyLog({ dir });
    const db = new Database(join(dir, 'events.db'));
    db.exec('DROP TRIGGER events_are_final_on_delete; DELETE FROM events WHERE position > 15; DELETE FROM checkpoints');
    db.close();
    expect((await verifyLog({ dir })).break).toMatchObject({ position: 16, through: 20, reason: 'tail_cut' });
  });

  test('says how far it is and can be stopped', async () => {
    const dir = stateDir();
    const store = await testStore({ dir });
    for (let times = 0; times < 5; times++) await append(store, 1000);
    const seen: number[] = [];
    await verifyLog({ dir }, { onProgress: ({ position, to }) => seen.push(position, to) });
    expect(seen.slice(0, 2)).toEqual([500, 5000]);
    const stop = new AbortController();
    const run = verifyLog({ dir, from: 1 }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
  });

  test('refuses what it cannot read', async () => {
    const dir = stateDir();
    await expect(verifyLog({ dir })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await testStore({ dir });
    await expect(verifyLog({ dir, verifierKeys: ['nonsense'] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(verifyLog({ dir, witnessFile: join(dir, 'none') })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
