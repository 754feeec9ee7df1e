/** The published client, unmodified, against this door. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { GatewayClient, GatewayClientRequestError } from '@openclaw/gateway-client';
import { expect, test } from 'vitest';
import { TOKEN } from './testing/fake-access.ts';
import { conformEvent } from './testing/protocol.ts';
import { ServedDoor } from './testing/served-door.ts';

type Options = NonNullable<ConstructorParameters<typeof GatewayClient>[0]>;
type Event = { readonly event: string; readonly payload?: unknown };

/** A connected client, what it heard, and its end. */
async function dial(door: ServedDoor, options: Partial<Options> = {}) {
  const events: Event[] = [];
  const ready = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<number>();
  const watchers = new Set<() => void>();
  const client = new GatewayClient({
    url: door.url,
    token: TOKEN,
    onHelloOk: (hello) => ready.resolve(hello),
    onConnectError: (error) => ready.reject(error),
    onClose: (code) => closed.resolve(code),
    onEvent: (event) => {
      conformEvent(event as Event);
      events.push(event as Event);
      for (const look of [...watchers]) look();
    },
    ...options,
  });
  client.start();
  const event = (name: string, fits: (payload: Record<string, unknown>) => boolean = () => true) =>
    new Promise<Event>((resolve) => {
      const look = () => {
        const found = events.find((candidate) => candidate.event === name && fits(candidate.payload as Record<string, unknown>));
        if (!found) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  return { client, events, event, ready: ready.promise, closed: closed.promise, [Symbol.asyncDispose]: () => client.stopAndWait() };
}

test('C4 the published client connects, converses and reads what it said', async () => {
  await using door = await ServedDoor.start();
  await using peer = await dial(door);
  expect(await peer.ready).toMatchObject({ protocol: 4, auth: { scopes: ['operator.admin'] } });
  expect(await peer.client.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'k1' })).toEqual({
    runId: 'k1',
    status: 'started',
  });
  door.gateway.answer(door.gateway.run(0), ['he', 'llo']);
  const final = await peer.event('chat', ({ state }) => state === 'final');
  expect(final.payload).toMatchObject({ runId: 'k1', message: { content: [{ text: 'hello' }] } });
  expect(await peer.client.request('chat.history', { sessionKey: 'main' })).toMatchObject({ messages: [] });
  expect(await peer.client.request('health', {})).toMatchObject({ ok: true });
});

test('C4 the published client waits for the final answer of agent', async () => {
  await using door = await ServedDoor.start();
  await using peer = await dial(door);
  await peer.ready;
  const accepted = Promise.withResolvers<unknown>();
  const answer = peer.client.request(
    'agent',
    { message: 'do it', idempotencyKey: 'k2' },
    { expectFinal: true, onAccepted: accepted.resolve },
  );
  expect(await accepted.promise).toMatchObject({ runId: 'k2', status: 'accepted' });
  door.gateway.answer(door.gateway.run(0), ['done']);
  expect(await answer).toMatchObject({ status: 'ok', result: { payloads: [{ text: 'done' }] } });
});

test('C4 the published client signs with its device key', async () => {
  await using door = await ServedDoor.start();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  await using peer = await dial(door, {
    deviceIdentity: {
      deviceId: createHash('sha256').update(raw).digest('hex'),
      publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
    deviceFamily: 'Desktop',
    hostDeps: {
      signDevicePayload: (_, payload) => sign(null, Buffer.from(payload), privateKey).toString('base64url'),
      publicKeyRawBase64UrlFromPem: () => raw.toString('base64url'),
    },
  });
  expect(await peer.ready).toMatchObject({ type: 'hello-ok' });
});

test('C4 the published client stops trying when its token is wrong', async () => {
  await using door = await ServedDoor.start();
  const paused = Promise.withResolvers<{ detailCode: string | null }>();
  await using peer = await dial(door, { token: 'wrong', onReconnectPaused: (info) => paused.resolve(info) });
  await expect(peer.ready).rejects.toThrow('unauthorized');
  expect((await paused.promise).detailCode).toBe('AUTH_TOKEN_MISMATCH');
});

test('C4 the published client comes back by itself after the gateway was starting', async () => {
  await using door = await ServedDoor.start();
  door.gateway.phase = 'starting';
  const starting = Promise.withResolvers<void>();
  await using peer = await dial(door, { notifyOnStartupRetry: true, onClose: () => starting.resolve() });
  await starting.promise;
  door.gateway.phase = 'ready';
  expect(await peer.ready).toMatchObject({ type: 'hello-ok' });
});

test('C4 the published client sees errors with the protocol’s codes and the registry’s', async () => {
  await using door = await ServedDoor.start();
  await using peer = await dial(door);
  await peer.ready;
  const error = await peer.client.request('chat.abort', { sessionKey: 'main', runId: 'none' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayClientRequestError);
  expect(error).toMatchObject({ gatewayCode: 'AGENT_RESULT_NOT_FOUND', details: { code: 'RUN_NOT_FOUND' } });
});

test('C4 the published client hears of a restart before it is disconnected', async () => {
  await using door = await ServedDoor.start();
  await using peer = await dial(door);
  await peer.ready;
  await door.door.stop('gateway restart', 100);
  expect(await peer.closed).toBe(1012);
  expect(peer.events.at(-1)).toMatchObject({ event: 'shutdown', payload: { restartExpectedMs: 100 } });
});
