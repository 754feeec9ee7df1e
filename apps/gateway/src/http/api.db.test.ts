import { GatewayError, newId } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

beforeEach(async () => {
  gateway = await serveGateway({ gateway: { auth: { token: 'the-gateway-token' } } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const json = async (response: Promise<Response>) => {
  const answer = await response;
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
};
const errorOf = async (response: Promise<Response>) => {
  const { status, body } = await json(response);
  return { status, ...(body['error'] as { code: string; message: string; details?: Record<string, unknown> }) };
};
const MESSAGE = { from: 'ann', text: 'hello' };

test('A1 a message is answered 202 with its ids once it is durable', async () => {
  const { status, body } = await json(
    gateway.fetch('/api/messages', { json: { ...MESSAGE, sessionKey: 's', agentId: 'main', idempotencyKey: 'k' } }),
  );
  expect(status).toBe(202);
  expect(body).toMatchObject({
    messageId: expect.stringMatching(/^msg_/),
    sessionId: expect.stringMatching(/^ses_/),
    position: 5,
    duplicate: false,
  });
  expect(gateway.submissions[0]).toEqual({
    channel: 'http',
    account: 'default',
    inbound: { sender: { id: 'ann' }, peer: { kind: 'direct', id: 'ann' }, text: 'hello', externalId: 'k' },
    caller: { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] },
    sessionKey: 's',
    agentId: 'main',
  });
});

test('A6 with ?wait the answer comes along', async () => {
  const { status, body } = await json(gateway.fetch('/api/messages?wait=5s', { json: MESSAGE }));
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'delivered', reply: 'echo: hello' });
});

test('A7 a client that asked for it cancels its run by going away, and no other', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const [query, cancelled] of [
    ['', 0],
    ['&cancel=disconnect', 1],
  ] as const) {
    const controller = new AbortController();
    gateway.respond = async () => {
      controller.abort();
      await promise;
      return { status: 'no_reply', reason: 'aborted' };
    };
    const asked = gateway.fetch(`/api/messages?wait=5s${query}`, { json: MESSAGE, signal: controller.signal });
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect(gateway.logged.filter((line) => line.includes('"status":499'))).toHaveLength(cancelled + 1));
    expect(gateway.aborted).toHaveLength(cancelled);
  }
  resolve();
});

test('A8 what runs and waits in a session is cancelled by its id or its key', async () => {
  const sessionId = newId('session');
  const found = async () => ({ sessionId });
  Object.assign(gateway.views, { session: found, sessionByKey: found });
  const { status, body } = await json(gateway.fetch(`/api/sessions/agent:main:main/cancel`, { json: {} }));
  expect({ status, body }).toEqual({ status: 200, body: { sessionId, cancelled: expect.any(Array) } });
  expect(gateway.aborted).toHaveLength(1);
  Object.assign(gateway.views, { session: async () => undefined });
  expect(await errorOf(gateway.fetch(`/api/sessions/${sessionId}/cancel`, { json: {} }))).toMatchObject({ code: 'SESSION_NOT_FOUND' });
});

test('A8 a session is let out of quarantine by its id or its key', async () => {
  const sessionId = newId('session');
  Object.assign(gateway.views, { sessionByKey: async () => ({ sessionId }) });
  const { status, body } = await json(gateway.fetch(`/api/sessions/agent:main:main/release`, { json: { forget: true } }));
  expect({ status, body }).toEqual({ status: 200, body: { sessionId, released: true } });
  expect(await errorOf(gateway.fetch(`/api/sessions/${sessionId}/release`, { json: { forget: 1 } }))).toMatchObject({
    code: 'BAD_REQUEST',
  });
});

test('a message that is rejected, given up or late says so, with its id', async () => {
  gateway.refuse = () => 'rejected';
  expect(await errorOf(gateway.fetch('/api/messages', { json: MESSAGE }))).toMatchObject({
    status: 403,
    code: 'SENDER_NOT_ALLOWED',
    details: { messageId: expect.stringMatching(/^msg_/) },
  });
  gateway.refuse = () => undefined;
  gateway.respond = async () => ({ status: 'dead_lettered', error: new GatewayError('MODEL_UNAVAILABLE') });
  expect(await errorOf(gateway.fetch('/api/messages?wait=5s', { json: MESSAGE }))).toMatchObject({
    status: 502,
    code: 'MODEL_UNAVAILABLE',
    details: { messageId: expect.stringMatching(/^msg_/) },
  });
  gateway.respond = () => new Promise(() => undefined);
  expect(await errorOf(gateway.fetch('/api/messages?wait=20ms', { json: MESSAGE }))).toMatchObject({
    status: 504,
    code: 'DEADLINE_EXCEEDED',
    details: { messageId: expect.stringMatching(/^msg_/) },
  });
});

