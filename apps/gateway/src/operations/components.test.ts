import { expect, test } from 'vitest';
import { type ComponentNow, watchComponents } from './components.ts';

test('B15 a part is known by since when it is as it is, and by what was wrong with it last', () => {
  let now = 1000;
  let parts: readonly ComponentNow[] = [{ id: 'log', status: 'healthy' }];
  const components = watchComponents(
    () => parts,
    () => now,
  );
  expect(components.list()).toEqual([{ id: 'log', status: 'healthy', since: 1000 }]);
  now = 2000;
  parts = [{ id: 'log', status: 'degraded', problem: 'slow disk' }];
  components.list();
  now = 3000;
  expect(components.list()).toEqual([
    { id: 'log', status: 'degraded', problem: 'slow disk', since: 2000, lastProblem: { time: 3000, message: 'slow disk' } },
  ]);
  now = 4000;
  parts = [{ id: 'log', status: 'healthy' }];
  expect(components.list()).toEqual([{ id: 'log', status: 'healthy', since: 4000, lastProblem: { time: 3000, message: 'slow disk' } }]);
  parts = [];
  expect(components.list()).toEqual([]);
  components.close();
});

test('B15 what a part says of itself since when it is so is believed', () => {
  const components = watchComponents(() => [{ id: 'telegram/default', parent: 'channels', status: 'healthy', since: 5 }]);
  expect(components.list()[0]?.since).toBe(5);
  components.close();
});
