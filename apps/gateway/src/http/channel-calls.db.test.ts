import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelCall } from '@openclaw-gateway/sdk';
import { afterEach, expect, test } from 'vitest';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

async function start(called: ServedGateway['called']): Promise<void> {
  gateway = await serveGateway({});
  gateway.called = called;
}
afterEach(() => gateway[Symbol.asyncDispose]());

const call = (path: string, init: RequestInit = {}) => gateway.fetch(path, { anonymous: true, ...init });
const code = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;

test('A1 a service that calls is answered by its account, which gets the body byte by byte, without any token', async () => {
  const calls: (readonly [string, string, ChannelCall])[] = [];
  await start(async (...given) => {
    calls.push(given);
    return { status: 201, headers: { 'content-type': 'text/plain', 'set-cookie': 'a=b', 'x-of-mine': 'yes' }, body: 'thanks' };
  });
  const body = Buffer.from([0x7b, 0x20, 0xff, 0x7d]);
  const answer = await call('/webhooks/whatsapp/main?a=1&b=two&b=three', { method: 'POST', body, headers: { 'X-Signature': 's' } });
  expect([answer.status, await answer.text()]).toEqual([201, 'thanks']);
  expect([answer.headers.get('x-of-mine'), answer.headers.get('set-cookie')]).toEqual(['yes', null]);
  const [channel, account, given] = calls[0] ?? [];
  expect([channel, account]).toEqual(['whatsapp', 'main']);
  expect(given).toMatchObject({ method: 'POST', query: { a: '1' }, headers: { 'x-signature': 's' } });
  expect(Buffer.from(given?.rawBody ?? []).equals(body)).toBe(true);
});

test('A1 a service that asks by GET is answered, other methods are not', async () => {
  await start(async (_channel, _account, { query }) => ({ status: 200, body: query['hub.challenge'] ?? '' }));
  expect(await (await call('/webhooks/whatsapp/default?hub.challenge=42')).text()).toBe('42');
  expect((await call('/webhooks/whatsapp/default', { method: 'PUT' })).status).toBe(405);
});

test('A1 the service is answered only once the account has', async () => {
  const { promise: stored, resolve: store } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  await start(async () => {
    ask();
    await stored;
    return { status: 200 };
  });
  let answered = false;
  const answer = call('/webhooks/telegram/default', { method: 'POST', body: '{}' }).finally(() => {
    answered = true;
  });
  await asked;
  expect(answered).toBe(false);
  store();
  expect((await answer).status).toBe(200);
});

test.each(['LOG_OVERLOADED', 'LOG_UNAVAILABLE', 'CHANNEL_UNAVAILABLE', 'CHANNEL_RATE_LIMITED', 'OVERLOADED', 'STARTING'] as const)(
  'A1 what could not be stored because of %s is 503 with Retry-After, so that the service brings it again',
  async (reason) => {
    await start(async () => {
      throw new GatewayError(reason, { details: { retryAfterMs: 3000 } });
    });
    const answer = await call('/webhooks/telegram/default', { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
  },
);

test('A2 a call that does not prove where it comes from is refused and recorded', async () => {
  await start(async () => {
    throw new GatewayError('SIGNATURE_INVALID');
  });
  const answer = await call('/webhooks/whatsapp/default', { method: 'POST', body: '{}' });
  expect([answer.status, await code(answer)]).toEqual([401, 'SIGNATURE_INVALID']);
  const denied = gateway.recorded.filter(({ event }) => event.type === 'auth.denied').map(({ event }) => event.data);
  expect(denied).toMatchObject([{ door: 'hook', method: 'hmac' }]);
});

test('A8 a body beyond the limit is refused before the account sees it, and what no account takes is not found', async () => {
  let calls = 0;
  await start(async () => {
    calls++;
    throw new GatewayError('NOT_FOUND');
  });
  const large = await call('/webhooks/whatsapp/default', { method: 'POST', body: 'a'.repeat(1024 * 1024 + 1) });
  expect([large.status, await code(large), calls]).toEqual([413, 'BODY_TOO_LARGE', 0]);
  expect(await code(await call('/webhooks/none/none', { method: 'POST', body: '{}' }))).toBe('NOT_FOUND');
});
