import { expect, onTestFinished, test } from 'vitest';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { ReadLane } from './lane.ts';

async function laneOverLog(timeoutMs?: number): Promise<ReadLane> {
  const dir = stateDir();
  const store = await testStore({ dir });
  for (const commit of messageFlow('ses_a', { opens: true }).commits) await store.log.append(commit);
  await store.waitForViews(store.log.head(), 10_000);
  const lane = new ReadLane('test', dir, timeoutMs);
  onTestFinished(() => lane.close());
  return lane;
}

test('an answer that takes too long is given up', async () => {
  const lane = await laneOverLog(0);
  await expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

test('no more than 1,000 reads wait', async () => {
  const lane = await laneOverLog(60_000);
  const reads = Array.from({ length: 1000 }, () => lane.read('readAt', 1));
  await expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect((await Promise.all(reads)).every((event) => event?.position === 1)).toBe(true);
  expect(await lane.read('readAt', 2)).toMatchObject({ position: 2 });
});

test('a thread that ends fails what it was asked, and the next read has a new one', async () => {
  const lane = await laneOverLog(60_000);
  const lost = lane.read('session', 'ses_a');
  await Promise.all([expect(lost).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' }), lane.start().terminate()]);
  expect(await lane.read('session', 'ses_a')).toMatchObject({ sessionId: 'ses_a' });
});

test('without views the log can still be read, and what needs them says so', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  const lane = new ReadLane('test', dir);
  onTestFinished(() => lane.close());
  for (const commit of messageFlow('ses_a').commits) await store.log.append(commit);
  await store.close();
  const { deleteViews } = await import('../projections/open-views.ts');
  deleteViews(`${dir}/views.db`);
  expect(await lane.read('readAll', { after: 0, limit: 100 })).toHaveLength(12);
  await expect(lane.read('session', 'ses_a')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
});

test('errors keep their code across the thread', async () => {
  const lane = await laneOverLog();
  await expect(lane.read('events', { types: 5 as never }, { limit: 1 })).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
});
