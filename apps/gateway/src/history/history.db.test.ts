import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { messageFlow } from '@openclaw-gateway/db/testing/flows';
import { ConfigChanged, fold, type NewEvent, newId, Session } from '@openclaw-gateway/events';
import { applyPatch, diff } from '@openclaw-gateway/events/json-patch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configAt } from './config-at.ts';
import { forkSession } from './fork.ts';
import { momentOf } from './moment.ts';
import { sessionAt } from './session-at.ts';
import { stateAt } from './state-at.ts';

const sessionId = newId('session');
const ACTOR = { type: 'user', id: 'usr_x' } as const;
let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'history-'));
  store = await openStore({ dir });
  await append(
    'config',
    ConfigChanged.create({ hash: 'c0ffee01', source: 'start', changes: [], restartNeeded: [], document: { session: { mainKey: 'one' } } }),
  );
  for (const outcome of ['delivered', 'running', 'retrying', 'held', 'queued', 'delivering', 'dead_lettered'] as const) {
    const { commits } = messageFlow(sessionId, { outcome, opens: outcome === 'delivered', text: `a message that is ${outcome}` });
    for (const commit of commits) await store.log.append(commit);
  }
  await append(
    'config',
    ConfigChanged.create({ hash: 'c0ffee02', previousHash: 'c0ffee01', source: 'file', changes: [], restartNeeded: [], document: {} }),
  );
  await store.waitForViews(store.log.head(), 10_000);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

async function append(streamId: string, event: NewEvent): Promise<void> {
  await store.log.append({ events: [{ streamId, event }] });
}

const at = (position: number) => momentOf(store.log, String(position));

describe('B16 moments', () => {
  test('B16 a position, a time and an age name the last event that was not later', async () => {
    const head = store.log.head();
    const { time } = await at(head);
    expect(await momentOf(store.log, new Date(time).toISOString())).toEqual({ position: head, time });
    expect(await momentOf(store.log, '-5m', time + 300_000)).toEqual({ position: head, time });
    expect(await momentOf(store.log, '2999-01-01T00:00:00Z')).toEqual({ position: head, time });
  });

  test.each([
    ['0', 'POSITION_NOT_FOUND'],
    ['999999', 'POSITION_NOT_FOUND'],
    ['2001-01-01T00:00:00Z', 'POSITION_NOT_FOUND'],
    ['yesterday', 'BAD_REQUEST'],
    ['-7x', 'BAD_REQUEST'],
  ])('B16 %s is refused with %s', async (moment, code) => {
    await expect(momentOf(store.log, moment)).rejects.toMatchObject({ code });
  });
});

describe('B16 state', () => {
  test('B16 at every position a session is the fold of its events up to there', async () => {
    const events = await store.log.readStream(`session/${sessionId}`, { limit: 1000 });
    for (const [index, { position }] of events.entries()) {
      const { open, ...state } = fold(Session, events.slice(0, index + 1));
      const shown = await sessionAt(store, sessionId, await at(position));
      expect(shown.state).toEqual({ ...state, sessionId, open: Object.fromEntries(open) });
    }
    await expect(sessionAt(store, sessionId, await at(1))).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  test('B16 at every position the queue holds what the fold of the session has open', async () => {
    for (let position = 1; position <= store.log.head(); position++) {
      const { queue } = await stateAt(store, await at(position));
      const events = await store.log.readStream(`session/${sessionId}`, { limit: 1000, toPosition: position });
      const open = [...fold(Session, events).open.values()].filter((message) => message.agentId !== '');
      expect(Object.keys(queue).sort()).toEqual(open.map((message) => message.messageId).sort());
    }
    const { queue } = await stateAt(store, await at(store.log.head()));
    expect(
      Object.values(queue)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['delivering', 'held', 'retrying', 'running', 'waiting']);
  });

  test('B16 the configuration is the one that was in force, and before the first there is none', async () => {
    const head = store.log.head();
    expect(await configAt(store.log, await at(head - 1))).toEqual({ hash: 'c0ffee01', document: { session: { mainKey: 'one' } } });
    expect(await configAt(store.log, await at(head))).toEqual({ hash: 'c0ffee02', document: {} });
  });

  test('B16 the patch between two moments makes the later of the earlier', async () => {
    const [earlier, later] = await Promise.all([stateAt(store, await at(5)), stateAt(store, await at(store.log.head()))]);
    const patch = diff(earlier, later);
    expect(patch).toContainEqual({ op: 'replace', path: '/config/hash', value: 'c0ffee02' });
    expect(applyPatch(earlier, patch)).toEqual(later);
  });
});

describe('B16 fork', () => {
  test('B16 a fork begins with the conversation of then, keeps whose words they are, and leaves what was unfinished', async () => {
    const own = newId('session');
    const [first, second] = ['ada', 'bob'].map((name) => ({
      subject: `sub_${name}`,
      flow: messageFlow(own, { opens: name === 'ada', text: `said by ${name}` }),
    }));
    for (const { subject, flow } of [first, second].filter((item) => item !== undefined)) {
      for (const { events } of flow.commits)
        await store.log.append({ events: events.map((item) => ({ ...item, metadata: { ...item.metadata, subject } })) });
    }
    const unfinished = messageFlow(own, { outcome: 'running', text: 'and this?' });
    for (const commit of unfinished.commits) await store.log.append(commit);
    const position = store.log.head();
    const before = (await sessionAt(store, own, await at(position))).state;
    const forked = await forkSession(store, { sessionId: own, at: await at(position), reason: 'test', actor: ACTOR });
    const after = await sessionAt(store, forked.sessionId, await at(store.log.head()));
    expect(after.state).toMatchObject({
      transcript: before.transcript,
      open: {},
      forkedFrom: { sessionId: own, position },
      agentId: 'main',
    });
    const events = await store.log.readStream(`session/${forked.sessionId}`, { limit: 100 });
    expect(events.filter((event) => event.type === 'session.carried').map((event) => event.metadata.subject)).toEqual([
      'sub_ada',
      'sub_bob',
      undefined,
    ]);
  });

  test('B16 a tool call that had no result yet gets one, because models refuse a call without', async () => {
    const own = newId('session');
    const { commits } = messageFlow(own, { opens: true });
    for (const { events } of commits.slice(0, 3)) {
      await store.log.append({
        events: events
          .filter(({ event }) => !/^(run\.completed|delivery)/.test(event.type))
          .map((item) => {
            if (item.event.type !== 'model.responded') return item;
            const data = { ...(item.event.data as object), toolCalls: [{ callId: 'call_1', tool: 'clock.now', arguments: {} }] };
            return { ...item, event: { ...item.event, data } };
          }),
      });
    }
    const forked = await forkSession(store, { sessionId: own, at: await at(store.log.head()), key: 'again', reason: 'test', actor: ACTOR });
    const { state } = await sessionAt(store, forked.sessionId, await at(store.log.head()));
    expect(forked.sessionKey).toBe('agent:main:again');
    expect(state.transcript.at(-1)).toMatchObject({ role: 'tool', callId: 'call_1', failed: true, result: { code: 'TOOL_INTERRUPTED' } });
  });

  test('B16 a key that is taken, and a position before the session began, are refused', async () => {
    const moment = await at(store.log.head());
    await expect(
      forkSession(store, { sessionId, at: moment, key: 'agent:main:again', reason: 'test', actor: ACTOR }),
    ).rejects.toMatchObject({ code: 'SESSION_EXISTS' });
    await expect(forkSession(store, { sessionId, at: await at(1), reason: 'test', actor: ACTOR })).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
  });
});
