import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import OpenAI, { APIError } from 'openai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { delivered } from '../testing/fake-pipeline.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
let client: OpenAI;

beforeEach(async () => {
  gateway = await serveGateway({ agents: { entries: { main: {}, coder: {} } } });
  client = new OpenAI({ apiKey: gateway.token, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});

afterEach(() => gateway[Symbol.asyncDispose]());

const ask = (text: string) => [{ role: 'user' as const, content: text }];
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const failure = (promise: Promise<unknown>): Promise<APIError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: APIError) => error,
  );

test('A1 the official client gets an answer, with usage', async () => {
  const answer = await client.chat.completions.create({ model: 'openclaw/default', messages: ask('hi') });
  expect(answer.choices[0]?.message).toEqual({ role: 'assistant', content: 'echo: hi', refusal: null });
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 });
  expect(gateway.submissions[0]).toMatchObject({ channel: 'v1', inbound: { text: 'hi' }, caller: { method: 'token' } });
});

test('A1 the official client streams an answer as it is made', async () => {
  gateway.respond = async (_, publish) => {
    for (const text of ['one ', 'two ', 'three']) publish({ type: 'delta', text });
    return delivered('one two three');
  };
  const stream = await client.chat.completions.create({
    model: 'openclaw/coder',
    messages: ask('count'),
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collect(stream);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '')).toEqual(['', 'one ', 'two ', 'three', '', '']);
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 8 } });
  expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
  expect(gateway.submissions[0]?.agentId).toBe('coder');
});

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const picture = (url: string) => ({ type: 'image_url' as const, image_url: { url } });
const bytesOf = async (file: InboundAttachment | undefined) => {
  const bytes: Uint8Array[] = [];
  for await (const part of (await file?.open(new AbortController().signal)) ?? []) bytes.push(part);
  return Buffer.concat(bytes).toString('base64');
};

test('A1 the official client shows a picture, from its bytes or from an address of the internet', async () => {
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    picture(`data:image/png;base64,${PNG}`),
    picture('https://127.0.0.1/a.jpg'),
  ];
  await client.chat.completions.create({ model: 'openclaw', messages: [{ role: 'user', content }] });
  const [inline, elsewhere] = gateway.submissions[0]?.inbound.attachments ?? [];
  expect(gateway.submissions[0]?.inbound.text).toBe('What is this?');
  expect(inline).toMatchObject({ name: 'image.png', mimeType: 'image/png', size: 70 });
  expect(await bytesOf(inline)).toBe(PNG);
  expect(elsewhere).toMatchObject({ name: 'a.jpg' });
  // The address is judged as everything that goes out is.
  await expect(bytesOf(elsewhere)).rejects.toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE', message: expect.stringContaining('127.0.0.1') });
});

test('A1 a picture needs no words; those of earlier turns are named in the history', async () => {
  const shown = { role: 'user' as const, content: [picture(`data:image/png;base64,${PNG}`)] };
  await client.chat.completions.create({ model: 'openclaw', messages: [shown, { role: 'assistant', content: 'A dot.' }, shown] });
  expect(gateway.submissions[0]).toMatchObject({
    inbound: { text: '', attachments: [{ name: 'image.png' }] },
    history: [
      { role: 'user', text: '[an image that was shown here]' },
      { role: 'assistant', text: 'A dot.' },
    ],
  });
});

test.each([
  ['that is not in base64', picture('data:image/png;base64,no!')],
  ['that is no picture', picture('data:text/html;base64,PGI+')],
  ['at an address of this machine', picture('file:///etc/passwd')],
  ['of a kind that is not known', { type: 'input_audio' as const, input_audio: { data: '', format: 'wav' as const } }],
])('A1 a part %s is refused with the faulty parameter', async (_, part) => {
  const error = await failure(client.chat.completions.create({ model: 'openclaw', messages: [{ role: 'user', content: [part] }] }));
  expect([error.status, error.param]).toEqual([400, expect.stringContaining('messages')]);
  expect(gateway.submissions).toEqual([]);
});

test('A1 more pictures than a message may have are refused', async () => {
  const content = Array.from({ length: 21 }, () => picture(`data:image/png;base64,${PNG}`));
  const error = await failure(client.chat.completions.create({ model: 'openclaw', messages: [{ role: 'user', content }] }));
  expect(error.message).toContain('at most 20 images');
});

test('an answer that comes all at once is streamed too; usage only when asked for', async () => {
  const stream = await client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream: true });
  const chunks = await collect(stream);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('echo: hi');
  expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
});

test('what a retry replaces is followed by the whole answer', async () => {
  gateway.respond = async (_, publish) => {
    publish({ type: 'delta', text: 'half an ans' });
    publish({ type: 'reset' });
    publish({ type: 'delta', text: 'the answer' });
    return delivered('the answer');
  };
  const stream = await client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream: true });
  const chunks = await collect(stream);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('half an ans\n\nthe answer');
});

test('a client without a session sends its history along; with one only the new message counts', async () => {
  const messages = [
    { role: 'system' as const, content: 'Be brief.' },
    {
      role: 'user' as const,
      content: [
        { type: 'text' as const, text: 'a' },
        { type: 'text' as const, text: 'b' },
      ],
    },
    { role: 'assistant' as const, content: 'c' },
    { role: 'user' as const, content: 'd' },
  ];
  await client.chat.completions.create({ model: 'openclaw', messages });
  await client.chat.completions.create({ model: 'openclaw', messages, user: 'ann' });
  await client.chat.completions.create({ model: 'openclaw', messages, user: 'ann' }, { headers: { 'x-openclaw-session-key': 'desk' } });
  const [fresh, byUser, byKey] = gateway.submissions;
  expect(fresh).toMatchObject({
    system: 'Be brief.',
    history: [
      { role: 'user', text: 'a\nb' },
      { role: 'assistant', text: 'c' },
    ],
    inbound: { text: 'd' },
  });
  expect(fresh?.sessionKey).toMatch(/^openai:/);
  expect(byUser).toMatchObject({ sessionKey: 'openai-user:ann', inbound: { text: 'd', sender: { id: 'ann' } } });
  expect(byKey).toMatchObject({ sessionKey: 'desk', inbound: { text: 'd' } });
  expect(byUser).not.toHaveProperty('history');
  expect(byKey).not.toHaveProperty('system');
});

