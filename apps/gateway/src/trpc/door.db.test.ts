import { GatewayStopped, MessageDelivered, MessageQueued, MessageReceived, newId, SessionOpened } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../access/roles.ts';
import { commit, type Door, openDoor, type Sent } from './door-fixture.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const stopped = (reason: string) => GatewayStopped.create({ reason, uptimeMs: 1 });
const commitStops = (count: number) =>
  commit(
    door.store,
    'gateway/gw_test',
    Array.from({ length: count }, (_, at) => stopped(`stop ${at}`)),
  );

type Batch = { readonly rows: readonly { readonly position: number; readonly summary: string }[]; readonly head: number };

/** Reads batches until the condition holds for the rows so far. */
async function rowsUntil(stream: AsyncIterable<Sent>, enough: (positions: readonly number[]) => boolean) {
  const positions: number[] = [];
  let lastId: string | undefined;
  for await (const { id, data } of stream) {
    lastId = id;
    positions.push(...(data as Batch).rows.map((row) => row.position));
    if (enough(positions)) break;
  }
  return { positions, lastId };
}

describe('the door', () => {
  it('lets nobody in who is not signed in, to no call', async () => {
    for (const path of ['frame.me', 'overview.summary', 'events.list', 'sessions.list', 'console.chat']) {
      const answer = await door.query(path, {}, 'wrong');
      expect(answer.status, path).toBe(401);
      expect(answer.body.error.data).toMatchObject({ code: 'UNAUTHORIZED', error: { code: 'UNAUTHENTICATED' } });
    }
  });

  it('answers what is missing with our own body and the fitting status', async () => {
    const answer = await door.query('events.get', { position: 99 });
    expect(answer.status).toBe(404);
    expect(answer.body.error.data.error).toMatchObject({ code: 'EVENT_NOT_FOUND', details: { position: 99 }, retryable: false });
    expect((await door.query('sessions.get', { sessionId: 'ses_none', limit: 5 })).body.error.data.error.code).toBe('SESSION_NOT_FOUND');
    expect((await door.query('sessions.turn', { messageId: 'msg_none' })).body.error.data.error.code).toBe('MESSAGE_NOT_FOUND');
    expect((await door.query('nothing.here')).body.error.data.error.code).toBe('NOT_FOUND');
  });

  it('names the fields of a bad input and shows no stack', async () => {
    const answer = await door.query('events.list', { filter: { query: 7 }, limit: 100_000 });
    expect(answer.status).toBe(400);
    const paths = answer.body.error.data.error.details.fields.map((field: { path: string }) => field.path);
    expect(paths).toEqual(expect.arrayContaining(['filter.query', 'limit']));
    expect(answer.text).not.toContain('stack');
  });

  it('keeps what broke inside to itself and to the log', async () => {
    await door.close();
    door = await openDoor({
      channels: {
        status: () => {
          throw new TypeError('secret detail');
        },
        probe: async () => [],
        webhook: async () => ({ status: 200 }),
      },
    });
    const answer = await door.query('frame.gateway');
    expect(answer.status).toBe(500);
    expect(answer.body.error.data.error.code).toBe('INTERNAL');
    expect(answer.text).not.toContain('secret detail');
    expect(door.logged).toHaveLength(1);
  });

  it('says who is signed in, and at which gateway', async () => {
    expect((await door.query('frame.me')).body.result.data).toEqual({
      userId: 'usr_test',
      method: 'session',
      roles: ['admin'],
      permissions: Object.keys(PERMISSIONS),
    });
    expect((await door.query('frame.gateway')).body.result.data).toMatchObject({ gatewayId: 'gw_test', version: '9.9.9', phase: 'ready' });
  });
});

