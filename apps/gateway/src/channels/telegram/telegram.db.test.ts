import { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, ChannelAccount, ChannelCall, ChannelContext, Inbound, Received } from '@openclaw-gateway/sdk';
import { type ChannelHarness, channelContract } from '@openclaw-gateway/sdk/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTelegram, type TelegramServer } from '../../../../../e2e/stand-ins/telegram.ts';
import telegram from './index.ts';

const USER = 42;

channelContract('telegram', async (): Promise<ChannelHarness> => {
  const server = await startTelegram();
  const ids: number[] = [];
  const faults = {
    unavailable: { fault: 'status', status: 502 },
    'rate-limited': { fault: 'status', status: 429, retryAfterSeconds: 3 },
    refused: { fault: 'status', status: 403, description: 'Forbidden: bot was blocked by the user' },
    dropped: { fault: 'drop' },
  } as const;
  return {
    definition: telegram,
    config: { botToken: server.token, apiRoot: server.url },
    secrets: [server.token],
    peer: { kind: 'direct', id: String(USER) },
    userWrites: (text) => {
      ids.push(server.say({ text, fromId: USER }));
    },
    bringAgain: () => server.repeat(999 + ids.length),
    acknowledged: () => server.unconfirmed().length === 0,
    sent: () => server.sent.map((message) => message.text),
    failNextSend: (how) => server.fail('sendMessage', faults[how]),
    refuseCredentials: () => {
      for (const method of ['getMe', 'getUpdates']) server.failAlways(method, { fault: 'status', status: 401 });
    },
    loseConnection: () => {
      server.failAlways('getUpdates', { fault: 'drop' });
      server.dropConnections();
    },
    close: server.close,
  };
});

const never = new AbortController().signal;
const accepted = { status: 'accepted' } as Received;
let server: TelegramServer;
let lifetime: AbortController;
let account: ChannelAccount | undefined;
let received: Inbound[];
let amended: Amendment[];
let refused: GatewayError[];
let failures: (GatewayError | undefined)[];
let connected: number;

beforeEach(async () => {
  server = await startTelegram();
  lifetime = new AbortController();
  [received, amended, refused, failures, connected] = [[], [], [], [], 0];
});
afterEach(async () => {
  await stop();
  await server.close();
});

async function start(
  receive: (inbound: Inbound) => Promise<Received> = async () => accepted,
  more: object = {},
  parts: Pick<ChannelContext<unknown>, 'keepPart' | 'keptParts'> = {},
): Promise<ChannelAccount> {
  account = await telegram.start({
    account: 'default',
    config: telegram.config.parse({ botToken: server.token, apiRoot: `${server.url}/`, ...more }),
    receive: async (inbound) => {
      const result = await receive(inbound);
      received.push(inbound);
      return result;
    },
    amend: async (amendment) => {
      amended.push(amendment);
      return 'recorded';
    },
    refuse: async (_, error) => void refused.push(error),
    connected: () => {
      connected++;
    },
    disconnected: (_, error) => void failures.push(error),
    signal: lifetime.signal,
    ...parts,
  });
  return account;
}
async function stop(): Promise<void> {
  lifetime.abort();
  await account?.stop();
  account = undefined;
}
const texts = () => received.map((inbound) => inbound.text);

test('A10 a hundred and more messages come once each and in order, also when Telegram shuffles them', async () => {
  server.reorder(true);
  const said = Array.from({ length: 250 }, (_, index) => `message ${index}`);
  for (const text of said) server.say({ text });
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(texts()).toEqual(said);
});

test('C the offset is never ahead of what is committed: after a stop in the middle the rest comes again', async () => {
  for (const text of ['one', 'two', 'three']) server.say({ text });
  await start(async (inbound) => {
    if (inbound.text === 'two') throw new GatewayError('LOG_UNAVAILABLE');
    return accepted;
  });
  await vi.waitFor(() => expect(texts()).toEqual(['one']));
  await stop();
  expect(server.unconfirmed()).toHaveLength(2);
  lifetime = new AbortController();
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(texts()).toEqual(['one', 'two', 'three']);
});

