import { GatewayError, newId } from '@openclaw-gateway/events';
import type { Amendment, ChannelAccount, Inbound, Received } from '@openclaw-gateway/sdk';
import { type ChannelHarness, channelContract } from '@openclaw-gateway/sdk/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { APP_TOKEN, BOT, BOT_TOKEN, type SlackServer, startSlack } from '../../../../../e2e/stand-ins/slack.ts';
import { fileOpener } from './files.ts';
import slack from './index.ts';

const settings = (server: SlackServer) => ({ botToken: BOT_TOKEN, appToken: APP_TOKEN, slackApiUrl: server.url });

channelContract('slack', async (): Promise<ChannelHarness> => {
  const server = await startSlack();
  const faults = {
    unavailable: { fault: 'status', status: 503 },
    'rate-limited': { fault: 'status', status: 429, retryAfterSeconds: 3 },
    refused: { fault: 'status', status: 200, body: { ok: false, error: 'is_archived' } },
    dropped: { fault: 'drop' },
  } as const;
  return {
    definition: slack,
    config: settings(server),
    secrets: [BOT_TOKEN, APP_TOKEN],
    peer: { kind: 'direct', id: 'D42' },
    userWrites: (text) => void server.say({ text }),
    bringAgain: () => server.repeat(),
    acknowledged: () => server.unacknowledged() === 0,
    sent: () => server.sent.map((message) => message.text),
    failNextSend: (how) => server.fail('chat.postMessage', faults[how]),
    refuseCredentials: server.revoke,
    loseConnection: () => {
      server.failAlways('apps.connections.open', { fault: 'drop' });
      server.dropConnections();
    },
    close: server.close,
  };
});

const never = new AbortController().signal;
const accepted = { status: 'accepted' } as Received;
let server: SlackServer;
let lifetime: AbortController;
let account: ChannelAccount | undefined;
let received: Inbound[];
let amended: Amendment[];
let refused: GatewayError[];
let failures: (GatewayError | undefined)[];
let connected: string[];

beforeEach(async () => {
  server = await startSlack();
  lifetime = new AbortController();
  [received, amended, refused, failures, connected] = [[], [], [], [], []];
});
afterEach(async () => {
  await stop();
  await server.close();
});

type Started = { readonly receive?: (inbound: Inbound) => Promise<Received>; readonly lastConnectedAt?: number };

async function start({ receive = async () => accepted, ...more }: Started = {}): Promise<ChannelAccount> {
  account = await slack.start({
    account: 'default',
    config: settings(server),
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
    connected: (identity = '') => void connected.push(identity),
    disconnected: (_, error) => void failures.push(error),
    signal: lifetime.signal,
    ...more,
  });
  await vi.waitFor(() => expect(connected.length + failures.length).toBeGreaterThan(0));
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
  to: { kind: 'direct', id: 'D42' } as const,
  text,
  attempt: 1,
  ...more,
});

test('A10 hundreds of messages come in order, also when Slack shuffles what it sends in one moment', async () => {
  server.reorder(true);
  await start();
  const said = Array.from({ length: 300 }, (_, index) => `message ${index}`);
  for (const text of said) server.say({ text });
  await server.until(() => server.unacknowledged() === 0);
  expect(texts()).toEqual(said);
});

test('A10 the account says who it is and where', async () => {
  await start();
  expect(connected).toEqual(['@stand_in in Stand-in']);
});

test('C1 the last envelope that was acknowledged is told, and none before the first', async () => {
  const { facts } = await start();
  expect(facts?.()).toEqual({});
  server.say({ text: 'hello' });
  await server.until(() => server.unacknowledged() === 0);
  expect(facts?.().position).toMatchObject({ name: 'envelope_id', value: expect.stringMatching(/./) });
});

test('A10 what the bot itself says comes back and is ignored', async () => {
  const { send } = await start();
  await send(reply('mine'), never);
  await server.until(() => server.unacknowledged() === 0);
  expect(received).toEqual([]);
});

test('A10 a new connection that Slack asks for is made, and nothing is lost or reported', async () => {
  await start();
  server.say({ text: 'before' });
  server.refresh();
  await server.until(() => server.calls.get('apps.connections.open') === 2);
  server.say({ text: 'after' });
  await vi.waitFor(() => expect(new Set(texts())).toEqual(new Set(['before', 'after'])));
  await server.until(() => server.connections() === 1);
  expect(failures).toEqual([]);
});

