import { createHmac } from 'node:crypto';
import type { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, ChannelAccount, ChannelCall, DeliveryReport, Inbound, Received } from '@openclaw-gateway/sdk';
import { type ChannelHarness, channelContract } from '@openclaw-gateway/sdk/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDoor } from '../../../../../e2e/stand-ins/door.ts';
import { startWhatsApp, type WhatsAppServer } from '../../../../../e2e/stand-ins/whatsapp.ts';
import whatsapp from './index.ts';

const USER = '16505551234';

channelContract('whatsapp', async (): Promise<ChannelHarness> => {
  const door = await startDoor();
  const server = await startWhatsApp({ webhook: () => door.url });
  const ids: string[] = [];
  const faults = {
    unavailable: { fault: 'error', status: 503, code: 2 },
    'rate-limited': { fault: 'error', status: 400, code: 130429 },
    refused: { fault: 'error', status: 400, code: 131026 },
    dropped: { fault: 'drop' },
  } as const;
  return {
    definition: whatsapp,
    config: server.config,
    secrets: [server.config.accessToken, server.config.appSecret, server.config.verifyToken],
    peer: { kind: 'direct', id: USER },
    userWrites: (text) => void ids.push(server.say({ text, from: USER })),
    bringAgain: () => server.repeat(ids.at(-1) ?? ''),
    acknowledged: () => server.untaken() === 0,
    sent: () => server.sent.map(({ text }) => text),
    failNextSend: (how) => server.fail(faults[how]),
    refuseCredentials: () => server.failAlways({ fault: 'error', status: 401, code: 190 }),
    onStarted: door.open,
    close: async () => {
      await server.close();
      await door.close();
    },
  };
});

const never = new AbortController().signal;
const accepted = { status: 'accepted' } as Received;
let server: WhatsAppServer;
let lifetime: AbortController;
let received: Inbound[];
let refused: GatewayError[];
let reports: DeliveryReport[];
let amended: Amendment[];

beforeEach(async () => {
  server = await startWhatsApp({ webhook: () => 'http://127.0.0.1:9' });
  lifetime = new AbortController();
  [received, refused, reports, amended] = [[], [], [], []];
});
afterEach(async () => {
  lifetime.abort();
  await server.close();
});

function start(more: object = {}): Promise<ChannelAccount> {
  return whatsapp.start({
    account: 'default',
    config: whatsapp.config.parse({ ...server.config, ...more }),
    receive: async (inbound) => {
      received.push(inbound);
      return accepted;
    },
    amend: async (amendment) => {
      amended.push(amendment);
      return 'recorded';
    },
    report: async (report) => void reports.push(report),
    refuse: async (_, error) => void refused.push(error),
    connected: () => {},
    disconnected: () => {},
    signal: lifetime.signal,
  });
}

const reply = (text: string, deliveryId = 'dlv_1') => ({
  deliveryId,
  messageId: 'msg_1',
  to: { kind: 'direct', id: USER } as const,
  text,
  attempt: 1,
});

function call(value: object, secret = server.config.appSecret): ChannelCall {
  const metadata = { phone_number_id: server.config.phoneNumberId };
  const rawBody = Buffer.from(JSON.stringify({ entry: [{ changes: [{ field: 'messages', value: { metadata, ...value } }] }] }));
  const signature = `sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`;
  return { method: 'POST', headers: { 'x-hub-signature-256': signature }, query: {}, rawBody };
}
const hello = { messages: [{ id: 'wamid.1', from: USER, type: 'text', text: { body: 'hello' } }] };