test('a refusal of the log is a 503 with Retry-After', async () => {
  gateway.refuse = () => new GatewayError('LOG_OVERLOADED');
  const { status, headers, body } = await json(gateway.fetch('/api/messages', { json: MESSAGE }));
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('1');
  expect(body['error']).toMatchObject({ code: 'LOG_OVERLOADED', retryable: true });
});

test.each([
  [{ text: 'x' }, 'from', 'a text of 1 to 512 characters', 'nothing'],
  [{ from: 'a', text: 7 }, 'text', expect.stringContaining('the message'), '7'],
  [{ from: 'a', text: '' }, 'text', expect.stringContaining('the message'), 'an empty text'],
  [{ from: 'a', text: 'x', channel: 'telegram' }, 'channel', expect.stringContaining('other channels'), '"telegram"'],
  [['x'], 'body', 'an object', 'a list'],
])('%j is refused: field, expectation and what came are named', async (body, field, expected, got) => {
  expect(await errorOf(gateway.fetch('/api/messages', { json: body }))).toMatchObject({
    status: 400,
    code: 'BAD_REQUEST',
    details: { fields: [{ field, expected, got }] },
  });
});

test('a refusal names what was given, but never a secret', async () => {
  expect(await errorOf(gateway.fetch('/api/events?limit=abc'))).toMatchObject({
    message: 'limit: expected a whole number from 1 to 500, got "abc"',
  });
  expect(await errorOf(gateway.fetch('/api/events?severity=warn,loud'))).toMatchObject({
    details: { fields: [{ field: 'severity.1', got: '"warn,loud"' }] },
  });
  for (const [path, body] of [
    ['/api/sign-in/token', { token: 4711 }],
    ['/api/sign-in', { code: `4711${'x'.repeat(200)}` }],
    ['/api/sign-in/token', '4711'],
  ] as const) {
    const error = await errorOf(gateway.fetch(path, { json: body, headers: { origin: gateway.url } }));
    expect(error).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(JSON.stringify(error)).not.toContain('4711');
  }
});

