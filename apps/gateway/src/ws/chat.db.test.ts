import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, test, vi } from 'vitest';
import { ServedDoor } from './testing/served-door.ts';

const HELLO = { sessionKey: 'main', message: 'hello', idempotencyKey: 'key-1' };

describe('chat.send', () => {
  test('C4 A1 is answered only after the commit, with the client’s own key as run id', async () => {
    await using door = await ServedDoor.start();
    const commit = Promise.withResolvers<void>();
    door.gateway.commit = commit.promise;
    const client = await door.join();
    const answer = client.request('chat.send', HELLO);
    await client.request('config.get');
    expect(client.responses.filter(({ payload }) => payload?.runId)).toEqual([]);
    commit.resolve();
    expect((await answer).payload).toEqual({ runId: 'key-1', status: 'started' });
    expect(door.gateway.run(0).submission).toMatchObject({
      channel: 'websocket',
      account: 'default',
      sessionKey: 'agent:main:main',
      requestId: 'key-1',
      inbound: { externalId: 'ws:agent:main:main:key-1', sender: { id: 'test' }, text: 'hello' },
      caller: { method: 'token' },
    });
  });

  test.each([
    [{ id: 'webchat', version: '1', platform: 'web', mode: 'webchat' }],
    [{ id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'ui' }],
  ])('C4 A1 what web clients send comes by the channel web', async (client) => {
    await using door = await ServedDoor.start();
    const browser = await door.join({ client });
    await browser.request('chat.send', HELLO);
    expect(door.gateway.run(0).submission.channel).toBe('web');
  });

  test('C4 A1 the same key never runs twice, and says how far the first one is', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', HELLO);
    expect((await client.request('chat.send', HELLO)).payload).toEqual({ runId: 'key-1', status: 'in_flight' });
    door.gateway.answer(door.gateway.run(0), ['hi']);
    expect((await client.request('chat.send', HELLO)).payload).toEqual({ runId: 'key-1', status: 'ok' });
    expect(door.gateway.runs).toHaveLength(1);
  });

  test('C4 A1 the same key for another message is an error', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', HELLO);
    const answer = await client.request('chat.send', { ...HELLO, message: 'something else' });
    expect(answer.error).toMatchObject({ code: 'INVALID_REQUEST', details: { code: 'IDEMPOTENCY_MISMATCH' } });
  });

  test('C4 A1 what cannot be committed is refused with whether to try again', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    door.gateway.refuse = () => new GatewayError('OVERLOADED', { details: { retryAfterMs: 250 } });
    const answer = await client.request('chat.send', HELLO);
    expect(answer.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 250, details: { code: 'OVERLOADED' } });
    door.gateway.refuse = () => undefined;
    expect((await client.request('chat.send', HELLO)).payload.status).toBe('started');
  });

  test('C4 A2 a message that is not let in is answered with why', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    door.gateway.refuse = () => 'rejected';
    expect((await client.request('chat.send', HELLO)).error).toMatchObject({ code: 'FORBIDDEN', details: { code: 'SENDER_NOT_ALLOWED' } });
  });

  test.each([
    ['steer', 'steer'],
    ['followup', 'queue'],
  ])('C4 A8 a message says itself what becomes of it while another one is answered: %s', async (queueMode, kept) => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', { ...HELLO, queueMode });
    expect(door.gateway.runs[0]?.submission.queueMode).toBe(kept);
  });

  test.each([
    ['an empty message', { message: ' ' }],
    ['an empty message with no attachment', { message: '', attachments: [] }],
    ['an attachment without bytes', { attachments: [{ type: 'image' }] }],
    ['an attachment that is not in base64', { attachments: [{ name: 'a.txt', data: 'no base64!' }] }],
    ['more attachments than there may be', { attachments: Array.from({ length: 21 }, () => ({ name: 'a', data: 'YQ==' })) }],
    ['more bytes than there may be', { attachments: [{ name: 'a', data: 'A'.repeat(8 * 1024 * 1024 + 4) }] }],
    ['another session than the key means', { sessionId: 'ses_other' }],
  ])('C4 A1 %s is refused in words, not dropped', async (_, params) => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    expect(await client.request('chat.send', { ...HELLO, ...params })).toMatchObject({ ok: false, error: { code: 'INVALID_REQUEST' } });
    expect(door.gateway.runs).toHaveLength(0);
  });
});