test('A1 Meta’s question whether the address is ours is answered with its challenge, for the right token only', async () => {
  const { webhook } = await start();
  const ask = (token: string): ChannelCall => ({
    method: 'GET',
    headers: {},
    query: { 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '1158201444' },
    rawBody: new Uint8Array(),
  });
  expect(await webhook?.(ask(server.config.verifyToken))).toMatchObject({ status: 200, body: '1158201444' });
  await expect(webhook?.(ask('guess'))).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('A2 a call that is unsigned, signed with another secret or changed on its way is refused', async () => {
  const { webhook } = await start();
  await expect(webhook?.({ ...call(hello), headers: {} })).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
  await expect(webhook?.(call(hello, 'another'))).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  const { headers } = call(hello);
  await expect(webhook?.({ ...call({ ...hello, contacts: [] }), headers })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(received).toEqual([]);
});

test('C1 the last genuine call, the version and the expiry of the token are told; a forged call does not count', async () => {
  const { webhook, facts } = await start();
  await expect(webhook?.(call(hello, 'another'))).rejects.toThrow();
  expect(facts?.()).toEqual({ version: 'v23.0', webhook: {} });
  await webhook?.(call(hello));
  expect(facts?.().webhook?.lastCallAt).toBeGreaterThan(Date.now() - 60_000);
  server.setNumber({ expiresAt: 1_900_000_000 });
  const later = await start();
  await vi.waitFor(() => expect(later.facts?.().tokenExpiresAt).toBe(1_900_000_000_000));
  expect(JSON.stringify(later.facts?.())).not.toContain(server.config.accessToken);
});

test('A6 what WhatsApp reports of a reply is recorded with the delivery that it is about', async () => {
  const { webhook, send } = await start();
  await send(reply('hi', 'dlv_7'), never);
  expect(server.sent).toMatchObject([{ deliveryId: 'dlv_7:msg_1', to: USER, recipient: 'individual' }]);
  await webhook?.(call({ statuses: [{ id: 'x', status: 'delivered', biz_opaque_callback_data: 'dlv_7' }] }));
  expect(reports).toEqual([{ deliveryId: 'dlv_7', status: 'delivered' }]);
});

test('A6 a reply after the 24-hour window is not tried again and says why', async () => {
  const { send } = await start();
  server.fail({ fault: 'error', status: 400, code: 131047 });
  const error = await send(reply('hi'), never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CHANNEL_WINDOW_CLOSED', retryable: false, message: expect.stringContaining('24 hours') });
});

test('A6 a rate limit of Meta is honoured for as long as it says', async () => {
  const { send } = await start();
  server.fail({ fault: 'error', status: 429, code: 130429, retryAfterSeconds: 7 });
  await expect(send(reply('hi'), never)).rejects.toMatchObject({ code: 'CHANNEL_RATE_LIMITED', details: { retryAfterMs: 7000 } });
});

test('A6 a long reply goes out in parts with WhatsApp’s marks, and goes on after the part that failed', async () => {
  const { send } = await start();
  const long = `**${'a'.repeat(4000)}**\n\n${'b'.repeat(4000)}`;
  server.fail({ fault: 'none' }, { fault: 'error', status: 503 });
  await expect(send(reply(long), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
  expect(server.sent).toHaveLength(1);
  await send(reply(long), never);
  expect(server.sent.map(({ text }) => text.slice(0, 2))).toEqual(['*a', 'bb']);
});

test('A6 a connection that breaks after the message was taken says that it may have arrived', async () => {
  const { send } = await start();
  server.fail({ fault: 'drop-after' });
  await expect(send(reply('hi'), never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: true } });
});

test('A6 typing marks the newest message of the chat as read, at most every twenty seconds, and does nothing in a chat without one', async () => {
  const { webhook, typing } = await start();
  await typing?.({ kind: 'direct', id: USER }, never);
  expect(server.typing).toEqual([]);
  await webhook?.(call(hello));
  await typing?.({ kind: 'direct', id: USER }, never);
  await typing?.({ kind: 'direct', id: USER }, never);
  await webhook?.(call({ messages: [{ ...hello.messages[0], id: 'wamid.9', group_id: 'g1' }] }));
  await typing?.({ kind: 'group', id: 'g1' }, never);
  expect(server.typing).toEqual(['wamid.1']);
});

const brought = async (media: object) => {
  const { webhook } = await start();
  await webhook?.(call({ messages: [{ id: 'wamid.2', from: USER, type: 'image', image: media }] }));
  const [attachment] = received[0]?.attachments ?? [];
  const parts: Uint8Array[] = [];
  for await (const part of (await attachment?.open(never)) ?? []) parts.push(part);
  return Buffer.concat(parts);
};

test('A10 a file is fetched whole when the gateway wants it, with the token, by the address that Meta names for it', async () => {
  const bytes = Buffer.alloc(300_000, 7);
  expect((await brought({ ...server.hold('image/jpeg', bytes), caption: 'see' })).equals(bytes)).toBe(true);
  expect(received[0]).toMatchObject({ text: 'see', attachments: [{ name: 'photo.jpg', mimeType: 'image/jpeg' }] });
});

test.each([
  ['is gone', [{ fault: 'error', status: 404, code: 100 }]],
  ['is announced and then refused', [{ fault: 'none' }, { fault: 'error', status: 500 }]],
  ['is announced by something that is not an answer', [{ fault: 'garbage' }]],
  ['breaks off', [{ fault: 'none' }, { fault: 'drop' }]],
] as const)('A7 a file that %s costs neither the message nor the token', async (_, faults) => {
  const media = server.hold('image/jpeg', Buffer.from('x'));
  server.failMedia(...faults);
  const error = await brought(media).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ATTACHMENT_UNAVAILABLE' });
  expect(String(error)).not.toContain(server.config.accessToken);
  expect(received).toHaveLength(1);
});

test('A10 a file that is said to lie elsewhere is not asked for: the token goes to Meta alone', async () => {
  server.holdElsewhere('https://fbsbx.com.example.org/x');
  await expect(brought(server.hold('image/jpeg', Buffer.from('x')))).rejects.toMatchObject({
    code: 'ATTACHMENT_UNAVAILABLE',
    message: expect.stringContaining('does not lie with Meta'),
  });
});

const fileOf = (name: string, mimeType: string, content: string) => ({
  name,
  mimeType,
  size: Buffer.byteLength(content),
  bytes: async () => Buffer.from(content),
});
const outgoing = () => server.sent.map(({ text, file }) => [text, file && `${file.kind} ${file.name ?? ''} ${file.bytes}`]);

test('A6 a file is uploaded and sent by its id; a short text is its caption', async () => {
  const { send } = await start();
  await send({ ...reply('**see**'), attachments: [fileOf('a.png', 'image/png', 'P'), fileOf('b c.csv', 'text/csv', 'C')] }, never);
  expect(outgoing()).toEqual([
    ['*see*', 'image  P'],
    ['', 'document b c.csv C'],
  ]);
  expect(server.sent.map(({ deliveryId }) => deliveryId)).toEqual(['dlv_1:msg_1:part', 'dlv_1:msg_1:part']);
});

test('A6 a text that is too long for a caption, or whose file can have none, goes before the files', async () => {
  const { send } = await start();
  const long = 'a'.repeat(1025);
  await send({ ...reply(long), attachments: [fileOf('a.png', 'image/png', 'P')] }, never);
  await send({ ...reply('hear', 'dlv_2'), attachments: [fileOf('a.mp3', 'audio/mpeg', 'M')] }, never);
  expect(outgoing()).toEqual([
    [long, undefined],
    ['', 'image  P'],
    ['hear', undefined],
    ['', 'audio  M'],
  ]);
});

test('A6 a file that WhatsApp does not take is named in the text', async () => {
  const { send } = await start();
  await send({ ...reply('here'), attachments: [fileOf('a.zip', 'application/zip', 'Z')] }, never);
  expect(outgoing()).toEqual([[expect.stringMatching(/^here\n\n\[a\.zip, 1 KB: /), undefined]]);
});

test('A6 an upload that fails shows nothing and is tried again; what was shown is not', async () => {
  const { send } = await start();
  const outbound = { ...reply('a'.repeat(1025)), attachments: [fileOf('a.pdf', 'application/pdf', 'D')] };
  server.fail({ fault: 'none' }, { fault: 'drop' });
  await expect(send(outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE', details: { mayHaveArrived: false } });
  await send({ ...outbound, attempt: 2 }, never);
  expect(outgoing()).toEqual([
    ['a'.repeat(1025), undefined],
    ['', 'document a.pdf D'],
  ]);
});

test('A6 a group is answered in the group, and somebody who hides the number by the id that Meta gives', async () => {
  const { send } = await start();
  await send({ ...reply('hi'), to: { kind: 'group', id: 'Y2FwaV9n' } }, never);
  await send({ ...reply('hi', 'dlv_2'), to: { kind: 'direct', id: 'US.13491208655302741918' } }, never);
  expect(server.sent).toMatchObject([
    { to: 'Y2FwaV9n', recipient: 'group' },
    { to: 'US.13491208655302741918', recipient: 'individual' },
  ]);
});

test('A6 a reply quotes what it answers in a group, and in a direct chat where something newer was written', async () => {
  const { webhook, send } = await start();
  await send({ ...reply('in the group', 'dlv_1'), to: { kind: 'group', id: 'Y2FwaV9n' }, replyTo: 'wamid.g' }, never);
  await webhook?.(call(hello));
  await send({ ...reply('at once', 'dlv_2'), replyTo: 'wamid.1' }, never);
  await webhook?.(call({ messages: [{ ...hello.messages[0], id: 'wamid.2' }] }));
  await send({ ...reply(`${'long '.repeat(900)}`, 'dlv_3'), replyTo: 'wamid.1' }, never);
  expect(server.sent.map(({ replyTo }) => replyTo)).toEqual(['wamid.g', undefined, 'wamid.1', undefined]);
});

test('A10 edits and deletions reach the conversation', async () => {
  const { webhook } = await start();
  const edit = { original_message_id: 'wamid.1', message: { type: 'text', text: { body: 'hello there' } } };
  await webhook?.(call({ messages: [{ id: 'wamid.2', from: USER, type: 'edit', edit }] }));
  await webhook?.(call({ messages: [{ id: 'wamid.3', from: USER, type: 'revoke', revoke: { original_message_id: 'wamid.1' } }] }));
  const where = { externalId: 'wamid.1', peer: { kind: 'direct', id: USER } };
  expect(amended).toEqual([
    { kind: 'edited', ...where, text: 'hello there' },
    { kind: 'deleted', ...where },
  ]);
});

test('A2 D {channels.whatsapp,channels.whatsapp.accounts.*}.{accessToken,phoneNumberId,appSecret,verifyToken,apiRoot,apiVersion} are what Meta is called and proved with', async () => {
  const { send } = await start({ apiVersion: 'v24.0' });
  await send(reply('hi'), never);
  expect(server.sent).toHaveLength(1);
  await expect(start({ accessToken: 'EAAwrong' })).rejects.toMatchObject({ code: 'CHANNEL_UNAUTHORIZED' });
  await expect(start({ phoneNumberId: '1' })).rejects.toMatchObject({ code: 'CHANNEL_REFUSED' });
});
