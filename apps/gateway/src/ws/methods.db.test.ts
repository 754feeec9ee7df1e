import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError, type TranscriptEntry } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonical } from '../testing/fake-pipeline.ts';
import { ServedDoor } from './testing/served-door.ts';

const user = (text: string, position: number): TranscriptEntry => ({
  role: 'user',
  text,
  messageId: `msg_${position}`,
  time: position,
  position,
});
const assistant = (text: string, position: number): TranscriptEntry => ({
  role: 'assistant',
  text,
  toolCalls: [],
  runId: 'run_1',
  time: position,
  position,
});

describe('chat.history', () => {
  test('C4 A8 rows are newest last, with their id, place and kind', async () => {
    await using door = await ServedDoor.start();
    door.gateway.say('main', [
      user('what time is it?', 1),
      { role: 'assistant', text: '', toolCalls: [{ callId: 'c1', tool: 'clock.now', arguments: {} }], time: 2, position: 2 },
      { role: 'tool', callId: 'c1', tool: 'clock.now', result: { time: 'noon' }, failed: false, time: 3, position: 3 },
      assistant('noon', 4),
    ]);
    const client = await door.join();
    const { payload } = await client.request('chat.history', { sessionKey: 'main' });
    expect(payload).toMatchObject({
      sessionKey: 'agent:main:main',
      hasMore: false,
      totalMessages: 4,
      sessionInfo: { hasActiveRun: false },
    });
    expect(payload.messages).toMatchObject([
      { role: 'user', content: [{ type: 'text', text: 'what time is it?' }], __openclaw: { id: 'msg_1', seq: 1, kind: 'message' } },
      { role: 'assistant', content: [{ type: 'toolCall', id: 'c1', name: 'clock.now' }], __openclaw: { seq: 2 } },
      {
        role: 'toolResult',
        toolCallId: 'c1',
        isError: false,
        content: [{ text: '{"time":"noon"}' }],
        __openclaw: { seq: 3, kind: 'tool' },
      },
      { role: 'assistant', content: [{ type: 'text', text: 'noon' }], __openclaw: { seq: 4, runId: 'run_1' } },
    ]);
  });

  test('C4 A8 pages go back by offset and hold every row once', async () => {
    await using door = await ServedDoor.start();
    door.gateway.say(
      'main',
      Array.from({ length: 25 }, (_, index) => user(`${index + 1}`, index + 1)),
    );
    const client = await door.join();
    const seen: string[] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const { payload } = await client.request('chat.history', { sessionKey: 'main', limit: 10, offset });
      seen.unshift(...payload.messages.map((row: { content: { text: string }[] }) => row.content[0]?.text));
      offset = payload.nextOffset;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `${index + 1}`));
  });

  test('C4 A8 a cursor brings what came since, and says when it no longer can', async () => {
    await using door = await ServedDoor.start();
    const state = door.gateway.say('main', [user('1', 1)]);
    const client = await door.join();
    const { payload: first } = await client.request('chat.history', { sessionKey: 'main' });
    state.transcript.push(assistant('2', 2), user('3', 3));
    const next = await client.request('chat.history', { sessionKey: 'main', cursor: first.deltaCursor });
    expect(next.payload).toMatchObject({ kind: 'delta', messages: [{ __openclaw: { seq: 2 } }, { __openclaw: { seq: 3 } }] });
    door.gateway.say(
      'main',
      [9, 10, 11, 12].map((position) => user('a new conversation', position)),
    );
    for (const cursor of [next.payload.deltaCursor, 'nonsense']) {
      expect((await client.request('chat.history', { sessionKey: 'main', cursor })).payload).toEqual({ kind: 'reset' });
    }
  });

  test('C4 A8 long texts are cut, and a page ends before it gets too large', async () => {
    await using door = await ServedDoor.start();
    door.gateway.say(
      'main',
      Array.from({ length: 40 }, (_, index) => user('x'.repeat(400_000), index + 1)),
    );
    const client = await door.join();
    const cut = await client.request('chat.history', { sessionKey: 'main', maxChars: 10, limit: 1 });
    expect(cut.payload.messages[0].content[0].text).toBe(`${'x'.repeat(10)}\n…(truncated)…`);
    const page = await client.request('chat.history', { sessionKey: 'main', maxChars: 500_000 });
    expect(page.payload.messages.length).toBeLessThan(15);
    expect(page.payload).toMatchObject({ hasMore: true, nextOffset: page.payload.messages.length });
  });

  test('C4 A8 a session that does not exist has an empty history', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    expect((await client.request('chat.history', { sessionKey: 'nothing-yet' })).payload).toMatchObject({ messages: [], hasMore: false });
  });

  test('C4 A8 rows carry the client’s own names of its requests', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'mine' });
    const { messageId, runId } = door.gateway.run(0).progress;
    door.gateway.say('main', [
      { role: 'user', text: 'hi', messageId, time: 1, position: 1 },
      { role: 'assistant', text: 'yes', toolCalls: [], runId, time: 2, position: 2 },
    ]);
    const { payload } = await client.request('chat.history', { sessionKey: 'main' });
    expect(payload.messages).toMatchObject([{ __openclaw: { idempotencyKey: 'mine' } }, { __openclaw: { runId: 'mine' } }]);
  });
});

