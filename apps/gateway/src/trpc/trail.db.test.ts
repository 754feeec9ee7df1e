import { verifyInclusion } from '@openclaw-gateway/db';
import { AuditActionEnded, AuditVerified, GatewayStopped, MessageQueued } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogCheck } from '../integrity/index.ts';
import type { Parts } from '../parts.ts';
import { commit, type Door, openDoor } from './door-fixture.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor(({ store, stateDir }) => ({
    stateDir,
    witnesses: { status: () => [] } as unknown as Parts['witnesses'],
    scheduledCheck: { nextAt: () => 7 },
    logCheck: createLogCheck({
      stateDir,
      record: async (streamId, event, metadata) => void (await store.log.append({ events: [{ streamId, event, metadata }] })),
      witnessFile: () => undefined,
    }),
  }));
});
afterEach(() => door.close());

const ended = (id: string, outcome: 'success' | 'failure') =>
  AuditActionEnded.create({ action: 'export.start', target: { kind: 'export', id }, outcome, requestedAt: 1, door: 'dashboard' });
const by = (id: string) => ({ actor: { type: 'user', id } });
const list = async (filter: object, page: object = {}) => {
  const { status, body } = await door.query('audit.list', { filter, limit: 50, ...page });
  expect(status).toBe(200);
  return body.result.data as { rows: { position: number; who: string; target?: string }[]; next?: number; older?: number };
};

describe('audit.list', () => {
  beforeEach(async () => {
    await commit(door.store, 'audit', [ended('exp_1', 'success'), ended('exp_2', 'failure')], by('usr_ana'));
    await commit(door.store, 'audit', [ended('exp_2', 'success')], by('usr_bo'));
    const queued = MessageQueued.create({ messageId: 'msg_1', sessionId: 'ses_1', agentId: 'main', runId: 'run_1' });
    await commit(door.store, 'session/ses_1', [queued]);
  });

  it('holds the events of the trail and no others, and is paged without a gap', async () => {
    const first = await list({}, { limit: 2 });
    const second = await list({}, { limit: 2, before: first.next });
    expect([...first.rows, ...second.rows].map(({ position }) => position)).toEqual([3, 2, 1]);
  });

  it('is narrowed to an actor, a target, and to what failed', async () => {
    expect((await list({ actor: 'usr_bo' })).rows.map(({ position }) => position)).toEqual([3]);
    expect((await list({ target: 'export exp_2' })).rows.map(({ position }) => position)).toEqual([3, 2]);
    expect((await list({ failed: true })).rows.map(({ position }) => position)).toEqual([2]);
    expect((await list({ actor: 'usr_bo', failed: true })).rows).toEqual([]);
    expect((await list({ classes: ['export'] })).rows).toEqual([]);
    expect((await list({ query: 'data.target.id:exp_1', actor: 'usr_ana' })).rows.map(({ position }) => position)).toEqual([1]);
  });

  it('takes what stands in a filter for text and not for a query', async () => {
    expect((await list({ actor: 'x" OR type:* OR actor:"y' })).rows).toEqual([]);
    const { status, body } = await door.query('audit.list', { filter: { query: 'nofield:1' }, limit: 5 });
    expect([status, body.error.data.error.code]).toEqual([400, 'QUERY_INVALID']);
  });

  it('says when there is more before the range', async () => {
    const soon = Date.now() + 60_000;
    expect(await list({ fromTime: soon })).toMatchObject({ rows: [], older: expect.any(Number) });
    expect((await list({ fromTime: 1 })).older).toBeUndefined();
  });

  it('counts who and what over the newest events, and says how many these are', async () => {
    const { body } = await door.query('audit.facets', { filter: {} });
    expect(body.result.data).toEqual({
      sample: 3,
      more: false,
      failures: 1,
      actors: [
        { value: 'user/usr_ana', count: 2 },
        { value: 'user/usr_bo', count: 1 },
      ],
      targets: [
        { value: 'export exp_2', count: 2 },
        { value: 'export exp_1', count: 1 },
      ],
    });
  });
});

it('an event is proved to lie under a checkpoint, by hashes that anybody can check', async () => {
  await commit(
    door.store,
    'gateway/gw_test',
    [1, 2, 3].map((at) => GatewayStopped.create({ reason: `stop ${at}`, uptimeMs: at })),
  );
  const { body } = await door.query('audit.proof', { position: 2 });
  const { checkpoint, proof } = body.result.data;
  expect(verifyInclusion({ ...proof, index: proof.position - 1, root: checkpoint.root })).toBe(true);
  expect((await door.query('audit.proof', { position: 99 })).body.error.data.error.code).toBe('EVENT_NOT_FOUND');
});

it('a check is begun, followed to its end, and recorded with who asked for it', async () => {
  await commit(door.store, 'gateway/gw_test', [GatewayStopped.create({ reason: 'stop', uptimeMs: 1 })]);
  expect((await door.mutate('audit.verify', { from: 1 })).body.result.data.state).toBe('running');
  const stop = new AbortController();
  for await (const { data } of door.subscribe('audit.verification', undefined, stop.signal)) {
    const { state, result } = data as { state: string; result?: { ok: boolean; to: number } };
    if (state !== 'done') continue;
    expect(result).toMatchObject({ ok: true, to: 1 });
    break;
  }
  stop.abort();
  const recorded = await door.store.log.readAt(2);
  expect(recorded).toMatchObject({ type: 'audit.verified', data: { from: 1, to: 1, ok: true }, metadata: { actor: { id: 'usr_test' } } });
});

it('audit.schedule tells how often, when next, and what came of the last check that nobody asked for', async () => {
  const verified = (ok: boolean) => AuditVerified.create({ from: 1, to: 5, ok, ...(!ok && { firstBadPosition: 3 }) });
  const schedule = async () => (await door.query('audit.schedule')).body.result.data;
  expect(await schedule()).toEqual({ everyMs: 6 * 3_600_000, nextAt: 7 });
  await commit(door.store, 'audit', [verified(false)], { actor: { type: 'system', id: 'scheduled-check' } });
  await commit(door.store, 'audit', [verified(true)], by('usr_ana'));
  expect(await schedule()).toMatchObject({ last: { position: 1, ok: false, from: 1, to: 5, firstBadPosition: 3 } });
});
