import { type GatewayError, newId } from '@openclaw-gateway/events';
import type { Amendment, ChannelAccount, Inbound, Received } from '@openclaw-gateway/sdk';
import { type ChannelHarness, channelContract } from '@openclaw-gateway/sdk/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BOT_TOKEN, type DiscordOptions, type DiscordServer, OTHER_GUILD, startDiscord } from '../../../../../e2e/stand-ins/discord.ts';
import discord from './index.ts';

const POST = 'POST /channels/:id/messages';
const GET = 'GET /channels/:id/messages';
const USER = '600000000000000042';
const DIRECT = '700000000000000042';
const CHANNEL = '500000000000000001';
/** In the other server. */
const OTHER_CHANNEL = '500000000000000002';
const settings = (server: DiscordServer) => ({ botToken: BOT_TOKEN, apiRoot: server.url });

channelContract('discord', async (): Promise<ChannelHarness> => {
  const server = await startDiscord({ heartbeatMs: 30 });
  const faults = {
    unavailable: { fault: 'status', status: 503 },
    'rate-limited': { fault: 'status', status: 429, body: { retry_after: 0.05, global: false } },
    refused: { fault: 'status', status: 403, body: { code: 50007, message: 'Cannot send messages to this user' } },
    dropped: { fault: 'drop' },
  } as const;
  return {
    definition: discord,
    config: settings(server),
    secrets: [BOT_TOKEN],
    peer: { kind: 'direct', id: DIRECT },
    userWrites: (text) => void server.say({ text }),
    bringAgain: () => server.repeat(),
    acknowledged: server.isAcknowledged,
    sent: () => server.sent.map((message) => message.text),
    failNextSend: (how) => server.fail(POST, faults[how]),
    refuseCredentials: server.revoke,
    loseConnection: () => {
      server.failAlways('gateway', { fault: 'drop' });
      server.dropConnections();
    },
    close: server.close,
  };
});

const never = new AbortController().signal;
const accepted = { status: 'accepted' } as Received;
let server: DiscordServer;
let lifetime: AbortController;
let account: ChannelAccount | undefined;
let received: Inbound[];
let amended: Amendment[];
let refused: GatewayError[];
let failures: (GatewayError | undefined)[];
let connected: number;
let identities: (string | undefined)[];

beforeEach(async () => {
  lifetime = new AbortController();
  [received, amended, refused, failures, connected, identities] = [[], [], [], [], 0, []];
  await serve();
});
afterEach(async () => {
  await stop();
  await server.close();
});

async function serve(options: DiscordOptions = {}): Promise<void> {
  await server?.close();
  server = await startDiscord({ heartbeatMs: 100, ...options });
}

type Started = {
  readonly receive?: (inbound: Inbound) => Promise<Received>;
  readonly lastConnectedAt?: number;
  readonly config?: object;
  readonly patienceMs?: number;
};

async function start({ receive = async () => accepted, config = {}, patienceMs = 1000, ...more }: Started = {}): Promise<ChannelAccount> {
  account = await discord.start({
    account: 'default',
    config: discord.config.parse({ ...settings(server), ...config }),
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
    connected: (identity) => {
      connected++;
      identities.push(identity);
    },
    disconnected: (_, error) => void failures.push(error),
    signal: lifetime.signal,
    ...more,
  });
  await vi.waitFor(() => expect(connected + failures.length).toBeGreaterThan(0), patienceMs);
  return account;
}
async function stop(): Promise<void> {
  lifetime.abort();
  await account?.stop();
  account = undefined;
}
const texts = () => received.map((inbound) => inbound.text);
const reply = (text: string, more: object = {}) => ({
  deliveryId: newId('delivery'),
  messageId: 'msg_1',
  to: { kind: 'direct', id: DIRECT } as const,
  text,
  attempt: 1,
  ...more,
});

