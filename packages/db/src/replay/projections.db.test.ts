import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import { PROJECTIONS } from '../projections/index.ts';
import { MESSAGES_TABLE } from '../projections/messages.ts';
import { stateFiles } from '../sqlite/files.ts';
import { histories, messageFlow } from '../testing/flows.ts';
import { replayProjections } from './projections.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function record(commits: ReturnType<typeof messageFlow>['commits']): Promise<number> {
  const store = await openStore({ dir });
  for (const commit of commits) await store.log.append(commit);
  await store.waitForViews(store.log.head(), 10_000);
  const head = store.log.head();
  await store.close();
  return head;
}

test('B16 whatever happened, the views are what the log gives when it is folded anew', async () => {
  const [commits = []] = fc.sample(histories, { numRuns: 1, seed: 7 });
  const head = await record(commits);
  const projections = replayProjections({ dir });
  expect(projections.map(({ name }) => name)).toEqual(PROJECTIONS.map(({ name }) => name));
  for (const projection of projections) {
    expect(projection).toMatchObject({ identical: true, position: head });
    expect(projection.replayedDigest).toBe(projection.liveDigest);
    expect(projection.rows).toBeGreaterThan(0);
  }
});

test('B16 a view that was changed is named with its first row that differs, and nothing is mended', async () => {
  const session = newId('session');
  await record([...messageFlow(session, { opens: true }).commits, ...messageFlow(session, { outcome: 'held' }).commits]);
  const { views } = stateFiles(dir);
  const db = new Database(views);
  db.prepare(`UPDATE ${MESSAGES_TABLE} SET status = 'delivered' WHERE status = 'held'`).run();
  db.close();
  for (let time = 1; time <= 2; time++) {
    const messages = replayProjections({ dir }).find(({ name }) => name === 'messages');
    expect(messages).toMatchObject({ identical: false, firstDifference: { table: MESSAGES_TABLE } });
    expect(messages?.firstDifference?.live).toContain('"delivered"');
    expect(messages?.firstDifference?.replayed).toContain('"held"');
  }
});

test('B16 a full-text index that lost a message is noticed', async () => {
  await record(messageFlow(newId('session'), { opens: true, text: 'unmistakable words' }).commits);
  const db = new Database(stateFiles(dir).words);
  const table = db.prepare<[], string>(`SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'`).pluck().get() ?? '';
  db.prepare(`DELETE FROM ${table} WHERE rowid = 1`).run();
  db.close();
  expect(replayProjections({ dir }).filter(({ identical }) => !identical)).toMatchObject([{ firstDifference: { table } }]);
});