describe('sessions.list', () => {
  const session = (number: number, more: object = {}) => ({
    sessionId: `ses_${number}`,
    sessionKey: canonical(`telegram:${number % 2 ? 'direct' : 'group'}:${number}`),
    title: `Talk ${number}`,
    agentId: 'main',
    channel: 'telegram',
    account: 'default',
    peerId: `${number}`,
    openedAt: 1,
    lastTime: number,
    lastPosition: number,
    turns: 1,
    messages: 1,
    openMessages: 0,
    inputTokens: 1,
    outputTokens: 2,
    lastOutcome: 'delivered',
    ...more,
  });

  test('C4 A8 pages by offset over the views’ keys', async () => {
    await using door = await ServedDoor.start();
    for (let number = 450; number >= 1; number--) door.gateway.sessions.push(session(number));
    const client = await door.join();
    const { payload: first } = await client.request('sessions.list', { limit: 200 });
    expect(first).toMatchObject({ count: 200, hasMore: true, nextOffset: 200 });
    const { payload: last } = await client.request('sessions.list', { limit: 200, offset: 400 });
    expect(last).toMatchObject({ count: 50, hasMore: false, totalCount: 450 });
    expect(last.sessions.at(-1)).toMatchObject({ key: canonical('telegram:direct:1'), kind: 'direct', status: 'done', totalTokens: 3 });
  });

  test('C4 A8 finds by text and by recent activity', async () => {
    await using door = await ServedDoor.start();
    door.gateway.sessions.push(session(3, { lastTime: Date.now() }), session(2), session(1, { openMessages: 1 }));
    const client = await door.join();
    const keys = async (params: object) =>
      (await client.request('sessions.list', params)).payload.sessions.map(({ sessionId }: { sessionId: string }) => sessionId);
    expect(await keys({ search: 'TALK 2' })).toEqual(['ses_2']);
    expect(await keys({ activeMinutes: 5 })).toEqual(['ses_3']);
    expect(await keys({ label: 'Talk 1' })).toEqual(['ses_1']);
  });
});

describe('state of the gateway', () => {
  test('C4 A8 health and status conform and count what there is', async () => {
    await using door = await ServedDoor.start();
    door.gateway.channels = [
      { channel: 'telegram', account: 'default', enabled: true, connected: false, error: new GatewayError('CHANNEL_UNAUTHORIZED') },
    ];
    const client = await door.join();
    expect((await client.request('health')).payload).toMatchObject({
      ok: true,
      channelOrder: ['telegram'],
      channels: { telegram: { connected: false } },
    });
    expect((await client.request('status')).payload).toMatchObject({
      runtimeVersion: '1.2.3',
      phase: 'ready',
      channelSummary: ['telegram/default: not connected'],
    });
  });

  test('C4 B12 channels.status reports each account, and its probe on request', async () => {
    await using door = await ServedDoor.start();
    door.gateway.channels = [
      { channel: 'telegram', account: 'default', enabled: true, connected: true, since: 5, identity: '@bot' },
      { channel: 'webhook', account: 'default', enabled: true, connected: true },
    ];
    const client = await door.join();
    const { payload } = await client.request('channels.status', { probe: true, channel: 'telegram' });
    expect(payload.channelAccounts).toMatchObject({
      telegram: [{ accountId: 'default', name: '@bot', connected: true, probe: { ok: true } }],
    });
    expect(payload.channelOrder).toEqual(['telegram']);
  });

  test('C4 config.get shows the configuration without its secrets', async () => {
    await using door = await ServedDoor.start({
      config: { models: { providers: { local: { api: 'openai-completions', baseUrl: 'http://localhost', apiKey: 'sk-very-secret' } } } },
    });
    const client = await door.join();
    const { payload } = await client.request('config.get');
    expect(payload).toMatchObject({ valid: true, hash: 'c0ffee00', config: { models: { providers: { local: { apiKey: '***' } } } } });
    expect(JSON.stringify(payload)).not.toContain('sk-very-secret');
  });

  test.each(['chat.send', 'chat.abort', 'agent', 'agent.wait'])('C4 %s needs more than the right to read', async (method) => {
    await using door = await ServedDoor.start();
    const client = await door.join({ scopes: ['operator.read'] });
    const { error } = await client.rawRequest(method, {});
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: 'missing scope: operator.write', details: { code: 'MISSING_SCOPE' } });
  });

  test('C4 who asked for no scope may call nothing', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join({ scopes: [] });
    for (const method of client.hello.payload.features.methods) expect((await client.rawRequest(method, {})).error?.code).toBe('FORBIDDEN');
  });
});