test('A10 Socket Mode that is switched off is named as the cause', async () => {
  await start();
  server.refresh('link_disabled');
  await vi.waitFor(() =>
    expect(failures).toMatchObject([{ code: 'CHANNEL_UNAUTHORIZED', message: expect.stringContaining('Socket Mode') }]),
  );
});

test('A10 an event that was not committed before the connection broke comes again by the next', async () => {
  const held = Promise.withResolvers<Received>();
  await start({ receive: () => held.promise });
  server.say({ text: 'not yet' });
  await vi.waitFor(() => expect(server.unacknowledged()).toBe(1));
  server.dropConnections();
  await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'CHANNEL_UNAVAILABLE' }]));
  await stop();
  lifetime = new AbortController();
  await start();
  await server.until(() => server.unacknowledged() === 0);
  expect(texts()).toContain('not yet');
});

test('A10 edits and deletions are handed over, each in its place', async () => {
  await start();
  const ts = server.say({ text: 'first', channel: 'C7' });
  server.edit('C7', ts, 'second');
  server.remove('C7', ts);
  await server.until(() => server.unacknowledged() === 0);
  const place = { externalId: `C7:${ts}`, peer: { kind: 'channel', id: 'C7' } };
  expect(amended).toEqual([
    { kind: 'edited', text: 'second', ...place },
    { kind: 'deleted', ...place },
  ]);
});

test('A1 what is not supported is recorded once, acknowledged, and does not hold up the next', async () => {
  await start();
  server.pushEnvelope('slash_commands', { command: '/claw' });
  server.push({ type: 'message', channel: 'C1' });
  server.say({ text: 'still here' });
  await server.until(() => server.unacknowledged() === 0);
  expect(texts()).toEqual(['still here']);
  expect(refused.map(({ code }) => code)).toEqual(['CHANNEL_BAD_UPDATE', 'CHANNEL_BAD_UPDATE']);
});

test('A10 what was written in an outage is asked for, once, in order and before what comes then', async () => {
  const since = Date.now();
  server.say({ text: 'missed 1', channel: 'C1', unheard: true });
  const root = server.say({ text: 'missed 2', channel: 'C1', unheard: true });
  server.say({ text: 'missed in a thread', channel: 'C1', threadTs: root, unheard: true });
  server.say({ text: 'missed by the bot', channel: 'C1', unheard: true, extra: { user: 'UBOT', bot_id: 'BBOT' } });
  server.say({ text: 'missed directly', channel: 'D9', user: 'U9', unheard: true });
  await start({ lastConnectedAt: since });
  server.say({ text: 'live', channel: 'C1' });
  // What comes by the connection, too, is the same message, which the gateway takes once.
  await vi.waitFor(() => expect(new Set(texts()).size).toBe(5));
  const ofChannel = received.filter(({ peer, parent }) => (parent ?? peer.id) === 'C1').map(({ text }) => text);
  expect([...new Set(ofChannel)]).toEqual(['missed 1', 'missed 2', 'missed in a thread', 'live']);
  expect(received.find(({ text }) => text === 'missed in a thread')?.peer).toEqual({ kind: 'thread', id: `C1:${root}` });
  expect(texts()).toContain('missed directly');
});

test('A10 an account that is new asks for nothing that was written before', async () => {
  server.say({ text: 'old', unheard: true });
  await start();
  server.say({ text: 'new' });
  await server.until(() => server.unacknowledged() === 0);
  expect(texts()).toEqual(['new']);
  expect(server.calls.get('conversations.history')).toBeUndefined();
});

test('A6 a reply in a thread goes to the thread, as rich text without previews', async () => {
  const { send } = await start();
  const { providerMessageId } = await send(reply('**hi** <!channel>', { to: { kind: 'thread', id: 'C1:1.5' } }), never);
  expect(server.sent).toMatchObject([{ channel: 'C1', threadTs: '1.5', text: 'hi &lt;!channel&gt;' }]);
  expect(JSON.stringify(server.sent[0]?.blocks)).toContain('{"type":"text","text":"hi","style":{"bold":true}}');
  expect(providerMessageId).toBe(`C1:${server.sent[0]?.ts}`);
});

