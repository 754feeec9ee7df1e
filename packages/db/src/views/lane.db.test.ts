import { expect, onTestFinished, test } from 'vitest';
import { deleteViews } from '../projections/open-views.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { ReadLane, spawnReader } from './lane.ts';

/** The thread gives way to whatever else runs on the machine. */
const PATIENCE_MS = 20_000;

test('without views the log can still be read, and what needs them says so', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  for (const commit of messageFlow('ses_a').commits) await store.log.append(commit);
  await store.close();
  deleteViews(dir);
  const lane = new ReadLane(spawnReader('test', dir), PATIENCE_MS);
  onTestFinished(() => lane.close());
  expect(await lane.read('readAll', { after: 0, limit: 100 })).toHaveLength(12);
  await expect(lane.read('session', 'ses_a')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  await expect(lane.read('message', 'msg_a')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
});