test('A10 a stop in good order confirms what was committed', async () => {
  await start();
  server.say({ text: 'last words' });
  await vi.waitFor(() => expect(texts()).toEqual(['last words']));
  await stop();
  expect(server.unconfirmed()).toEqual([]);
});

test('A1 garbage in the queue is recorded and skipped, and what follows is received', async () => {
  server.push({ message: 'not a message' });
  server.push({ something_new: { id: 1 } });
  server.say({ extra: { voice: {} } });
  server.say({ text: 'still here' });
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(texts()).toEqual(['still here']);
  expect(refused.map((error) => error.code)).toEqual(['CHANNEL_BAD_UPDATE', 'CHANNEL_BAD_UPDATE']);
});

test.each([
  [
    'another poller (409)',
    { fault: 'status', status: 409, description: 'Conflict: terminated by other getUpdates request' },
    'CHANNEL_UNAVAILABLE',
  ],
  ['a revoked token (401)', { fault: 'status', status: 401, description: 'Unauthorized' }, 'CHANNEL_UNAUTHORIZED'],
  ['a rate limit (429)', { fault: 'status', status: 429, retryAfterSeconds: 7 }, 'CHANNEL_RATE_LIMITED'],
  ['a server error (502)', { fault: 'status', status: 502, description: 'Bad Gateway' }, 'CHANNEL_UNAVAILABLE'],
  ['a dropped socket', { fault: 'drop' }, 'CHANNEL_UNAVAILABLE'],
  ['garbage', { fault: 'garbage' }, 'CHANNEL_UNAVAILABLE'],
  ['nonsense', { fault: 'nonsense' }, 'CHANNEL_UNAVAILABLE'],
] as const)('A7 polling that meets %s ends with %3$s and without the token in sight', async (_, fault, code) => {
  server.failAlways('getUpdates', fault);
  await start();
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(failures[0]).toMatchObject({ code });
  if (code === 'CHANNEL_RATE_LIMITED') expect(failures[0]?.details?.['retryAfterMs']).toBe(7000);
  expect(JSON.stringify([failures[0]?.toBody(), String(failures[0]?.cause)])).not.toContain(server.token);
  expect(connected).toBe(0);
});

test('A10 a webhook that is in the way is removed', async () => {
  server.setWebhook('https://elsewhere.example/hook');
  server.say({ text: 'finally' });
  await start();
  await vi.waitFor(() => expect(texts()).toEqual(['finally']));
  expect(server.calls.get('deleteWebhook')).toBe(1);
});

const reply = (text: string, deliveryId = 'dlv_1') => ({
  deliveryId,
  messageId: 'msg_1',
  to: { kind: 'direct', id: '42' } as const,
  text,
  attempt: 1,
});
const LONG = `${'a'.repeat(4000)}\n\n${'b'.repeat(4000)}\n\n${'c'.repeat(100)}`;

test('A6 a long reply goes out in parts', async () => {
  const { send } = await start();
  const { providerMessageId } = await send(reply(LONG), never);
  expect(server.sent.map((message) => message.text[0])).toEqual(['a', 'b', 'c']);
  expect(providerMessageId).toBe(String(server.sent.at(-1)?.messageId));
});