describe('logs.tail', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openclaw-ws-'));
    file = join(folder, 'gateway.log');
  });
  afterEach(() => rm(folder, { recursive: true }));
  const start = () => ServedDoor.start({ config: { gateway: { logging: { file: { path: file } } } } });

  test('C4 B11 brings the end of the file, then whole lines since the cursor', async () => {
    await writeFile(file, 'one\ntwo\nthree\nhal');
    await using door = await start();
    const client = await door.join();
    const { payload: first } = await client.request('logs.tail', { limit: 2 });
    expect(first).toMatchObject({ file, lines: ['two', 'three'], truncated: true, cursor: 14, size: 17 });
    await appendFile(file, 'f\nlast\n');
    const { payload: next } = await client.request('logs.tail', { cursor: first.cursor });
    expect(next).toMatchObject({ lines: ['half', 'last'], cursor: 24 });
    expect((await client.request('logs.tail', { cursor: next.cursor })).payload.lines).toEqual([]);
  });

  test('C4 B11 never reads more than maxBytes, and starts at a whole line', async () => {
    await writeFile(file, `${'a'.repeat(100)}\nbbb\nccc\n`);
    await using door = await start();
    const client = await door.join();
    expect((await client.request('logs.tail', { maxBytes: 10 })).payload).toMatchObject({ lines: ['bbb', 'ccc'], truncated: true });
    expect((await client.request('logs.tail', { cursor: 0, maxBytes: 5 })).payload).toMatchObject({ lines: ['ccc'], skippedBytes: 105 });
  });

  test('C4 B11 says when the file was rotated away, and a missing file has no lines', async () => {
    await writeFile(file, 'new\n');
    await using door = await start();
    const client = await door.join();
    expect((await client.request('logs.tail', { cursor: 999 })).payload).toMatchObject({ lines: ['new'], reset: true });
    await rm(file);
    expect((await client.request('logs.tail')).payload).toMatchObject({ lines: [], size: 0 });
  });
});

describe('events.subscribe', () => {
  const positions = (events: readonly { event: string; payload: Record<string, unknown> }[]) =>
    events
      .filter(({ event }) => event === 'log.events')
      .flatMap(({ payload }) => (payload['rows'] as { position: number }[]).map(({ position }) => position));

  test('C4 B16 brings what is in the log, then what comes, each once and in order', async () => {
    await using door = await ServedDoor.start();
    for (let index = 0; index < 10; index++) door.gateway.append('message.received');
    const client = await door.join();
    const { payload } = await client.request('events.subscribe', { after: 4 });
    expect(payload).toMatchObject({ after: 4, head: 10 });
    await client.event('log.events', ({ position }) => position === 10);
    for (let index = 0; index < 5; index++) door.gateway.append('run.started');
    await client.event('log.events', ({ position }) => position === 15);
    expect(positions(client.events)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  test('C4 B16 goes on where a lost connection stopped', async () => {
    await using door = await ServedDoor.start();
    const first = await door.join();
    await first.request('events.subscribe', { after: 0 });
    for (let index = 0; index < 4; index++) door.gateway.append('message.received');
    const { payload } = await first.event('log.events', ({ position }) => Number(position) >= 2);
    await first.close();
    for (let index = 0; index < 4; index++) door.gateway.append('message.received');
    const second = await door.join();
    await second.request('events.subscribe', { after: payload['position'] });
    await second.event('log.events', ({ position }) => position === 8);
    const before = positions(first.events).filter((position) => position <= Number(payload['position']));
    expect([...before, ...positions(second.events)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('C4 B16 filters by type and session, and ends when asked', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    const { payload } = await client.request('events.subscribe', { after: 0, types: ['run.started'], sessionId: 'ses_1' });
    door.gateway.append('run.started', 'ses_2');
    door.gateway.append('message.received', 'ses_1');
    door.gateway.append('run.started', 'ses_1');
    await client.event('log.events', ({ position }) => position === 3);
    expect(positions(client.events)).toEqual([3]);
    expect((await client.request('events.unsubscribe', { subscriptionId: payload.subscriptionId })).payload.ended).toBe(true);
    door.gateway.append('run.started', 'ses_1');
    await client.request('events.subscribe', { after: 3 });
    await client.event('log.events', ({ position }) => position === 4);
    expect(
      client.events.filter(({ event, payload: page }) => event === 'log.events' && page['subscriptionId'] === payload.subscriptionId)
        .length,
    ).toBe(1);
    expect(positions(client.events)).toEqual([3, 4]);
  });

  test('C4 B16 a position beyond the head, and one subscription too many, are refused', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    expect((await client.request('events.subscribe', { after: 7 })).error?.details).toMatchObject({ head: 0 });
    for (let index = 0; index < 8; index++) expect((await client.request('events.subscribe')).ok).toBe(true);
    expect((await client.request('events.subscribe')).ok).toBe(false);
  });
});