test('A10 hundreds of messages come in order', async () => {
  await start();
  const said = Array.from({ length: 300 }, (_, index) => `message ${index}`);
  for (const text of said) server.say({ text });
  await server.until(server.isAcknowledged);
  expect(texts()).toEqual(said);
});

test('B12 a direct message to somebody goes to the conversation that Discord opens', async () => {
  const { direct, send } = await start();
  const to = await direct?.('42000', never);
  expect(to?.kind).toBe('direct');
  expect(to?.id).not.toBe('42000');
  await send({ ...reply('hello'), to: to ?? reply('').to }, never);
  expect(server.sent).toHaveLength(1);
});

test('C1 the dispatch up to which everything is committed is told', async () => {
  const held = Promise.withResolvers<void>();
  let taking = 0;
  const { facts } = await start({
    receive: async () => {
      taking++;
      await held.promise;
      return accepted;
    },
  });
  const sequence = () => Number(facts?.().position?.value ?? 0);
  const before = sequence();
  server.say({ text: 'hello' });
  server.say({ text: 'again' });
  await vi.waitFor(() => expect(taking).toBeGreaterThan(0));
  expect(sequence()).toBe(before);
  held.resolve();
  await server.until(server.isAcknowledged);
  expect(sequence()).toBe(before + 2);
  expect(facts?.()).toMatchObject({ version: 'v10', position: { name: 'sequence' } });
});

test('A10 a message in a server says who wrote it where, in which role, and whether it speaks to the bot', async () => {
  await start();
  server.say({ text: `<@900000000000000001> hello`, channelId: CHANNEL, mentionsBot: true });
  const thread = server.openThread(CHANNEL);
  server.say({ text: 'in the thread', channelId: thread, answersBot: true });
  await vi.waitFor(() => expect(received).toHaveLength(2));
  expect(received).toMatchObject([
    {
      text: 'hello',
      peer: { kind: 'channel', id: CHANNEL },
      mentioned: true,
      sender: { id: USER, name: 'Countess', roles: [expect.any(String), 'crew'] },
    },
    { peer: { kind: 'thread', id: thread }, parent: CHANNEL, mentioned: true },
  ]);
});

test.each([
  ['a dropped connection', () => server.dropConnections()],
  ['being asked to connect again', () => server.tell(7)],
  ['a session that may be resumed', () => server.tell(9, true)],
  ['heartbeats that are not answered', () => server.ignoreHeartbeats(true)],
] as const)('A10 after %s the session is resumed, nothing is lost and no failure is reported', async (_, break_) => {
  await start();
  server.say({ text: 'before' });
  break_();
  await server.until(() => (server.calls.get('resume') ?? 0) > 0);
  server.ignoreHeartbeats(false);
  server.say({ text: 'after' });
  await vi.waitFor(() => expect(new Set(texts())).toEqual(new Set(['before', 'after'])));
  expect(failures).toEqual([]);
  expect(server.calls.get('identify')).toBe(1);
});

test('A10 heartbeats that are answered keep the connection', async () => {
  await start();
  await server.until(() => (server.calls.get('heartbeat') ?? 0) > 5);
  expect([server.calls.get('gateway'), server.calls.get('resume')]).toEqual([1, undefined]);
});

test('A10 what was not committed when the connection broke is resumed after', async () => {
  const held = Promise.withResolvers<Received>();
  await start({ receive: ({ text }) => (text === 'one' ? held.promise : Promise.resolve(accepted)) });
  server.say({ text: 'one' });
  server.say({ text: 'two', channelId: CHANNEL });
  await vi.waitFor(() => expect(texts()).toEqual(['two']));
  server.dropConnections();
  await server.until(() => server.calls.get('resume') === 1);
  held.resolve(accepted);
  await vi.waitFor(() => expect(texts().filter((text) => text === 'one').length).toBeGreaterThan(1));
  await server.until(server.isAcknowledged);
});