test('A6 a reply that arrived although its answer was lost is found again and not sent twice', async () => {
  const { send } = await start();
  for (const to of [
    { kind: 'direct', id: 'D42' } as const,
    { kind: 'thread', id: `C1:${server.say({ text: 'x', channel: 'C1' })}` } as const,
  ]) {
    const outbound = reply('once', { to });
    server.fail('chat.postMessage', { fault: 'drop-after' });
    await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: true } });
    const { providerMessageId } = await send({ ...outbound, attempt: 2 }, never);
    expect(providerMessageId).toBe(`${to.id.split(':')[0]}:${server.sent.at(-1)?.ts}`);
  }
  expect(server.sent).toHaveLength(2);
});

test('A6 after a restart, too, the parts that arrived are found and the rest is sent', async () => {
  const long = ['a', 'b', 'c'].map((letter) => letter.repeat(3000)).join('\n\n');
  const outbound = reply(long);
  server.fail('chat.postMessage', { fault: 'drop-after' });
  await expect((await start()).send(outbound, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  await stop();
  lifetime = new AbortController();
  await (await start()).send({ ...outbound, attempt: 2 }, never);
  expect(server.sent.map(({ text }) => text[0])).toEqual(['a', 'b', 'c']);
});

test('A6 what was not sent for certain is sent again without a look', async () => {
  const { send } = await start();
  const outbound = reply('later');
  server.fail('chat.postMessage', { fault: 'status', status: 429, retryAfterSeconds: 7 });
  await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED', details: { retryAfterMs: 7000 } });
  await send({ ...outbound, attempt: 2 }, never);
  expect(server.sent).toHaveLength(1);
  expect(server.calls.get('conversations.history')).toBeUndefined();
});

test('A6 while it cannot be told whether a reply arrived, it is not sent', async () => {
  const { send } = await start();
  server.failAlways('conversations.history', { fault: 'status', status: 503 });
  await expect(send(reply('unclear', { attempt: 2 }), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
  expect(server.sent).toEqual([]);
});

test('A6 a service that hangs is given up when the attempt is', async () => {
  const { send } = await start();
  server.fail('chat.postMessage', { fault: 'hang' });
  const control = new AbortController();
  const sending = send(reply('x'), control.signal);
  await server.until(() => server.calls.get('chat.postMessage') === 1);
  control.abort();
  await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: true } });
});

test('A6 that an answer is being written is shown in threads', async () => {
  const { typing } = await start();
  await typing?.({ kind: 'thread', id: 'C1:1.5' }, never);
  await typing?.({ kind: 'channel', id: 'C1' }, never);
  expect(server.statuses).toMatchObject([{ channel: 'C1', threadTs: '1.5' }]);
});

test('A10 what names the bot in a channel begins a thread; what is written there without naming it speaks to it, also after a restart', async () => {
  await start();
  const root = server.say({ text: `<@${BOT.userId}> hello`, channel: 'C1' });
  server.say({ text: 'and then?', channel: 'C1', threadTs: root, extra: { parent_user_id: 'U42' } });
  await server.until(() => server.unacknowledged() === 0);
  const place = { peer: { kind: 'thread', id: `C1:${root}` }, parent: 'C1', parentKind: 'channel', mentioned: true };
  expect(received).toMatchObject([place, place]);
  expect(server.calls.get('conversations.replies')).toBeUndefined();
  await stop();
  lifetime = new AbortController();
  await start();
  const other = server.say({ text: 'among people', channel: 'C1' });
  for (const [threadTs, text] of [
    [root, 'still there?'],
    [other, 'yes'],
    [other, 'yes, yes'],
  ] as const)
    server.say({ text, channel: 'C1', threadTs, extra: { parent_user_id: 'U42' } });
  await server.until(() => server.unacknowledged() === 0);
  expect(received.slice(2).map(({ text, mentioned }) => [text, mentioned])).toEqual([
    ['among people', false],
    ['still there?', true],
    ['yes', false],
    ['yes, yes', false],
  ]);
  expect(server.calls.get('conversations.replies')).toBe(2);
});

test('A10 a thread that Slack says nothing of is one among people, and Slack is left alone for as long as it asks', async () => {
  await start();
  server.fail('conversations.replies', { fault: 'status', status: 429, retryAfterSeconds: 30 });
  for (const text of ['one', 'two']) server.say({ text, channel: 'C1', threadTs: '1.5' });
  await server.until(() => server.unacknowledged() === 0);
  expect(received.map(({ mentioned }) => mentioned)).toEqual([false, false]);
  expect(server.calls.get('conversations.replies')).toBe(1);
});

test('A10 people go by their names, and each is asked for once', async () => {
  server.name('U42', 'Ada');
  server.name('U7', 'Ben\n B.');
  await start();
  server.say({ text: `<@${BOT.userId}> ask <@U7> and <@U8|cy>`, channel: 'C1' });
  const ts = server.say({ text: 'hi <@U7>' });
  server.edit('D42', ts, 'hello <@U7>');
  await server.until(() => server.unacknowledged() === 0);
  expect(received.map(({ sender, text }) => [sender.name, text])).toEqual([
    ['Ada', 'ask @Ben B. and @cy'],
    ['Ada', 'hi @Ben B.'],
  ]);
  expect(amended).toMatchObject([{ text: 'hello @Ben B.' }]);
  expect(server.calls.get('users.info')).toBe(2);
});

test('A10 without the scope users:read people go by their ids, and the probe says so', async () => {
  server.name('U42', 'Ada');
  server.grant(['chat:write', 'im:history']);
  const { probe } = await start();
  for (const text of ['hi <@U7>', 'again']) server.say({ text });
  await server.until(() => server.unacknowledged() === 0);
  expect(received.map(({ sender, text }) => [sender, text])).toEqual([
    [{ id: 'U42' }, 'hi @U7'],
    [{ id: 'U42' }, 'again'],
  ]);
  expect(server.calls.get('users.info')).toBe(1);
  const permissions = (await probe(never)).find(({ name }) => name === 'permissions');
  expect(permissions).toMatchObject({ ok: true, detail: 'im:history; without users:read people go by their ids' });
});

test.each([
  ['a rate limit', { fault: 'status', status: 429, retryAfterSeconds: 30 }],
  ['a hang', { fault: 'hang' }],
] as const)('A7 %s of Slack when it is asked for a name holds up no message', async (_, fault) => {
  server.name('U42', 'Ada');
  await start();
  server.failAlways('users.info', fault);
  for (const text of ['one', 'two']) server.say({ text });
  await server.until(() => server.unacknowledged() === 0, 10_000);
  expect(received.map(({ sender }) => sender)).toEqual([{ id: 'U42' }, { id: 'U42' }]);
  expect(server.calls.get('users.info')).toBe(1);
});

test('A1 the same message whose sender has a name by now is the same message', async () => {
  const seen = new Set<string | undefined>();
  const receive = async (inbound: Inbound) => {
    if (seen.has(inbound.externalId)) throw new GatewayError('IDEMPOTENCY_MISMATCH');
    seen.add(inbound.externalId);
    return accepted;
  };
  await start({ receive });
  server.say({ text: 'hi' });
  await server.until(() => server.unacknowledged() === 0);
  server.repeat();
  await server.until(() => server.unacknowledged() === 0);
  expect(refused).toEqual([]);
});

test('B12 a probe names what is missing', async () => {
  await start();
  const probe = () => slack.probe?.(slack.config.parse(settings(server)) as never, never);
  expect((await probe())?.map(({ name, ok }) => [name, ok])).toEqual([
    ['connect', true],
    ['clock', true],
    ['auth', true],
    ['permissions', true],
    ['receive', true],
  ]);
  server.fail('apps.connections.open', {
    fault: 'status',
    status: 200,
    body: { ok: false, error: 'missing_scope', needed: 'connections:write' },
  });
  expect((await probe())?.at(-1)).toMatchObject({
    name: 'receive',
    ok: false,
    error: { code: 'CHANNEL_FORBIDDEN', details: { permission: 'connections:write' } },
  });
});

test.each([
  ['a server error', { fault: 'status', status: 502 }, 'CHANNEL_UNAVAILABLE'],
  ['a rate limit', { fault: 'status', status: 429, retryAfterSeconds: 9 }, 'CHANNEL_RATE_LIMITED'],
  ['garbage', { fault: 'garbage' }, 'CHANNEL_UNAVAILABLE'],
  ['no address', { fault: 'status', status: 200, body: { ok: true } }, 'CHANNEL_UNAVAILABLE'],
] as const)('A7 connecting that meets %s ends with %3$s', async (_, fault, code) => {
  server.failAlways('apps.connections.open', fault);
  await start();
  expect(failures).toMatchObject([{ code }]);
  expect(connected).toEqual([]);
});

const contentOf = async (attachment: NonNullable<Inbound['attachments']>[number] | undefined) => {
  const parts: Uint8Array[] = [];
  for await (const part of (await attachment?.open(never)) ?? []) parts.push(part);
  return Buffer.concat(parts);
};

test('A10 a file comes in without a text, and is fetched whole when the gateway wants it', async () => {
  await start();
  const bytes = Buffer.alloc(100_000, 7);
  server.say({ text: '', extra: { subtype: 'file_share', files: [server.hold('a b.pdf', 'application/pdf', bytes)] } });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(received[0]).toMatchObject({ text: '', attachments: [{ name: 'a b.pdf', mimeType: 'application/pdf', size: bytes.length }] });
  expect(server.calls.get('file')).toBeUndefined();
  expect((await contentOf(received[0]?.attachments?.[0])).equals(bytes)).toBe(true);
});

test('A10 a file that lies elsewhere is not asked for: the token goes to Slack alone', async () => {
  await start();
  const elsewhere = 'https://slack.com.example.org/files-pri/x';
  const file = { ...server.hold('a.pdf', 'application/pdf', Buffer.from('x')), url_private_download: elsewhere };
  server.say({ text: 'see', extra: { files: [file, { id: 'F0', mode: 'hidden_by_limit' }] } });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  const [attachment, ...others] = received[0]?.attachments ?? [];
  expect(others).toEqual([]);
  await expect(contentOf(attachment)).rejects.toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE' });
});

test.each([
  ['nothing (404)', { fault: 'status', status: 404 }],
  ['a broken socket', { fault: 'drop' }],
] as const)('A7 a file that Slack answers with %s fails without the token in sight', async (_, fault) => {
  await start();
  server.say({ text: 'see', extra: { files: [server.hold('a.pdf', 'application/pdf', Buffer.from('content'))] } });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  server.failAlways('file', fault);
  const outcome = await contentOf(received[0]?.attachments?.[0]).catch((error: unknown) => error);
  expect(String(outcome)).not.toContain(BOT_TOKEN);
  expect(outcome).toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE' });
});

test('A7 a token without files:read gets a page to sign in, which is not taken for the file', async () => {
  const { url_private_download: url } = server.hold('a.pdf', 'application/pdf', Buffer.from('content'));
  const opened = fileOpener(server.url, 'xoxb-other')({ url: String(url), mimeType: 'application/pdf' }, never);
  await expect(opened).rejects.toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE', message: expect.stringContaining('files:read') });
});

const fileOf = (name: string, content: string) => ({
  name,
  mimeType: 'text/plain',
  size: Buffer.byteLength(content),
  bytes: async () => Buffer.from(content),
});

test('A6 files go out after the text, and one that failed is sent without the others again', async () => {
  const { send } = await start();
  const outbound = { ...reply('see'), attachments: [fileOf('a.txt', 'first'), fileOf('b.txt', 'second')] };
  server.fail('files.completeUploadExternal', { fault: 'status', status: 429, retryAfterSeconds: 1 });
  await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED' });
  await send({ ...outbound, attempt: 2 }, never);
  expect(server.sent.map(({ text, file }) => (file ? `${file.name}: ${file.bytes}` : text))).toEqual([
    'see',
    'a.txt: first',
    'b.txt: second',
  ]);
});

test('A6 a file whose answer was lost is found again, not sent twice', async () => {
  const { send } = await start();
  const outbound = { ...reply('see'), attachments: [fileOf('a.txt', 'first'), fileOf('b.txt', 'second')] };
  server.fail('files.completeUploadExternal', { fault: 'drop-after' });
  await expect(send(outbound, never)).rejects.toMatchObject({ details: { mayHaveArrived: true } });
  await send({ ...outbound, attempt: 2 }, never);
  expect(server.sent.map(({ text, file }) => file?.name ?? text)).toEqual(['see', 'a.txt', 'b.txt']);
});

test('A6 an upload that Slack does not take is not shown', async () => {
  const { send } = await start();
  server.fail('upload', { fault: 'status', status: 500 });
  await expect(send({ ...reply(''), attachments: [fileOf('a.txt', 'x')] }, never)).rejects.toMatchObject({
    details: { mayHaveArrived: false },
  });
  expect(server.sent).toEqual([]);
});
