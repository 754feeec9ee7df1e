import { GatewayStopped } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commit, type Door, openDoor, TOKEN } from './door-fixture.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
  await commit(
    door.store,
    'gateway/gw_test',
    ['for the night', 'for an upgrade', 'for the night again'].map((reason) => GatewayStopped.create({ reason, uptimeMs: 1 })),
  );
});
afterEach(() => door.close());

it('events.list and events.after take a query beside their filter', async () => {
  const list = await door.query('events.list', { filter: { query: '"the night"' }, limit: 1 });
  expect(list.body.result.data).toMatchObject({ rows: [{ position: 3 }], next: 3 });
  const after = await door.query('events.after', { filter: { query: 'night', types: ['gateway.*'] }, after: 0, limit: 10 });
  expect(after.body.result.data.rows.map((row: { position: number }) => row.position)).toEqual([1, 3]);
  const without = await door.query('events.withoutEach', { filter: { query: 'nowhere' } });
  expect(without.body.result.data).toEqual([{ clause: 'query', count: 3, more: false }]);
});

it('a query that cannot be read is refused with its place, in a list and in a live tail', async () => {
  const refusal = { code: 'QUERY_INVALID', details: { start: 0, end: 4, caret: '  tipe:x\n  ^^^^' } };
  const list = await door.query('events.list', { filter: { query: 'tipe:x' }, limit: 1 });
  expect(list.status).toBe(400);
  expect(list.body.error.data.error).toMatchObject(refusal);
  const input = encodeURIComponent(JSON.stringify({ query: 'tipe:x' }));
  const headers = { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream' };
  const stream = await fetch(`${door.url}/events.live?input=${input}`, { headers });
  expect(await stream.text()).toMatch(/event: serialized-error\ndata: .*"QUERY_INVALID"/);
});

it('a live tail with a query hands out only what matches, and moves on past the rest', async () => {
  const end = new AbortController();
  const positions: number[] = [];
  let last: string | undefined;
  for await (const { id, data } of door.subscribe('events.live', { after: 0, query: 'time:-1h upgrade' }, end.signal)) {
    last = id;
    positions.push(...(data as { rows: { position: number }[] }).rows.map((row) => row.position));
    if (last === '3') break;
  }
  end.abort();
  expect(positions).toEqual([2]);
});