describe('events', () => {
  it('are listed by keyset both ways, without gap or repetition', async () => {
    await commitStops(7);
    const seen: number[] = [];
    let before: number | undefined;
    do {
      const { rows, next } = (await door.query('events.list', { filter: {}, limit: 3, before })).body.result.data;
      seen.push(...rows.map((row: { position: number }) => row.position));
      before = next;
    } while (before !== undefined);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const after = (await door.query('events.after', { filter: {}, after: 5, limit: 3 })).body.result.data;
    expect(after.rows.map((row: { position: number }) => row.position)).toEqual([6, 7]);
  });

  it('are shown with payload, hash and place in the stream', async () => {
    await commitStops(2);
    const event = (await door.query('events.get', { position: 2 })).body.result.data;
    expect(event).toMatchObject({ position: 2, streamId: 'gateway/gw_test', version: 2, data: { reason: 'stop 1' }, dataTruncated: false });
    expect(event.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(event.previousHash).not.toBe(event.hash);
  });

  it('tell which clause hides them', async () => {
    await commitStops(2);
    const filters = [{ query: 'type:gateway.*' }, { query: 'channel:telegram' }];
    expect((await door.query('events.without', { filters })).body.result.data).toEqual([
      { count: 2, more: false },
      { count: 0, more: false },
    ]);
  });

  it('arrive live, and go on after the last id without gap or repetition', async () => {
    await commitStops(2);
    const first = new AbortController();
    const stream = door.subscribe('events.live', { after: 0 }, first.signal);
    const begun = await rowsUntil(stream, (positions) => positions.length >= 2);
    expect(begun).toEqual({ positions: [1, 2], lastId: '2' });
    first.abort();

    await commitStops(3);
    const second = new AbortController();
    const resumed = door.subscribe('events.live', { after: 0, lastEventId: begun.lastId }, second.signal);
    const missed = await rowsUntil(resumed, (positions) => positions.length >= 3);
    expect(missed.positions).toEqual([3, 4, 5]);
    second.abort();
  });

  it('arrive live from now on when no position is asked for', async () => {
    await commitStops(4);
    const controller = new AbortController();
    const stream = door.subscribe('events.live', {}, controller.signal);
    const opening = await stream.next();
    expect(opening.value).toEqual({ id: '4', data: { rows: [], head: 4 } });
    await commitStops(1);
    expect((await rowsUntil(stream, (positions) => positions.length > 0)).positions).toEqual([5]);
    controller.abort();
  });
});

describe('sessions', () => {
  const messageId = newId('message');
  const sessionId = 'ses_00000000000000000000000001';
  const peer = { kind: 'direct', id: 'alice' } as const;
  const metadata = { correlationId: messageId, sessionId, agentId: 'main', channel: 'http' };

  beforeEach(async () => {
    await commit(
      door.store,
      `session/${sessionId}`,
      [
        MessageReceived.create({ messageId, channel: 'http', account: 'default', sender: { id: 'alice' }, peer, text: '<b>hello</b>' }),
        SessionOpened.create({
          sessionId,
          sessionKey: 'agent:main:http:direct:alice',
          agentId: 'main',
          channel: 'http',
          account: 'default',
          peer,
        }),
        MessageQueued.create({ messageId, sessionId, agentId: 'main', runId: 'run_1' }),
        MessageDelivered.create({ messageId, deliveryId: 'dlv_1', totalMs: 3 }),
      ],
      metadata,
    );
  });

  it('are listed and opened with their conversation, the text as it was written', async () => {
    const list = (await door.query('sessions.list', { filter: {}, limit: 10 })).body.result.data;
    expect(list.rows).toHaveLength(1);
    const { session, turns } = (await door.query('sessions.get', { sessionId, limit: 10 })).body.result.data;
    expect(session).toMatchObject({ sessionId, agentId: 'main', channel: 'http' });
    expect(turns).toMatchObject([{ messageId, text: '<b>hello</b>', textTruncated: false, status: 'delivered', settled: true, tools: [] }]);
  });

  it('show the way of one message without its text', async () => {
    const { message, events, route } = (await door.query('sessions.turn', { messageId })).body.result.data;
    expect(message).not.toHaveProperty('text');
    expect(route).toBeUndefined();
    expect(events.map((event: { type: string }) => event.type)).toEqual([
      'message.received',
      'session.opened',
      'message.queued',
      'message.delivered',
    ]);
    expect(events.at(-1).facts).toMatchObject({ totalMs: 3 });
  });
});

describe('A10 the console', () => {
  const key = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

  it('hands a message to the pipeline as the web channel, under its key and its caller', async () => {
    const answer = await door.mutate('console.send', { chat: 'main', text: 'hello', key });
    expect(answer.body.result.data).toMatchObject({
      status: 'accepted',
      sessionId: 'ses_web:usr_test:main',
      runId: 'run_1',
      duplicate: false,
    });
    expect(door.pipeline.submissions).toMatchObject([
      {
        channel: 'web',
        account: 'default',
        inbound: { externalId: key, sender: { id: 'usr_test' }, peer: { kind: 'direct', id: 'usr_test' }, text: 'hello' },
        caller: { method: 'session', actor: { id: 'usr_test' } },
        sessionKey: 'web:usr_test:main',
      },
    ]);
  });

  it('says why a message was rejected', async () => {
    const answer = await door.mutate('console.send', { chat: 'main', text: 'refuse me', key });
    expect(answer.body.result.data).toMatchObject({ status: 'rejected', problem: { code: 'SENDER_NOT_ALLOWED' } });
  });

  it('takes no message without a key', async () => {
    expect((await door.mutate('console.send', { chat: 'main', text: 'hello' })).status).toBe(400);
    expect(door.pipeline.submissions).toEqual([]);
  });

  it('cancels what runs in its own chat', async () => {
    const answer = await door.mutate('console.stop', { chat: 'main' });
    expect(answer.body.result.data).toEqual({ cancelled: ['msg_1'] });
    expect(door.pipeline.aborted).toEqual([[{ sessionId: 'ses_web:usr_test:main' }, 'stopped_in_console']]);
  });

  it('has no history before anything was said', async () => {
    expect((await door.query('console.history', { chat: 'new' })).body.result.data).toEqual({ turns: [] });
  });

  it('streams what happens in its chat and nothing of others, and stops listening when the browser leaves', async () => {
    const controller = new AbortController();
    const stream = door.subscribe('console.progress', { chat: 'main' }, controller.signal);
    expect((await stream.next()).value).toEqual({ data: [] });
    const at = { messageId: 'msg_1', sessionId: 'ses_web:usr_test:main' };
    door.pipeline.publish({ ...at, sessionId: 'ses_other', type: 'delta', text: 'not yours' });
    door.pipeline.publish({ ...at, type: 'started' });
    door.pipeline.publish({ ...at, type: 'delta', text: 'Hel' });
    door.pipeline.publish({ ...at, type: 'delta', text: 'lo' });
    const steps: unknown[] = [];
    while (steps.length < 2)
      steps.push(...((await stream.next()).value as { data: { step: unknown }[] }).data.map((update) => update.step));
    expect(steps).toEqual([{ type: 'started' }, { type: 'delta', text: 'Hello' }]);
    controller.abort();
    await expect.poll(() => door.pipeline.listeners.size).toBe(0);
  });
});

describe('the overview', () => {
  it('sums up the log', async () => {
    await commitStops(3);
    expect((await door.query('overview.summary')).body.result.data).toMatchObject({ head: 3, phase: 'ready', unsettled: 0, channels: [] });
    expect((await door.query('overview.attention')).body.result.data).toEqual([]);
  });
});
