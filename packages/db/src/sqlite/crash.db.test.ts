import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ChainVerdict, verifyChain } from '../chain.ts';
import { runChild } from '../testing/child.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { openWritable } from './connection.ts';
import { EVENTS_FILE } from './files.ts';
import { LogReader } from './reads.ts';

const ROUNDS = 10;

test('loses no acknowledged event when the process is killed under load, ten times on the same files', { timeout: 120_000 }, async () => {
  const dir = stateDir();
  let lastAcked = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const child = runChild('./append-loop.ts', [dir]);
    await child.untilLines(round * 17);
    child.kill();
    await child.ended;
    lastAcked = Math.max(lastAcked, ...child.lines.map((line) => Number(line.split(' ')[1])));
    const { head, verdict, integrity } = inspect(dir);
    expect(head, `round ${round}`).toBeGreaterThanOrEqual(lastAcked);
    expect(verdict, `round ${round}`).toMatchObject({ ok: true, events: head, head });
    expect(integrity, `round ${round}`).toBe('ok');
  }
});

test('stops for good at the first failed write, and what was acknowledged before is there on the next start', {
  timeout: 60_000,
}, async () => {
  const dir = stateDir();
  // No file may grow past a megabyte, so a write of the log fails in the middle of the load.
  const child = runChild('./append-loop.ts', [dir], 'ulimit -f 1024');
  await child.ended;
  expect(child.lines.slice(-2)).toEqual(['refused LOG_UNAVAILABLE', 'then LOG_UNAVAILABLE']);
  const acked = child.lines.slice(0, -2).map((line) => Number(line.split(' ')[1]));
  expect(acked.length).toBeGreaterThan(10);

  const store = await testStore({ dir });
  expect(store.log.head()).toBeGreaterThanOrEqual(Math.max(...acked));
  await store.waitForViews(store.log.head(), 10_000);
  await store.close();
  expect(inspect(dir)).toMatchObject({ verdict: { ok: true }, integrity: 'ok' });
});

test('a killed owner does not keep the next one out', async () => {
  const dir = stateDir();
  const child = runChild('./hold-store.ts', [dir]);
  await child.untilLines(1);
  child.kill();
  await child.ended;
  const store = await testStore({ dir });
  expect(store.log.head()).toBe(0);
});

test('rebuilds the views when their file is damaged, and refuses a log that is', async () => {
  const dir = stateDir();
  const first = await testStore({ dir });
  await first.close();
  copyFileSync(new URL(import.meta.url), join(dir, 'views.db'));
  const second = await testStore({ dir });
  expect((await second.views.projections()).length).toBeGreaterThan(0);
  await second.close();
  copyFileSync(new URL(import.meta.url), join(dir, 'events.db'));
  await expect(testStore({ dir })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
});

function inspect(dir: string): { head: number; verdict: ChainVerdict; integrity: unknown } {
  const db = openWritable(join(dir, 'events.db'), EVENTS_FILE);
  try {
    const reader = new LogReader(db);
    return { head: reader.head(), verdict: verifyChain(reader.chain()), integrity: db.pragma('integrity_check', { simple: true }) };
  } finally {
    db.close();
  }
}
