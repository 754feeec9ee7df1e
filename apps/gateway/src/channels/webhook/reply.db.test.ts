import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWebhookPeer, type WebhookPeer } from '../../../../../e2e/stand-ins/webhook-peer.ts';
import { configSchema } from '../../config/schema/index.ts';
import type { Senders } from '../../parts.ts';
import { MOST_REPLY_BYTES } from './files.ts';
import { withHookReplies } from './reply.ts';

const SECRET = 'a-secret-of-the-hook';
const never = new AbortController().signal;
const outbound = { deliveryId: 'dlv_1', messageId: 'msg_1', to: { kind: 'direct', id: 'hook:ci' } as const, text: 'done', attempt: 1 };
let peer: WebhookPeer;
let others: string[];

beforeEach(async () => {
  peer = await startWebhookPeer({ hooks: () => 'http://127.0.0.1:9', secret: SECRET });
  others = [];
});
afterEach(() => peer.close());

function senders(entry: object): Senders {
  const rest: Senders = {
    capabilities: () => ({ idempotency: 'native' }),
    isHeld: (_, account) => account === 'paused',
    send: async (channel, account) => {
      others.push(`${channel}/${account}`);
      return {};
    },
  };
  const { hooks } = configSchema.parse({ hooks: { entries: { ci: entry } } });
  return withHookReplies(rest, () => hooks);
}
const send = (entry: object) => senders(entry).send('webhook', 'ci', outbound, never);

test('A10 D hooks.entries.*.{replyUrl,replySecret} bring the reply there, signed, with the delivery as its key', async () => {
  await send({ secret: SECRET, replyUrl: peer.url });
  await send({ secret: 'another-secret', replySecret: SECRET, replyUrl: peer.url });
  await send({ secret: 'another-secret', replyUrl: peer.url });
  expect(peer.replies).toEqual([
    { hook: 'ci', messageId: 'msg_1', deliveryId: 'dlv_1', text: 'done', isGenuine: true },
    { hook: 'ci', messageId: 'msg_1', deliveryId: 'dlv_1', text: 'done', isGenuine: true },
    expect.objectContaining({ isGenuine: false }),
  ]);
});

test('A6 the files of a reply go along with it in base64; one for which there is no room is named', async () => {
  const fileOf = (name: string, size: number) => ({ name, mimeType: 'text/plain', size, bytes: async () => Buffer.alloc(size, 'x') });
  const attachments = [fileOf('a.txt', 3), fileOf('big.txt', MOST_REPLY_BYTES), fileOf('c.txt', 1)];
  const withFiles = { ...outbound, attachments };
  await senders({ secret: SECRET, replyUrl: peer.url }).send('webhook', 'ci', withFiles, never);
  const data = (text: string) => Buffer.from(text).toString('base64');
  expect(peer.replies[0]).toMatchObject({
    isGenuine: true,
    attachments: [
      { name: 'a.txt', mimeType: 'text/plain', size: 3, data: data('xxx') },
      { name: 'big.txt', size: MOST_REPLY_BYTES },
      { name: 'c.txt', data: data('x') },
    ],
  });
  expect(peer.replies[0]?.attachments?.[1]).not.toHaveProperty('data');
});

test('A10 a hook without an address, and every other channel, is left to the others', async () => {
  await send({ secret: SECRET });
  await senders({ secret: SECRET, replyUrl: peer.url }).send('webhook', 'other', outbound, never);
  await senders({ secret: SECRET, replyUrl: peer.url }).send('telegram', 'ci', outbound, never);
  expect(others).toEqual(['webhook/ci', 'webhook/other', 'telegram/ci']);
});

test.each([
  [{ status: 503 }, 'CHANNEL_UNAVAILABLE', true],
  [{ status: 408 }, 'CHANNEL_UNAVAILABLE', true],
  [{ status: 429, retryAfterSeconds: 7 }, 'CHANNEL_RATE_LIMITED', true],
  [{ status: 410 }, 'CHANNEL_REFUSED', false],
  ['drop', 'CHANNEL_UNAVAILABLE', true],
] as const)('A6 a reply that is answered with %j is %s', async (fault, code, retryable) => {
  peer.fail(fault);
  const error = await send({ secret: SECRET, replyUrl: peer.url }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, retryable });
  if (code === 'CHANNEL_RATE_LIMITED') expect((error as GatewayError).details).toMatchObject({ retryAfterMs: 7000 });
});

test('A6 an address that sends on to another is not followed: the reply is for the one that is written', async () => {
  const server = createServer((_, response) => response.writeHead(307, { location: peer.url }).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const replyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(send({ secret: SECRET, replyUrl })).rejects.toBeInstanceOf(GatewayError);
  expect(peer.replies).toEqual([]);
  server.close();
});

test('A7 an account that an operator holds is held here, too', () => {
  expect(['paused', 'ci'].map((account) => senders({ secret: SECRET }).isHeld?.('telegram', account))).toEqual([true, false]);
});
