import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Inbound, Received } from '@openclaw-gateway/sdk';
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
let refused: GatewayError[];
let failures: (GatewayError | undefined)[];
let connected: number;

beforeEach(async () => {
  server = await startTelegram();
  lifetime = new AbortController();
  [received, refused, failures, connected] = [[], [], [], 0];
});
afterEach(async () => {
  await stop();
  await server.close();
});

async function start(receive: (inbound: Inbound) => Promise<Received> = async () => accepted): Promise<ChannelAccount> {
  account = await telegram.start({
    account: 'default',
    config: { botToken: server.token, apiRoot: `${server.url}/` },
    receive: async (inbound) => {
      const result = await receive(inbound);
      received.push(inbound);
      return result;
    },
    amend: async () => 'recorded',
    refuse: async (_, error) => void refused.push(error),
    connected: () => {
      connected++;
    },
    disconnected: (_, error) => void failures.push(error),
    signal: lifetime.signal,
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
