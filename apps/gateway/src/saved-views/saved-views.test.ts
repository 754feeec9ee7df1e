import { MemoryLog } from '@openclaw-gateway/db';
import { conditionOf } from '@openclaw-gateway/db/query/index';
import { expect, it } from 'vitest';
import { createSavedViews, type ViewDraft } from './index.ts';
import { SYSTEM_VIEWS } from './system.ts';

const anna = { type: 'user', id: 'usr_anna' } as const;
const ben = { type: 'user', id: 'usr_ben' } as const;
const draft: ViewDraft = { name: 'night', label: 'At night', query: 'sev:error', range: '7d', pinned: false, shared: false };

function open(log = new MemoryLog()) {
  return { log, views: createSavedViews({ store: { log } }) };
}
const names = (views: readonly { readonly name: string }[]) => views.map(({ name }) => name);

it('B16 every gateway has views whose queries can be read, and nobody changes or takes their names', async () => {
  const { views } = open();
  expect(names(views.list(anna))).toEqual([
    'errors',
    'denied',
    'slow',
    'tool-calls',
    'deliveries-failed',
    'config-changes',
    'today-by-channel',
  ]);
  for (const { query } of SYSTEM_VIEWS) expect(conditionOf({ query }, 0)).toBeDefined();
  await expect(views.save({ ...draft, name: 'errors' }, anna)).rejects.toMatchObject({ code: 'VIEW_NAME_TAKEN' });
  await expect(views.remove('errors', anna)).rejects.toMatchObject({ code: 'VIEW_NAME_TAKEN' });
});

it('B16 a view is its owner’s until it is shared, and is there after a restart', async () => {
  const { log, views } = open();
  expect(await views.save(draft, anna)).toMatchObject({ name: 'night', mine: true, system: false });
  expect(names(views.list(ben))).not.toContain('night');
  expect(() => views.get('night', ben)).toThrow(expect.objectContaining({ code: 'VIEW_UNKNOWN' }));
  await expect(views.save(draft, ben)).rejects.toMatchObject({ code: 'VIEW_NAME_TAKEN' });
  await views.save({ ...draft, shared: true, query: 'sev:warn' }, anna);
  const again = open(log).views;
  await again.load();
  expect(again.get('night', ben)).toMatchObject({ query: 'sev:warn', mine: false });
  await expect(again.remove('night', ben)).rejects.toMatchObject({ code: 'VIEW_NAME_TAKEN' });
  await again.remove('night', anna);
  expect(names(again.list(anna))).not.toContain('night');
});

it('B16 a view whose query cannot be read is not saved, nor one too many', async () => {
  const { log, views } = open();
  await expect(views.save({ ...draft, query: 'tipe:x' }, anna)).rejects.toMatchObject({ code: 'QUERY_INVALID' });
  expect(log.head()).toBe(0);
  for (let at = 0; at < 200; at++) await views.save({ ...draft, name: `n${at}` }, anna);
  await expect(views.save(draft, anna)).rejects.toMatchObject({ code: 'VIEWS_FULL' });
  await views.save({ ...draft, name: 'n7', label: 'Seven' }, anna);
  await views.remove('n8', anna);
  await views.save(draft, anna);
});
