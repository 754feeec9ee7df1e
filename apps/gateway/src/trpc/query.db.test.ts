import { ConfigRolledBack, GatewayStopped } from '@openclaw-gateway/events';
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
  const without = await door.query('events.without', { filters: [{}, { query: 'nowhere' }] });
  expect(without.body.result.data).toEqual([
    { count: 3, more: false },
    { count: 0, more: false },
  ]);
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

it('facets and bars come from counters where they can, and from the newest events where they cannot', async () => {
  const span = { fromTime: Date.now() - 3_600_000, toTime: Date.now() + 60_000 };
  const facets = await door.query('events.facets', { ...span, filter: { query: 'type:gateway.*' } });
  expect(facets.body.result.data.type).toEqual([{ value: 'gateway.stopped', count: 3 }]);
  const filter = { query: '"the night"' };
  expect((await door.query('events.facets', { ...span, filter })).body.result.data).toBeNull();
  expect((await door.query('events.histogram', { ...span, buckets: 10, filter })).body.result.data).toBeNull();
  const breakdown = await door.query('events.breakdown', { ...span, buckets: 10, filter });
  expect(breakdown.body.result.data).toMatchObject({ events: 2, isWhole: true });
  expect(breakdown.body.result.data.fields).toContainEqual({
    field: 'type',
    values: [{ value: 'gateway.stopped', count: 2 }],
    different: 1,
    events: 2,
  });
});

it('events.breakdown finds sessions by a part of their ids', async () => {
  for (const sessionId of ['ses_old_one', 'ses_other'])
    await commit(door.store, sessionId, [GatewayStopped.create({ reason: 'x', uptimeMs: 1 })], { sessionId });
  const span = { fromTime: Date.now() - 3_600_000, toTime: Date.now() + 60_000 };
  const { body } = await door.query('events.breakdown', { ...span, buckets: 1, filter: { query: 'type:gateway.* session:~"*old_*"' } });
  expect(body.result.data).toMatchObject({ events: 1, isWhole: true });
  expect(body.result.data.fields).toContainEqual(
    expect.objectContaining({ field: 'session', values: [{ value: 'ses_old_one', count: 1 }], different: 1 }),
  );
});

it('events.compare says by which fields some events differ, the most telling first', async () => {
  await commit(door.store, 'config', [
    ConfigRolledBack.create({ hash: 'a'.repeat(64), previousHash: 'b'.repeat(64), source: 'command', reason: 'x' }),
  ]);
  const { body } = await door.query('events.compare', { selected: { query: 'seq:4' }, baseline: {} });
  expect(body.result.data).toMatchObject({ selected: { events: 1, isWhole: true }, baseline: { events: 4, isWhole: true } });
  expect(body.result.data.fields[0]).toMatchObject({ divergence: 0.75 });
  expect(body.result.data.fields.map(({ field }: { field: string }) => field)).toContain('type');
});

it('events.check names the place of a mistake, and events.part gives a branch of what is too large', async () => {
  expect((await door.query('events.check', { query: 'type:run.* AND  sev:error' })).body.result.data).toEqual({
    canonical: 'type:run.* sev:error',
  });
  expect((await door.query('events.check', { query: 'tipe:x' })).body.error.data.error.details).toMatchObject({ start: 0, end: 4 });
  const part = await door.query('events.part', { position: 1, path: ['reason'], offset: 4 });
  expect(part.body.result.data).toEqual({ kind: 'text', total: 13, value: { reason: 'the night' }, next: 13, larger: {} });
  expect((await door.query('events.part', { position: 1, path: ['nothing'], offset: 0 })).status).toBe(404);
});