test('A10 a session that is over is begun anew, and what was written meanwhile is asked for', async () => {
  await start();
  server.say({ text: 'before', channelId: CHANNEL });
  await vi.waitFor(() => expect(texts()).toEqual(['before']));
  server.forgetSessions();
  server.dropConnections();
  server.say({ text: 'meanwhile', channelId: CHANNEL, unheard: true });
  await server.until(() => server.calls.get('identify') === 2);
  server.say({ text: 'after', channelId: CHANNEL });
  await vi.waitFor(() => expect([...new Set(texts())]).toEqual(['before', 'meanwhile', 'after']));
  expect(failures).toEqual([]);
});

test('A10 what was written in an outage is asked for, also in threads and from those who may write directly', async () => {
  const since = Date.now();
  server.say({ text: 'missed', channelId: CHANNEL, unheard: true });
  const thread = server.openThread(CHANNEL);
  server.say({ text: 'missed in a thread', channelId: thread, unheard: true });
  server.say({ text: 'missed directly', unheard: true });
  await start({ lastConnectedAt: since, config: { allowFrom: [USER, '*'] } });
  server.say({ text: 'live', channelId: CHANNEL });
  await vi.waitFor(() => expect(new Set(texts())).toEqual(new Set(['missed', 'missed in a thread', 'missed directly', 'live'])));
  expect(received.find(({ text }) => text === 'missed in a thread')).toMatchObject({
    peer: { kind: 'thread', id: thread },
    parent: CHANNEL,
  });
  expect(received.find(({ text }) => text === 'missed directly')).toMatchObject({ peer: { kind: 'direct', id: DIRECT } });
  expect(texts().indexOf('missed')).toBeLessThan(texts().indexOf('live'));
});

test('A10 an account that is new asks for nothing that was written before', async () => {
  server.say({ text: 'old', channelId: CHANNEL, unheard: true });
  await start();
  server.say({ text: 'new', channelId: CHANNEL });
  await server.until(server.isAcknowledged);
  expect(texts()).toEqual(['new']);
  expect(server.calls.get(GET)).toBeUndefined();
});

test('A10 edits and deletions are handed over, each in its place', async () => {
  await start();
  const id = server.say({ text: 'first', channelId: CHANNEL });
  server.edit(id, 'second');
  server.remove(id);
  await vi.waitFor(() => expect(amended).toHaveLength(2));
  const place = { externalId: id, peer: { kind: 'channel', id: CHANNEL } };
  expect(amended).toEqual([
    { kind: 'edited', text: 'second', ...place },
    { kind: 'deleted', ...place },
  ]);
});

test('A1 garbage is recorded and does not hold up the next', async () => {
  await start();
  server.push('MESSAGE_CREATE', { id: 'none' });
  server.push('INTERACTION_CREATE', { id: '1' });
  server.say({ text: 'still here' });
  await vi.waitFor(() => expect(texts()).toEqual(['still here']));
  expect(refused.map(({ code }) => code)).toEqual(['CHANNEL_BAD_UPDATE', 'CHANNEL_BAD_UPDATE']);
});

test('A6 a reply answers the message, mentions nobody and shows no preview', async () => {
  const { send } = await start();
  const asked = server.say({ text: 'x', channelId: CHANNEL });
  await send(reply('**hi** <@1> @everyone', { to: { kind: 'channel', id: CHANNEL }, replyTo: asked }), never);
  expect(server.sent).toMatchObject([
    {
      channelId: CHANNEL,
      text: '**hi** \\<@1\\> @everyone',
      replyTo: asked,
      body: { allowed_mentions: { parse: [] }, flags: 4, enforce_nonce: true },
    },
  ]);
});

test('A6 a reply whose answer was lost is not sent twice: by its nonce, and later by being found', async () => {
  const { send } = await start();
  for (const forget of [false, true]) {
    const outbound = reply(`once ${forget}`);
    server.fail(POST, { fault: 'drop-after' });
    await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: true } });
    if (forget) server.forgetNonces();
    const { providerMessageId } = await send({ ...outbound, attempt: 2 }, never);
    expect(providerMessageId).toBe(server.sent.at(-1)?.id);
  }
  expect(server.sent).toHaveLength(2);
});