test('A6 a reply whose second part failed goes on with the second part', async () => {
  const { send } = await start();
  server.fail('sendMessage', { fault: 'status', status: 502 });
  await expect(send(reply(LONG), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
  expect(server.sent).toHaveLength(0);
  const failSecond = () => server.sent.length === 1 && server.fail('sendMessage', { fault: 'status', status: 429, retryAfterSeconds: 1 });
  const watching = server.until(() => failSecond() !== false);
  await expect(send(reply(LONG), never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED' });
  await watching;
  await send(reply(LONG), never);
  expect(server.sent.map((message) => message.text[0])).toEqual(['a', 'b', 'c']);
});

test('A6 a reply to a forum topic goes to the topic', async () => {
  const { send } = await start();
  await send({ ...reply('hi'), to: { kind: 'thread', id: '-100:9' } }, never);
  expect(server.sent).toMatchObject([{ chatId: '-100', threadId: 9, text: 'hi' }]);
});

test('A6 a socket that breaks after the message was taken says that it may have arrived', async () => {
  const { send } = await start();
  server.fail('sendMessage', { fault: 'drop-after' });
  await expect(send(reply('hi'), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: true } });
  expect(server.sent).toHaveLength(1);
});

test('A6 a service that nobody listens for says that nothing arrived', async () => {
  const { send } = await start();
  await server.close();
  await expect(send(reply('hi'), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: false } });
});

test('A6 an empty reply is refused without a call', async () => {
  const { send } = await start();
  await expect(send(reply(' \n '), never)).rejects.toMatchObject({ code: 'CHANNEL_REFUSED' });
  expect(server.calls.get('sendMessage')).toBeUndefined();
});

const inline = async (attachment: NonNullable<Inbound['attachments']>[number] | undefined, signal = never) => {
  const parts: Uint8Array[] = [];
  for await (const part of (await attachment?.open(signal)) ?? []) parts.push(part);
  return Buffer.concat(parts);
};
const sendsFile = (bytes: Uint8Array) => {
  const file_id = server.hold(bytes);
  server.say({ extra: { document: { file_id, file_name: 'a.bin', mime_type: 'application/x-thing', file_size: bytes.length } } });
};

test('A10 a file is fetched when the gateway wants it, whole', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  sendsFile(bytes);
  await start();
  await vi.waitFor(() => expect(received).toHaveLength(1));
  const [attachment] = received[0]?.attachments ?? [];
  expect(attachment).toMatchObject({ name: 'a.bin', mimeType: 'application/x-thing', size: 300_000 });
  expect(server.calls.get('getFile')).toBeUndefined();
  expect(Buffer.compare(await inline(attachment), bytes)).toBe(0);
});

test.each([
  ['getFile', { fault: 'status', status: 400, description: 'Bad Request: file is too big' }],
  ['getFile', { fault: 'nonsense' }],
  ['file', { fault: 'status', status: 404 }],
  ['file', { fault: 'drop' }],
] as const)('A7 a file whose %s meets %j fails without the token in sight', async (method, fault) => {
  sendsFile(Buffer.from('content'));
  await start();
  await vi.waitFor(() => expect(received).toHaveLength(1));
  server.failAlways(method, fault);
  const failed = await inline(received[0]?.attachments?.[0]).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: expect.stringMatching(/^(CHANNEL|ATTACHMENT)_/) });
  expect(JSON.stringify([failed, String((failed as Error).cause), (failed as Error).message])).not.toContain(server.token);
});

test('A6 files go out after the text, pictures as pictures, and one that failed is sent without the others again', async () => {
  const { send } = await start();
  const file = (name: string, mimeType: string) => {
    const bytes = Buffer.from(`the bytes of ${name}`);
    return { name, mimeType, size: bytes.length, bytes: async () => bytes };
  };
  const outbound = { ...reply('see'), attachments: [file('a.png', 'image/png'), file('b ü.pdf', 'application/pdf')] };
  server.fail('sendDocument', { fault: 'status', status: 429, retryAfterSeconds: 1 });
  await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED' });
  const { providerMessageId } = await send(outbound, never);
  expect(server.sent.map(({ text, file: sentFile }) => sentFile?.kind ?? text)).toEqual(['see', 'photo', 'document']);
  expect(server.sent[2]?.file).toMatchObject({ name: 'b ü.pdf' });
  expect(String(server.sent[2]?.file?.bytes)).toBe('the bytes of b ü.pdf');
  expect(providerMessageId).toBe(String(server.sent[2]?.messageId));
});

test('A6 a reply may be a file alone', async () => {
  const { send } = await start();
  await send(
    { ...reply(''), attachments: [{ name: 'a.txt', mimeType: 'text/plain', size: 1, bytes: async () => Buffer.from('x') }] },
    never,
  );
  expect(server.sent).toMatchObject([{ chatId: '42', file: { kind: 'document', name: 'a.txt' } }]);
});

test('A10 an edit comes as a change of the message that was received', async () => {
  const messageId = server.say({ text: 'helo' });
  server.say({ text: 'hello', edits: messageId });
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(amended).toEqual([{ kind: 'edited', externalId: `42:${messageId}`, peer: { kind: 'direct', id: '42' }, text: 'hello' }]);
  expect(received[0]?.externalId).toBe(`42:${messageId}`);
});