test('broken JSON, another content type, too much and too long a wait are refused as what they are', async () => {
  const post = (body: string, type = 'application/json', path = '/api/messages') =>
    errorOf(gateway.fetch(path, { method: 'POST', body, headers: { 'content-type': type } }));
  expect(await post('{"from":"a",}')).toMatchObject({ status: 400, code: 'BAD_JSON', details: { position: 12, line: 1, column: 13 } });
  expect(await post('')).toMatchObject({ status: 400, code: 'BAD_JSON' });
  expect(await post('from=a', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  expect(await post(JSON.stringify({ from: 'a', text: 'x'.repeat(2 ** 23) }))).toMatchObject({
    status: 413,
    code: 'BODY_TOO_LARGE',
    details: { limitBytes: 2 ** 23 },
  });
  expect(await post(JSON.stringify(MESSAGE), 'application/json', '/api/messages?wait=11m')).toMatchObject({
    status: 400,
    code: 'BAD_REQUEST',
  });
});

test('a prototype in the body is only a key', async () => {
  const body = '{"from":"a","text":"x","__proto__":{"agentId":"evil"},"constructor":{}}';
  await gateway.fetch('/api/messages', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(gateway.submissions[0]).not.toHaveProperty('agentId');
  expect(({} as { agentId?: string }).agentId).toBeUndefined();
});

test('everything but the probes needs the token', async () => {
  const paths = ['/api/messages', '/api/events', '/api/sessions', '/api/status', '/api/channels', '/api/config', '/api/me', '/v1/models'];
  for (const path of paths) expect((await gateway.fetch(path, { anonymous: true })).status, path).toBe(401);
  const wrong = await errorOf(gateway.fetch('/api/status', { anonymous: true, headers: { authorization: 'Bearer wrong' } }));
  expect(wrong).toMatchObject({ status: 401, code: 'TOKEN_MISMATCH' });
  expect(gateway.recorded.map(({ event }) => event.type)).toContain('auth.denied');
});

test('lists are paged by keys and their filters reach the views', async () => {
  const asked: unknown[] = [];
  const remember = (...args: unknown[]) => {
    asked.push(args);
    return { rows: [], head: 7, scannedTo: 9 };
  };
  Object.assign(gateway.views, { events: remember, eventsAfter: remember, messages: remember, sessions: remember });
  await gateway.fetch('/api/events?before=90&limit=10&type=message.*,run.failed&severity=warn&channel=http&session=ses_1&message=msg_1');
  const after = await json(gateway.fetch('/api/events?after=0'));
  await gateway.fetch('/api/messages?settled=false&before=5&limit=2');
  await gateway.fetch('/api/sessions?agent=main&open=1');
  await gateway.fetch(`/api/events?before=${Number.MAX_SAFE_INTEGER}`);
  await gateway.fetch(`/api/events?q=${encodeURIComponent('type:run.* "refund"')}`);
  expect(asked).toEqual([
    [
      { types: ['message.*', 'run.failed'], severities: ['warn'], channels: ['http'], sessionId: 'ses_1', correlationId: 'msg_1' },
      { before: 90, limit: 10, signal: expect.any(AbortSignal) },
    ],
    [{}, { after: 0, limit: 100, signal: expect.any(AbortSignal) }],
    [{ settled: false }, { before: 5, limit: 2 }],
    [{ agentId: 'main', openOnly: true }, { limit: 50 }],
    [{}, { before: Number.MAX_SAFE_INTEGER, limit: 100, signal: expect.any(AbortSignal) }],
    [{ query: 'type:run.* "refund"' }, { limit: 100, signal: expect.any(AbortSignal) }],
  ]);
  expect(after.body).toEqual({ rows: [], scannedTo: 9, head: 7 });
  expect((await gateway.fetch('/api/events?limit=501')).status).toBe(400);
  expect((await gateway.fetch('/api/events?after=1&before=2')).status).toBe(400);
  expect((await gateway.fetch('/api/events?before=9007199254740993')).status).toBe(400);
  expect((await gateway.fetch('/api/events?severity=loud')).status).toBe(400);
});

test('what is not there has its own code', async () => {
  expect(await errorOf(gateway.fetch('/api/messages/msg_x'))).toMatchObject({ status: 404, code: 'MESSAGE_NOT_FOUND' });
  expect(await errorOf(gateway.fetch('/api/events/99'))).toMatchObject({ status: 404, code: 'EVENT_NOT_FOUND' });
  expect(await errorOf(gateway.fetch('/api/sessions/ses_x'))).toMatchObject({ status: 404, code: 'SESSION_NOT_FOUND' });
  expect(await errorOf(gateway.fetch('/api/channels?channel=telegarm'))).toMatchObject({
    status: 404,
    code: 'CHANNEL_NOT_FOUND',
    message: 'No channel is called "telegarm"; none is configured.',
  });
  expect(await errorOf(gateway.fetch('/api/nothing'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(await errorOf(gateway.fetch('/v1/nothing'))).toMatchObject({ status: 404, type: 'invalid_request_error' });
});

test('a path that takes other methods says which', async () => {
  const answer = await gateway.fetch('/api/messages', { method: 'PATCH' });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
});

test('the configuration is shown without its secrets', async () => {
  const { body } = await json(gateway.fetch('/api/config'));
  expect(JSON.stringify(body)).not.toContain('the-gateway-token');
  expect(body).toMatchObject({ hash: 'c0ffee00', config: { gateway: { auth: { token: { value: '***' } } } } });
});

test('B3 a shutdown is answered before it happens', async () => {
  const { status, body } = await json(gateway.fetch('/api/shutdown', { json: { restart: true, reason: 'upgrade' } }));
  expect({ status, body }).toEqual({ status: 202, body: { stopping: true, restart: true } });
  await vi.waitFor(() => expect(gateway.shutdowns).toEqual(['upgrade']));
});

test('a shutdown needs no body', async () => {
  expect((await gateway.fetch('/api/shutdown', { method: 'POST' })).status).toBe(202);
  await vi.waitFor(() => expect(gateway.shutdowns).toHaveLength(1));
});

test('what breaks inside says nothing of the inside, but where to look', async () => {
  gateway.views.overview = () => {
    throw new Error('/secret/path exploded');
  };
  const error = await errorOf(gateway.fetch('/api/status'));
  expect(error).toMatchObject({ status: 500, code: 'INTERNAL', details: { requestId: expect.stringMatching(/^req_/) } });
  expect(JSON.stringify(error)).not.toContain('exploded');
  expect(gateway.logged.join('')).toContain('exploded');
  expect(gateway.logged.join('')).toContain(String(error.details?.['requestId']));
});