describe('attachments', () => {
  test.each([
    ['chat.send', ''],
    ['agent', 'see'],
  ])('C4 A1 %s takes files in base64, with their names and types', async (method, message) => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    const attachments = [
      { name: 'a.txt', mimeType: 'text/plain', data: Buffer.from('first').toString('base64') },
      {
        type: 'image',
        fileName: 'b.png',
        mimeType: 'image/png',
        content: `data:image/png;base64,${Buffer.from('second').toString('base64')}`,
      },
    ];
    void client.request(method, { ...HELLO, message, attachments });
    await vi.waitFor(() => expect(door.gateway.runs).toHaveLength(1));
    const { inbound } = door.gateway.run(0).submission;
    const brought = await Promise.all(
      (inbound.attachments ?? []).map(async ({ name, mimeType, size, open }) => {
        const bytes: Uint8Array[] = [];
        for await (const part of await open(new AbortController().signal)) bytes.push(part);
        return [name, mimeType, size, String(Buffer.concat(bytes))];
      }),
    );
    expect(inbound.text).toBe(message);
    expect(brought).toEqual([
      ['a.txt', 'text/plain', 5, 'first'],
      ['b.png', 'image/png', 6, 'second'],
    ]);
  });
});

describe('events', () => {
  test('C4 A6 every reader sees the pieces and the whole, the first piece with a snapshot', async () => {
    await using door = await ServedDoor.start();
    const [sender, other] = [await door.join(), await door.join({ scopes: ['operator.read'] })];
    await sender.request('chat.send', HELLO);
    const run = door.gateway.run(0);
    door.gateway.publish(run, { type: 'started' });
    door.gateway.publish(run, { type: 'delta', text: 'one ' });
    const late = await door.join();
    door.gateway.publish(run, { type: 'delta', text: 'two' });
    door.gateway.publish(run, { type: 'settled', outcome: { status: 'delivered', reply: 'one two', inputTokens: 1, outputTokens: 2 } });

    for (const client of [sender, other]) {
      const final = await client.event('chat', ({ state }) => state === 'final');
      expect(final.payload).toMatchObject({ runId: 'key-1', sessionKey: 'agent:main:main', usage: { totalTokens: 3 } });
      const deltas = client.events
        .filter(({ event, payload }) => event === 'chat' && payload['state'] === 'delta')
        .map(({ payload }) => payload);
      expect(deltas.map(({ deltaText }) => deltaText)).toEqual(['one ', 'two']);
      expect(deltas.map(({ message }) => message !== undefined)).toEqual([true, false]);
    }
    await late.event('chat', ({ state }) => state === 'final');
    const first = late.events.find(({ event }) => event === 'chat');
    expect(first?.payload).toMatchObject({
      deltaText: 'two',
      message: { role: 'assistant', content: [{ type: 'text', text: 'one two' }] },
    });
  });

  test('C4 event numbers of a connection have no gap, and those of a run count up', async () => {
    await using door = await ServedDoor.start({ timing: { tickMs: 5 } });
    const client = await door.join();
    await client.request('chat.send', HELLO);
    door.gateway.answer(door.gateway.run(0), ['a', 'b', 'c']);
    await client.event('sessions.changed', ({ sessionKey }) => sessionKey === 'agent:main:main');
    await client.event('tick');
    const numbers = client.events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    for (const name of ['chat', 'agent']) {
      const seqs = client.events.filter(({ event }) => event === name).map(({ payload }) => payload['seq']);
      expect(seqs).toEqual(seqs.map((_, index) => index));
    }
  });

  test('C4 A5 tool events go to those who asked for them', async () => {
    await using door = await ServedDoor.start();
    const [plain, curious] = [await door.join(), await door.join({ caps: ['tool-events'] })];
    await plain.request('chat.send', HELLO);
    const run = door.gateway.run(0);
    door.gateway.publish(run, { type: 'tool', tool: 'clock.now', callId: 'c1', phase: 'start' });
    door.gateway.publish(run, { type: 'tool', tool: 'clock.now', callId: 'c1', phase: 'end', failed: true });
    door.gateway.answer(run, ['done']);
    await plain.event('chat', ({ state }) => state === 'final');
    await curious.event('chat', ({ state }) => state === 'final');
    const tools = (client: typeof plain) =>
      client.events.filter(({ payload }) => payload['stream'] === 'tool').map(({ payload }) => payload['data']);
    expect(tools(plain)).toEqual([]);
    expect(tools(curious)).toEqual([
      { phase: 'start', name: 'clock.now', toolCallId: 'c1' },
      { phase: 'result', isError: true, name: 'clock.now', toolCallId: 'c1' },
    ]);
  });

  test('C4 A4 what was streamed before a retry is taken back', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', HELLO);
    const run = door.gateway.run(0);
    door.gateway.publish(run, { type: 'delta', text: 'half an ans' });
    door.gateway.publish(run, { type: 'reset' });
    door.gateway.answer(run, ['whole']);
    await client.event('chat', ({ state }) => state === 'final');
    const chats = client.events
      .filter(({ event }) => event === 'chat')
      .map(({ payload }) => [payload['deltaText'], payload['replace'] ?? false]);
    expect(chats.slice(0, 3)).toEqual([
      ['half an ans', false],
      ['', true],
      ['whole', false],
    ]);
  });

  test.each([
    [{ status: 'no_reply', reason: 'aborted' }, { state: 'aborted' }],
    [{ status: 'no_reply', reason: 'empty_answer' }, { state: 'final' }],
    [
      { status: 'dead_lettered', error: new GatewayError('MODEL_TIMEOUT') },
      { state: 'error', errorKind: 'timeout' },
    ],
    [
      { status: 'dead_lettered', error: new GatewayError('MODEL_RATE_LIMITED') },
      { state: 'error', errorKind: 'rate_limit' },
    ],
    [
      { status: 'held', error: new GatewayError('DELIVERY_UNCERTAIN') },
      { state: 'error', errorKind: 'unknown' },
    ],
  ])('C4 A6 an outcome ends the run with one event', async (outcome, expected) => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', HELLO);
    door.gateway.publish(door.gateway.run(0), { type: 'settled', outcome });
    const end = await client.event('chat');
    expect(end.payload).toMatchObject(expected);
    expect((await client.event('agent', ({ stream }) => stream === 'lifecycle')).payload['data']).toMatchObject({
      phase: 'error' in outcome ? 'error' : 'end',
    });
  });

  test('C4 who may not read gets ticks and nothing of the conversation', async () => {
    await using door = await ServedDoor.start({ timing: { tickMs: 5 } });
    const [reader, writer] = [await door.join(), await door.join({ scopes: [] })];
    await reader.request('chat.send', HELLO);
    door.gateway.answer(door.gateway.run(0), ['secret']);
    await reader.event('chat', ({ state }) => state === 'final');
    await writer.event('tick', () => true, writer.events.length);
    expect(new Set(writer.events.map(({ event }) => event))).toEqual(new Set(['connect.challenge', 'tick']));
  });
});