test('A6 after a restart and without its nonces, too, the parts that arrived are found and the rest is sent', async () => {
  const outbound = reply(['a', 'b', 'c'].map((letter) => letter.repeat(1500)).join('\n\n'));
  server.fail(POST, { fault: 'drop-after' });
  await expect((await start()).send(outbound, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  await stop();
  server.forgetNonces();
  lifetime = new AbortController();
  await (await start()).send({ ...outbound, attempt: 2 }, never);
  expect(server.sent.map(({ text }) => text[0])).toEqual(['a', 'b', 'c']);
});

test('A6 two replies of the same words are two messages', async () => {
  const { send } = await start();
  await send(reply('yes'), never);
  const second = reply('yes');
  server.fail(POST, { fault: 'drop' });
  await expect(send(second, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  await send({ ...second, attempt: 2 }, never);
  expect(server.sent).toHaveLength(2);
});

test('A6 a route that is closed for long is not called until it opens; the others are', async () => {
  const { send } = await start();
  server.fail(POST, { fault: 'status', status: 429, body: { retry_after: 60, global: false } });
  await expect(send(reply('x'), never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED', details: { retryAfterMs: 60_000 } });
  await expect(send(reply('x'), never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED' });
  expect(server.calls.get(POST)).toBe(1);
  await send(reply('y', { to: { kind: 'channel', id: CHANNEL } }), never);
  server.fail(POST, { fault: 'status', status: 429, body: { retry_after: 60, global: true } });
  await expect(send(reply('z', { to: { kind: 'channel', id: CHANNEL } }), never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED' });
  await expect(send(reply('z', { to: { kind: 'channel', id: '500000000000000002' } }), never)).rejects.toMatchObject({
    code: 'CHANNEL_RATE_LIMITED',
  });
});

test('A6 that an answer is being written is shown', async () => {
  const { typing } = await start();
  await typing?.({ kind: 'channel', id: CHANNEL }, never);
  expect(server.typed).toEqual([CHANNEL]);
});

test('B12 a probe names what is missing', async () => {
  await start();
  const probe = () => discord.probe?.(discord.config.parse(settings(server)) as never, never);
  expect((await probe())?.map(({ name, ok }) => [name, ok])).toEqual([
    ['connect', true],
    ['clock', true],
    ['auth', true],
    ['permissions', true],
    ['receive', true],
  ]);
  server.fail('GET /applications/@me', { fault: 'status', status: 200, body: { flags: 0 } });
  expect((await probe())?.at(-1)).toMatchObject({
    name: 'permissions',
    error: { code: 'CHANNEL_FORBIDDEN', message: expect.stringContaining('Message Content Intent') },
  });
});

test('A7 an intent that Discord does not allow is named; without it the bot connects', async () => {
  await serve({ messageContent: false });
  await start();
  expect(failures).toMatchObject([{ code: 'CHANNEL_FORBIDDEN', details: { permission: 'MESSAGE_CONTENT' } }]);
  await stop();
  lifetime = new AbortController();
  failures = [];
  await start({ config: { messageContent: false } });
  expect([connected, failures]).toEqual([1, []]);
});

describe('A10 a bot in many servers', () => {
  // A heartbeat that a busy machine answers late would end a shard for another cause than the one a test is about.
  beforeEach(() => serve({ shards: 2, concurrency: 2, heartbeatMs: 5_000 }));

  test('is connected by as many shards as Discord recommends, each for its servers, and answers what comes by each', async () => {
    const { send, probe } = await start();
    expect(identities).toEqual(['@stand_in, 2 shards']);
    expect(server.identified.toSorted()).toEqual([
      [0, 2],
      [1, 2],
    ]);
    server.say({ text: 'in one server', channelId: CHANNEL });
    server.say({ text: 'in another', channelId: OTHER_CHANNEL, guildId: OTHER_GUILD });
    server.say({ text: 'directly' });
    await vi.waitFor(() => expect(texts().toSorted()).toEqual(['directly', 'in another', 'in one server']));
    for (const { peer, text } of received) await send(reply(`answer to ${text}`, { to: peer }), never);
    expect(server.sent.map(({ channelId }) => channelId).toSorted()).toEqual([CHANNEL, OTHER_CHANNEL, DIRECT].toSorted());
    const receive = async () => (await probe(never)).find(({ name }) => name === 'receive');
    expect(await receive()).toMatchObject({ ok: true, detail: '2 of 2 shards connected, 999 sessions left today' });
    const used = { url: 'ws://x', shards: 2, session_start_limit: { remaining: 1, reset_after: 5, max_concurrency: 2 } };
    server.failAlways('GET /gateway/bot', { fault: 'status', status: 200, body: used });
    expect(await receive()).toMatchObject({ ok: true, detail: '2 of 2 shards connected, 1 sessions left today' });
  });

  test('a shard whose connection drops is resumed alone, and nothing is lost', async () => {
    await start();
    server.say({ text: 'before', channelId: CHANNEL });
    await vi.waitFor(() => expect(texts()).toEqual(['before']));
    server.dropConnections(1);
    server.say({ text: 'meanwhile', channelId: CHANNEL });
    server.say({ text: 'elsewhere', channelId: OTHER_CHANNEL, guildId: OTHER_GUILD });
    await vi.waitFor(() => expect(new Set(texts())).toEqual(new Set(['before', 'meanwhile', 'elsewhere'])));
    expect(server.resumed).toEqual([1]);
    expect(server.identified).toHaveLength(2);
    expect(failures).toEqual([]);
  });

  test('a shard that cannot connect is tried again while another is connected, and the account fails when none is', async () => {
    const { probe } = await start();
    const receive = async () => (await probe(never)).find(({ name }) => name === 'receive')?.detail;
    server.failAlways('gateway', { fault: 'drop' });
    server.dropConnections(1);
    await server.until(() => (server.calls.get('gateway') ?? 0) > 3);
    expect(await receive()).toContain('1 of 2 shards connected');
    server.failAlways('gateway', undefined);
    await vi.waitFor(() => expect(server.resumed).toEqual([1]), 10_000);
    expect(failures).toEqual([]);
    server.failAlways('gateway', { fault: 'drop' });
    server.dropConnections();
    await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'CHANNEL_UNAVAILABLE' }]), 10_000);
  });

  test('what was written in an outage is asked for in the servers of every shard', async () => {
    const since = Date.now();
    server.say({ text: 'missed here', channelId: CHANNEL, unheard: true });
    server.say({ text: 'missed there', channelId: OTHER_CHANNEL, guildId: OTHER_GUILD, unheard: true });
    server.say({ text: 'missed directly', unheard: true });
    await start({ lastConnectedAt: since, config: { allowFrom: [USER] } });
    await vi.waitFor(() => expect(texts().toSorted()).toEqual(['missed directly', 'missed here', 'missed there']));
  });

  test('that is in more servers by now fails once, and is then connected by more shards', async () => {
    await start();
    server.recommendShards(3);
    server.forgetSessions();
    server.dropConnections(0);
    await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'CHANNEL_UNAVAILABLE', details: { closeCode: 4011 } }]), 15_000);
    await stop();
    lifetime = new AbortController();
    [failures, connected] = [[], 0];
    await start({ patienceMs: 15_000 });
    expect(identities.at(-1)).toBe('@stand_in, 3 shards');
  }, 40_000);

  test('with fewer sessions left today than there are shards begins none', async () => {
    const answer = { url: 'ws://x', shards: 2, session_start_limit: { remaining: 1, reset_after: 5, max_concurrency: 1 } };
    server.failAlways('GET /gateway/bot', { fault: 'status', status: 200, body: answer });
    await start();
    expect(failures).toMatchObject([{ code: 'CHANNEL_RATE_LIMITED', details: { retryAfterMs: 5 } }]);
    expect(server.identified).toEqual([]);
    const probe = async () => (await discord.probe?.(discord.config.parse(settings(server)) as never, never))?.at(-1);
    expect(await probe()).toMatchObject({ name: 'receive', ok: false, error: { code: 'CHANNEL_RATE_LIMITED' } });
  });

  test('shards that may not identify at once do so five seconds after each other', async () => {
    await serve({ shards: 2, concurrency: 1, identifyEveryMs: 4_900, heartbeatMs: 5_000 });
    await start({ patienceMs: 15_000 });
    expect(server.identified).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(server.calls.get('gateway')).toBe(2);
  }, 20_000);
});

test.each([
  ['a server error', { fault: 'status', status: 502 }, 'CHANNEL_UNAVAILABLE'],
  ['a rate limit', { fault: 'status', status: 429, body: { retry_after: 9 } }, 'CHANNEL_RATE_LIMITED'],
  ['garbage', { fault: 'garbage' }, 'CHANNEL_UNAVAILABLE'],
  [
    'no sessions left',
    { fault: 'status', status: 200, body: { url: 'ws://x', session_start_limit: { remaining: 0, reset_after: 5 } } },
    'CHANNEL_RATE_LIMITED',
  ],
] as const)('A7 connecting that meets %s ends with %3$s', async (_, fault, code) => {
  server.failAlways('GET /gateway/bot', fault);
  await start();
  expect(failures).toMatchObject([{ code }]);
});

const contentOf = async (attachment: NonNullable<Inbound['attachments']>[number] | undefined) => {
  const parts: Uint8Array[] = [];
  for await (const part of (await attachment?.open(never)) ?? []) parts.push(part);
  return Buffer.concat(parts);
};
const fileOf = (name: string, content: string) => ({
  name,
  mimeType: 'text/plain',
  size: Buffer.byteLength(content),
  bytes: async () => Buffer.from(content),
});

test('A10 a file comes in without a text, and is fetched whole when the gateway wants it', async () => {
  await start();
  const bytes = Buffer.alloc(100_000, 7);
  server.say({ text: '', extra: { attachments: [server.hold('a.pdf', 'application/pdf', bytes)] } });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(received[0]).toMatchObject({ text: '', attachments: [{ name: 'a.pdf', mimeType: 'application/pdf', size: bytes.length }] });
  const [attachment] = received[0]?.attachments ?? [];
  expect((await contentOf(attachment)).equals(bytes)).toBe(true);
  server.failAlways('file', { fault: 'status', status: 404 });
  await expect(contentOf(attachment)).rejects.toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE' });
});

test('A6 files go out after the text, ten in a message, and one that may have arrived is not sent twice', async () => {
  const { send } = await start();
  const attachments = Array.from({ length: 12 }, (_, at) => fileOf(`no ${at}.txt`, 'x'.repeat(at + 1)));
  const outbound = { ...reply('see'), attachments };
  server.fail('POST /channels/:id/messages', { fault: 'drop-after' });
  await expect(send(outbound, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  await send({ ...outbound, attempt: 2 }, never);
  expect(server.sent.map(({ text, files = [] }) => [text, files.length])).toEqual([
    ['see', 0],
    ['', 10],
    ['', 2],
  ]);
  expect(server.sent[2]?.files?.[1]).toMatchObject({ name: 'no 11.txt', bytes: Buffer.from('x'.repeat(12)) });
});

test('A6 a message with files whose answer was lost is found again by the sizes of its files', async () => {
  const { send } = await start();
  const outbound = { ...reply(''), attachments: [fileOf('a b.txt', 'first')] };
  server.fail('POST /channels/:id/messages', { fault: 'drop-after' });
  await expect(send(outbound, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  server.forgetNonces();
  await send({ ...outbound, attempt: 2 }, never);
  expect(server.sent).toHaveLength(1);
});
