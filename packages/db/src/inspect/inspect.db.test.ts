import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import { messageFlow } from '../testing/flows.ts';
import { deleteStoppedViews, inspectState } from './inspect.ts';
import { lookQuietly } from './quiet.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-inspect-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function makeLog(): Promise<number> {
  const store = await openStore({ dir });
  for (const commit of messageFlow(newId('session'), { subject: 'sub_anna' }).commits) await store.log.append(commit);
  const head = store.log.head();
  await store.close();
  return head;
}

test('an empty directory has nothing, and a log is described without a trace', async () => {
  expect(inspectState(dir)).toMatchObject({ events: { state: 'missing' }, keys: { state: 'missing' }, head: 0 });
  const head = await makeLog();
  const before = readdirSync(dir);
  const look = lookQuietly(dir);
  expect(look.isOwned).toBe(false);
  const good = { state: 'good' };
  expect(inspectState(dir)).toMatchObject({ events: good, keys: good, views: good, words: good, head, hasSealed: true });
  look.end();
  expect(readdirSync(dir)).toEqual(before);
});

test('a directory that a gateway has is told from one that is free', async () => {
  await makeLog();
  const store = await openStore({ dir });
  expect(lookQuietly(dir).isOwned).toBe(true);
  expect(inspectState(dir).events.state).toBe('good');
  expect(() => deleteStoppedViews(dir)).toThrow(expect.objectContaining({ code: 'LOG_LOCKED' }));
  await store.close();
  expect(readdirSync(dir).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
});

test('a damaged, a foreign and a missing file are told apart, and views that are deleted are built again', async () => {
  await makeLog();
  writeFileSync(join(dir, 'views.db'), 'this is no database');
  rmSync(join(dir, 'keys.db'));
  expect(inspectState(dir)).toMatchObject({ views: { state: 'damaged' }, keys: { state: 'missing' }, words: { state: 'good' } });
  deleteStoppedViews(dir);
  expect(inspectState(dir)).toMatchObject({ views: { state: 'missing' }, words: { state: 'missing' } });
  await (await openStore({ dir })).close();
  expect(inspectState(dir)).toMatchObject({ views: { state: 'good' }, words: { state: 'good' } });
});