test('two requests without a session have nothing in common', async () => {
  await client.chat.completions.create({ model: 'openclaw', messages: ask('1') });
  await client.chat.completions.create({ model: 'openclaw', messages: ask('2') });
  expect(gateway.submissions[0]?.sessionKey).not.toBe(gateway.submissions[1]?.sessionKey);
});

test('the models are the agents, by list and by name', async () => {
  const models = await collect(client.models.list());
  expect(models.map(({ id }) => id)).toEqual(['openclaw/default', 'openclaw/main', 'openclaw/coder']);
  expect(await client.models.retrieve('openclaw/coder')).toMatchObject({ id: 'openclaw/coder', object: 'model' });
  expect(await failure(client.models.retrieve('gpt-4o'))).toMatchObject({ status: 404, code: 'model_not_found' });
});

test('errors are the errors that the official client knows', async () => {
  const create = (body: object) => client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), ...body });
  const wrongKey = new OpenAI({ apiKey: 'wrong', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  expect(await failure(wrongKey.models.list())).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
  expect(await failure(create({ model: 'gpt-4o' }))).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  expect(await failure(create({ model: 'openclaw:nobody' }))).toMatchObject({ status: 404, code: 'model_not_found' });
  expect(await failure(create({ n: 2 }))).toMatchObject({ status: 400, param: 'n', type: 'invalid_request_error' });
  expect(await failure(create({ messages: [] }))).toMatchObject({ status: 400, param: 'messages' });
  expect(await failure(create({ messages: [{ role: 'assistant', content: 'x' }] }))).toMatchObject({ status: 400, param: 'messages' });
  expect(await failure(create({ tools: [{}] }))).toMatchObject({ status: 400, param: 'tools' });
  expect(gateway.submissions).toHaveLength(0);
});

test.each([
  ['OVERLOADED', 503, 'server_error', '1', 'true'],
  ['LOG_UNAVAILABLE', 503, 'server_error', '1', 'true'],
  ['IDEMPOTENCY_MISMATCH', 409, 'invalid_request_error', undefined, 'false'],
] as const)('a message that is not taken because of %s is answered %i', async (code, status, type, retryAfter, shouldRetry) => {
  gateway.refuse = () => new GatewayError(code);
  const error = await failure(client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream: true }));
  expect(error).toMatchObject({ status, type });
  expect(error.headers?.get('retry-after') ?? undefined).toBe(retryAfter);
  expect(error.headers?.get('x-should-retry')).toBe(shouldRetry);
});

test.each([false, true])('a model that is rate limited is a 429 with its retry-after (stream: %s)', async (stream) => {
  const error = new GatewayError('MODEL_RATE_LIMITED', { details: { retryAfterMs: 7000 } });
  gateway.respond = async () => ({ status: 'dead_lettered', error });
  const got = await failure(client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream }));
  expect(got).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' });
  expect(got.headers?.get('retry-after')).toBe('7');
});

test('a failure in the middle of a stream reaches the official client as an error', async () => {
  gateway.respond = async (_, publish) => {
    publish({ type: 'delta', text: 'half' });
    return { status: 'dead_lettered', error: new GatewayError('MODEL_UNAVAILABLE') };
  };
  const stream = await client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream: true });
  const error = await failure(collect(stream));
  expect(error).toBeInstanceOf(APIError);
  expect(error.message).toContain('cannot be reached');
});

test.each([
  [{}, 1],
  [{ user: 'ann' }, 0],
])('a client that goes away from %j leaves %i cancelled runs', async (extra, cancelled) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gateway.respond = async (_, publish) => {
    publish({ type: 'delta', text: 'first' });
    await promise;
    return delivered('first and last');
  };
  const stream = await client.chat.completions.create({ model: 'openclaw', messages: ask('hi'), stream: true, ...extra });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'first') break;
  if (cancelled > 0) await vi.waitFor(() => expect(gateway.aborted).toHaveLength(cancelled));
  else await vi.waitFor(() => expect(gateway.logged.some((line) => line.includes('"status":499'))).toBe(true));
  expect(gateway.aborted).toHaveLength(cancelled);
  resolve();
});

test('a client that goes away before the answer cancels its run too', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  gateway.respond = async () => {
    controller.abort();
    await promise;
    return delivered('late');
  };
  const request = client.chat.completions.create({ model: 'openclaw', messages: ask('hi') }, { signal: controller.signal });
  await failure(request);
  await vi.waitFor(() => expect(gateway.aborted).toHaveLength(1));
  resolve();
});

test('the log line of a request has its ids and no word of what was said', async () => {
  await client.chat.completions.create({ model: 'openclaw', messages: ask('a secret between us') });
  await vi.waitFor(() => expect(gateway.logged.some((line) => line.includes('"correlationId":"msg_'))).toBe(true));
  expect(gateway.logged.join('')).not.toContain('a secret');
  expect(gateway.logged.join('')).not.toContain(gateway.token);
});

test('the same idempotency key is handed on as the id of the message', async () => {
  await client.chat.completions.create({ model: 'openclaw', messages: ask('hi') }, { headers: { 'idempotency-key': 'once' } });
  expect(gateway.submissions[0]?.inbound.externalId).toBe('once');
});