test('A7 another program that polls with the same token is named as the cause', async () => {
  server.failAlways('getUpdates', { fault: 'status', status: 409, description: 'Conflict: terminated by other getUpdates request' });
  await start();
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(failures[0]?.message).toMatch(/Another program fetches this bot's messages/);
});

test('A6 a reply in a group quotes what it answers, in a direct chat it does not', async () => {
  const { send } = await start();
  await send({ ...reply(LONG, 'dlv_1'), to: { kind: 'group', id: '-100' }, replyTo: '-100:7' }, never);
  await send({ ...reply('hi', 'dlv_2'), replyTo: '42:8' }, never);
  expect(server.sent.map(({ replyTo }) => replyTo)).toEqual([7, undefined, undefined, undefined]);
});

test('A6 a reply follows its group to where it has become a supergroup', async () => {
  const { send } = await start();
  server.migrate(-5, -1005);
  await send({ ...reply('one', 'dlv_1'), to: { kind: 'group', id: '-5' } }, never);
  await send({ ...reply('two', 'dlv_2'), to: { kind: 'group', id: '-5' } }, never);
  expect(server.sent.map(({ chatId, text }) => [chatId, text])).toEqual([
    ['-1005', 'one'],
    ['-1005', 'two'],
  ]);
  expect(server.calls.get('sendMessage')).toBe(3);
});

test('A6 a formatted reply comes with its entities, and plainly where Telegram refuses them', async () => {
  const { send } = await start();
  await send(reply('a **bold** word', 'dlv_1'), never);
  server.fail('sendMessage', { fault: 'status', status: 400, description: "Bad Request: can't parse entities: unsupported offset" });
  await send(reply('a *slanted* word', 'dlv_2'), never);
  expect(server.sent.map(({ text, entities }) => [text, entities])).toEqual([
    ['a bold word', [{ type: 'bold', offset: 2, length: 4 }]],
    ['a slanted word', undefined],
  ]);
});

test('A6 typing is shown in the chat and in its topic', async () => {
  const { typing } = await start();
  await typing?.({ kind: 'thread', id: '-100:9' }, never);
  expect(server.typing).toEqual(['-100']);
});

// Albums

const photo = (n: number) => [{ file_id: `f${n}`, width: 9, height: 9, file_size: n }];
const part = (n: number, more: object = {}, group = 'g1') => server.say({ extra: { photo: photo(n), media_group_id: group, ...more } });
const sizes = () => received.map(({ attachments }) => attachments?.map(({ size }) => size));

test('A10 the pictures of an album are one message with its caption, which an edit of that finds', async () => {
  server.reorder(true);
  part(1);
  const captioned = part(2, { caption: 'our trip' });
  server.say({ text: 'meanwhile', fromId: 7, chatId: 7 });
  part(3);
  part(4, {}, 'g2');
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(received.map(({ text }) => text)).toEqual(['meanwhile', 'our trip', '']);
  expect(sizes()).toEqual([undefined, [1, 2, 3], [4]]);
  expect(received[1]?.externalId).toBe(`42:${captioned}`);
});

test('A10 parts of an album that come a moment later belong to it, and none is confirmed before', async () => {
  await start();
  await server.until(() => server.calls.get('getUpdates') === 2);
  part(1, { caption: 'see' });
  await new Promise(setImmediate);
  part(2);
  await server.until(() => server.calls.get('getUpdates') === 3);
  expect([received.length, server.unconfirmed().length]).toEqual([0, 2]);
  await server.until(() => server.unconfirmed().length === 0);
  expect(sizes()).toEqual([[1, 2]]);
});

test('C A1 an album that was committed and not confirmed comes again; what came to it meanwhile is a message of its own', async () => {
  const first = new Map<string, string>();
  const once = async (inbound: Inbound) => {
    const content = JSON.stringify([inbound.text, inbound.attachments?.map(({ size }) => size)]);
    const before = first.get(inbound.externalId ?? '');
    if (before !== undefined && before !== content) throw new GatewayError('IDEMPOTENCY_MISMATCH');
    first.set(inbound.externalId ?? '', content);
    return accepted;
  };
  part(1, { caption: 'see' });
  part(2);
  // The process ends right after the commit: nothing is confirmed.
  await start(async (inbound) => {
    await once(inbound);
    lifetime.abort();
    return accepted;
  });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  await stop();
  part(3);
  part(4);
  lifetime = new AbortController();
  await start(once);
  await server.until(() => server.unconfirmed().length === 0);
  expect([...first.values()].map((content) => JSON.parse(content))).toEqual([
    ['see', [1, 2]],
    ['', [3, 4]],
  ]);
  expect(refused).toEqual([]);
});

test('A1 an album that could not be committed is tried again whole, and confirmed only then', async () => {
  let isUp = false;
  part(1);
  part(2);
  await start(async () => {
    if (!isUp) throw new GatewayError('LOG_UNAVAILABLE', { details: { retryAfterMs: 10 } });
    return accepted;
  });
  await server.until(() => (server.calls.get('getUpdates') ?? 0) >= 2);
  expect(server.unconfirmed()).toHaveLength(2);
  isUp = true;
  await server.until(() => server.unconfirmed().length === 0);
  expect(sizes()).toEqual([[1, 2]]);
});

test('A10 an album at the end of as many updates as come at once is not torn', async () => {
  for (let n = 1; n <= 98; n++) server.say({ text: `message ${n}` });
  for (let n = 1; n <= 4; n++) part(n);
  await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(received).toHaveLength(99);
  expect(sizes().at(-1)).toEqual([1, 2, 3, 4]);
});

// Webhook

const HOOK = { webhookUrl: 'https://gateway.example/webhooks/telegram/default' };
const call = (body: unknown, secret?: string): ChannelCall => ({
  method: 'POST',
  headers: secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret },
  query: {},
  rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const update = (id: number, text: string) => ({
  update_id: id,
  message: { message_id: id, from: { id: 42, first_name: 'Ada' }, chat: { id: 42, type: 'private' }, text },
});

test('D {channels.telegram,channels.telegram.accounts.*}.{webhookUrl,webhookSecret} tell Telegram where to call and with what to prove itself, and nothing is polled', async () => {
  await start(undefined, { ...HOOK, webhookSecret: 'a-secret' });
  expect(server.webhook()).toMatchObject({
    url: HOOK.webhookUrl,
    secret: 'a-secret',
    atOnce: 1,
    allowed: expect.arrayContaining(['message', 'channel_post']),
  });
  expect([connected, server.calls.get('getUpdates')]).toEqual([1, undefined]);
});

test('A1 an update that Telegram brings is received, and answered once it is committed', async () => {
  const commit = Promise.withResolvers<Received>();
  const { webhook } = await start(() => commit.promise, HOOK);
  const secret = server.webhook()?.secret;
  expect(secret).toMatch(/^[\w-]{32,256}$/);
  let answered = false;
  const answer = webhook?.(call(update(1, 'hello'), secret)).finally(() => {
    answered = true;
  });
  await new Promise(setImmediate);
  expect(answered).toBe(false);
  commit.resolve(accepted);
  expect(await answer).toEqual({ status: 200 });
  expect(texts()).toEqual(['hello']);
});

test('A2 a call without Telegram’s secret, or with another, is refused', async () => {
  const { webhook } = await start(undefined, HOOK);
  await expect(webhook?.(call(update(1, 'hello')))).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
  await expect(webhook?.(call(update(1, 'hello'), 'guess'))).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(received).toEqual([]);
});

test('A1 what could not be committed is thrown, so that Telegram brings it again; what can never be is recorded and done', async () => {
  const { webhook } = await start(async ({ text }) => {
    throw new GatewayError(text === 'later' ? 'LOG_OVERLOADED' : 'BAD_REQUEST');
  }, HOOK);
  const secret = server.webhook()?.secret;
  await expect(webhook?.(call(update(1, 'later'), secret))).rejects.toMatchObject({ code: 'LOG_OVERLOADED' });
  expect(await webhook?.(call(update(2, 'never'), secret))).toEqual({ status: 200 });
  expect(await webhook?.(call('{', secret))).toEqual({ status: 200 });
  expect(refused.map(({ code }) => code)).toEqual(['BAD_REQUEST', 'CHANNEL_BAD_UPDATE']);
});

test('C1 what is taken is told by its update_id, by polling and by webhook, where Telegram also says how its calls went', async () => {
  server.push({ update_id: 700, message: 'garbage' });
  const polling = await start();
  await server.until(() => server.unconfirmed().length === 0);
  expect(polling.facts?.()).toEqual({ position: { name: 'update_id', value: '700' } });
  await stop();
  lifetime = new AbortController();
  const { facts, webhook, probe } = await start(undefined, HOOK);
  await vi.waitFor(() => expect(facts?.().webhook).toMatchObject({ address: HOOK.webhookUrl, pending: 0, askedAt: expect.any(Number) }));
  expect(facts?.()).not.toHaveProperty('position');
  await expect(webhook?.(call(update(8, 'forged'), 'guess'))).rejects.toThrow();
  expect(facts?.().webhook).not.toHaveProperty('lastCallAt');
  await webhook?.(call(update(9, 'hello'), server.webhook()?.secret));
  expect(facts?.()).toMatchObject({ position: { value: '9' }, webhook: { lastCallAt: expect.any(Number) } });
  server.setWebhook('https://elsewhere.example/secret-path');
  await probe(never);
  expect(facts?.().webhook).toMatchObject({ address: 'elsewhere.example', lastCallAt: expect.any(Number) });
});

test('B12 the probe of a webhook says when it is not registered, and what Telegram’s last call came to', async () => {
  const { probe } = await start(undefined, HOOK);
  expect((await probe(never)).at(-1)).toMatchObject({ name: 'receive', ok: true, detail: 'webhook, 0 waiting' });
  server.setWebhook('https://elsewhere.example/hook');
  expect((await probe(never)).at(-1)).toMatchObject({ name: 'receive', ok: false, error: { code: 'CHANNEL_WEBHOOK_MISSING' } });
});

test('A10 an album that Telegram brings part by part is one message; each part is durable before Telegram hears so, and what follows comes after it', async () => {
  const kept: unknown[] = [];
  const { webhook } = await start(undefined, HOOK, {
    keepPart: async ({ update: given }) => void kept.push(given),
    keptParts: async () => [],
  });
  const secret = server.webhook()?.secret;
  const photoUpdate = (id: number, caption = '') => {
    const { message, ...rest } = update(id, '');
    return { ...rest, message: { ...message, text: undefined, caption, photo: photo(id), media_group_id: 'g1' } };
  };
  for (const id of [1, 2, 2, 3]) {
    expect(await webhook?.(call(photoUpdate(id, id === 1 ? 'see' : ''), secret))).toEqual({ status: 200 });
    expect([received.length, kept.at(-1)]).toMatchObject([0, { update_id: id }]);
  }
  await webhook?.(call(update(4, 'and this'), secret));
  expect(texts()).toEqual(['see', 'and this']);
  expect(sizes()).toEqual([[1, 2, 3], undefined]);
  await webhook?.(call(photoUpdate(5), secret));
  await vi.waitFor(() => expect(sizes().at(-1)).toEqual([5]));
  await stop();
  // Another life finds what was kept: the gateway knows what was received before.
  lifetime = new AbortController();
  received = [];
  await start(undefined, HOOK, { keepPart: async () => {}, keptParts: async () => kept });
  await vi.waitFor(() => expect(sizes()).toEqual([[1, 2, 3, 5]]));
});

test('A1 a part of an album that cannot be made durable is thrown, so that Telegram brings it again', async () => {
  const { webhook } = await start(undefined, HOOK, {
    keepPart: async () => {
      throw new GatewayError('LOG_OVERLOADED');
    },
  });
  const part1 = { update_id: 1, message: { ...update(1, '').message, photo: photo(1), media_group_id: 'g1' } };
  await expect(webhook?.(call(part1, server.webhook()?.secret))).rejects.toMatchObject({ code: 'LOG_OVERLOADED' });
});