describe('runs', () => {
  test('C4 A4 agent answers twice: accepted, and with the reply', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    const accepted = await client.request('agent', { message: 'do it', idempotencyKey: 'k', extraSystemPrompt: 'be brief' });
    expect(accepted.payload).toMatchObject({ runId: 'k', status: 'accepted' });
    expect(door.gateway.run(0).submission).toMatchObject({ system: 'be brief', sessionKey: 'agent:main:main' });
    door.gateway.answer(door.gateway.run(0), ['done']);
    const final = await client.until(() => client.responses.find(({ payload }) => payload?.status === 'ok'));
    expect(final).toMatchObject({ id: accepted.id, payload: { runId: 'k', result: { payloads: [{ text: 'done' }] } } });
  });

  test('C4 A4 a repeated agent request gets the first one’s reply', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('agent', { message: 'do it', idempotencyKey: 'k' });
    door.gateway.answer(door.gateway.run(0), ['done']);
    const again = await client.request('agent', { message: 'do it', idempotencyKey: 'k' });
    const final = await client.until(() => client.responses.find(({ id, payload }) => id === again.id && payload?.status === 'ok'));
    expect(final.payload.result.payloads).toEqual([{ text: 'done' }]);
    expect(door.gateway.runs).toHaveLength(1);
  });

  test('C4 A4 a run that failed ends its agent request with the error', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('agent', { message: 'do it', idempotencyKey: 'k' });
    door.gateway.publish(door.gateway.run(0), {
      type: 'settled',
      outcome: { status: 'dead_lettered', error: new GatewayError('MODEL_TIMEOUT') },
    });
    const final = await client.until(() => client.responses.find(({ ok }) => !ok));
    expect(final.error).toMatchObject({ code: 'AGENT_TIMEOUT', details: { code: 'MODEL_TIMEOUT' } });
  });

  test('C4 A4 agent.wait tells the end of a run, that it still runs, or that there is none', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await client.request('chat.send', HELLO);
    expect((await client.request('agent.wait', { runId: 'key-1', timeoutMs: 10 })).payload).toMatchObject({ status: 'timeout' });
    const waiting = client.request('agent.wait', { runId: 'key-1' });
    door.gateway.answer(door.gateway.run(0), ['hi']);
    expect((await waiting).payload).toMatchObject({ runId: 'key-1', status: 'ok' });
    expect((await client.request('agent.wait', { runId: 'nobody' })).error).toMatchObject({ code: 'AGENT_RESULT_NOT_FOUND' });
  });

  test('C4 A4 chat.abort cancels one run by the client’s name for it, or all of a session', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    for (const idempotencyKey of ['k1', 'k2', 'k3']) await client.request('chat.send', { ...HELLO, idempotencyKey });
    expect((await client.request('chat.abort', { sessionKey: 'main', runId: 'k2' })).payload).toEqual({
      ok: true,
      aborted: true,
      runIds: ['k2'],
    });
    expect((await client.request('chat.abort', { sessionKey: 'main' })).payload).toEqual({ ok: true, aborted: true, runIds: ['k1', 'k3'] });
    expect((await client.request('chat.abort', { sessionKey: 'main' })).payload).toEqual({ ok: true, aborted: false, runIds: [] });
  });
});
