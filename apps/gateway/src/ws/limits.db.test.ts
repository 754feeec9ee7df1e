import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { RawClient } from './testing/raw-client.ts';
import { connectParams, ServedDoor } from './testing/served-door.ts';

describe('frames that no client should send', () => {
  test.each([
    ['no JSON', '{nope', 'the frame is not JSON', 'invalid'],
    ['a number', '7', 'invalid request frame', 'invalid'],
    ['an unknown type', '{"type":"push","id":"x1","method":"health"}', '/type', 'x1'],
    ['a method that is no text', '{"type":"req","id":"x2","method":5}', '/method', 'x2'],
    ['an extra field', '{"type":"req","id":"x3","method":"health","extra":1}', 'extra', 'x3'],
    ['parameters of the wrong type', '{"type":"req","id":"x4","method":"chat.send","params":[]}', 'invalid chat.send params', 'x4'],
    ['parameters with a wrong field', '{"type":"req","id":"x5","method":"logs.tail","params":{"limit":"5"}}', '/limit', 'x5'],
    ['an unknown method', '{"type":"req","id":"x6","method":"chat.shout"}', 'unknown method: chat.shout', 'x6'],
  ])('C4 %s is answered with what is wrong, and the connection goes on', async (_, frame, problem, id) => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    const seen = client.responses.length;
    client.socket.send(frame);
    const answer = await client.until(() => client.responses[seen]);
    expect(answer).toMatchObject({ id, ok: false, error: { code: 'INVALID_REQUEST', message: expect.stringContaining(problem) } });
    expect((await client.request('config.get')).ok).toBe(true);
  });

  test('C4 a withdrawal of a request is nothing to complain about', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    client.socket.send('{"type":"cancel","id":"1"}');
    expect((await client.request('config.get')).ok).toBe(true);
    expect(client.responses).toHaveLength(2);
  });

  test('C4 who sends only nonsense is closed', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    for (let index = 0; index < 10; index++) client.socket.send('nonsense');
    expect(await client.closed).toEqual({ code: 1008, reason: 'too many invalid frames' });
    expect(client.responses.length).toBeLessThanOrEqual(11);
  });

  test('C4 a binary frame closes the connection with 1003', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    client.socket.send(Buffer.from('{}'), { binary: true });
    expect((await client.closed).code).toBe(1003);
  });

  test('C4 before connect more than 64 KiB is too much', async () => {
    await using door = await ServedDoor.start();
    const client = await door.dial();
    client.socket.send(
      JSON.stringify({ type: 'req', id: '1', method: 'connect', params: connectParams({ pathEnv: 'x'.repeat(200_000) }) }),
    );
    expect((await client.closed).code).toBe(1009);
  });

  test('C4 after connect a frame may be large, up to what policy says', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    const answer = await client.request('chat.send', { sessionKey: 'main', message: 'x'.repeat(300_000), idempotencyKey: 'k' });
    expect(answer.ok).toBe(true);
    client.socket.send('x'.repeat(client.hello.payload.policy.maxPayload + 1));
    expect((await client.closed).code).toBe(1009);
  });

  test('C4 a socket that breaks off in the middle of a frame leaves nothing behind', async () => {
    await using door = await ServedDoor.start();
    const { port } = new URL(door.url);
    const socket = connect(Number(port), '127.0.0.1');
    const upgrade =
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
    socket.write(upgrade);
    await expect.poll(() => door.door.connections()).toBe(1);
    socket.write(Buffer.from([0x81, 0xfe, 0x10]));
    socket.destroy();
    await expect.poll(() => door.door.connections()).toBe(0);
  });
});

describe('overload', () => {
  test('C4 requests beyond those that may be open are refused with when to try again, the others are answered', async () => {
    await using door = await ServedDoor.start();
    const commit = Promise.withResolvers<void>();
    door.gateway.commit = commit.promise;
    const client = await door.join();
    const answers = Array.from({ length: 100 }, (_, index) =>
      client.request('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: `k${index}` }),
    );
    await client.until(() => (client.responses.length === 37 ? true : undefined));
    commit.resolve();
    const settled = await Promise.all(answers);
    const refused = settled.filter(({ ok }) => !ok);
    expect(settled.filter(({ ok }) => ok)).toHaveLength(64);
    expect(refused[0]?.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 100, details: { code: 'OVERLOADED' } });
    expect(door.gateway.runs).toHaveLength(64);
    expect((await client.request('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k99' })).ok).toBe(true);
  });

  test('C4 two open requests may not share an id', async () => {
    await using door = await ServedDoor.start();
    const commit = Promise.withResolvers<void>();
    door.gateway.commit = commit.promise;
    const client = await door.join();
    const first = client.rawRequest('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k' }, 'same');
    const second = await client.rawRequest('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k' }, 'same');
    expect(second.error?.message).toContain('still open');
    commit.resolve();
    await first;
  });

  test('C4 a client that does not read is closed instead of being remembered for', async () => {
    await using door = await ServedDoor.start();
    const [slow, quick] = [await door.join(), await door.join()];
    await quick.request('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k' });
    slow.socket.pause();
    const run = door.gateway.run(0);
    const piece = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 40; index++) {
      const seen = quick.events.length;
      door.gateway.publish(run, { type: 'delta', text: piece });
      await quick.event('chat', ({ deltaText }) => deltaText === piece, seen);
    }
    await expect.poll(() => door.door.connections()).toBe(1);
    expect((await quick.request('config.get')).ok).toBe(true);
    slow.socket.resume();
    await slow.closed;
  });

  test('C4 D gateway.network.connections.maxWebSocketConnections turns the next client away with 503 before the upgrade, and a place that gets free is usable at once', async () => {
    await using door = await ServedDoor.start({ config: { gateway: { network: { connections: { maxWebSocketConnections: 1 } } } } });
    const client = await door.join();
    const second = new RawClient(door.url);
    const { status, after, body } = await refused(second);
    expect([status, after]).toEqual([503, '5']);
    expect(body).toMatchObject({ error: { code: 'OVERLOADED', message: expect.stringContaining('maxWebSocketConnections') } });
    await client.close();
    await expect.poll(() => door.door.connections()).toBe(0);
    expect((await door.join()).hello.ok).toBe(true);
  });

  test('C4 D gateway.network.connections.webSocketTimeout cuts off a client that answers no ping for that long, and keeps one that does', async () => {
    await using door = await ServedDoor.start({ config: { gateway: { network: { connections: { webSocketTimeout: 200 } } } } });
    const [dead, alive] = [await door.join(), await door.join()];
    dead.socket.pause();
    await expect.poll(() => door.door.connections()).toBe(1);
    // Many times the timeout: an answered ping is enough to stay.
    const pinged = alive.pings;
    await alive.until(() => (alive.pings > pinged + 20 ? true : undefined));
    expect((await alive.request('config.get')).ok).toBe(true);
    dead.socket.resume();
    await dead.closed;
  });
});

describe('short memory', () => {
  const LIMIT = 1024 ** 3;
  const used = (share: number) => ({ rss: Math.round(share * LIMIT), heapUsed: 0, heapLimit: LIMIT });
  const config = { gateway: { limits: { memory: LIMIT }, network: { trustedProxies: ['127.0.0.1'] } } };
  const SOON = { timeout: 30_000 };
  const far = { 'x-forwarded-for': '203.0.113.9' };

  test('C4 a client that sends a large frame while no message is taken is closed with 1013, small requests are answered', async () => {
    await using door = await ServedDoor.start({ config });
    const [large, small] = [await door.join(), await door.join()];
    door.gateway.sample = used(0.87);
    await expect.poll(() => door.gateway.parts.memory.use().state, SOON).toBe('high');
    expect((await small.request('config.get')).ok).toBe(true);
    large.socket.send(JSON.stringify({ type: 'req', id: '9', method: 'chat.send', params: { message: 'x'.repeat(100_000) } }));
    expect((await large.closed).code).toBe(1013);
  });

  test('C4 a client that is in the middle of a large frame when memory gets short is closed with 1013', async () => {
    await using door = await ServedDoor.start({ config });
    const client = await door.join();
    // The head of a masked text frame of a megabyte, and a part of it.
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    const { socket } = client as unknown as { socket: { _socket: { write(bytes: Buffer): void } } };
    socket._socket.write(Buffer.concat([head, Buffer.alloc(200_000)]));
    await expect
      .poll(() => door.gateway.parts.memory.holders().find(({ name }) => name === 'WebSocket clients')?.bytes, SOON)
      .toBeGreaterThan(190_000);
    expect(door.door.connections()).toBe(1);
    door.gateway.sample = used(0.87);
    expect((await client.closed).code).toBe(1013);
  });

  test('C4 a client that does not read is closed earlier while memory is short', async () => {
    await using door = await ServedDoor.start({ config });
    const [slow, quick] = [await door.join(), await door.join()];
    await quick.request('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k' });
    slow.socket.pause();
    const piece = 'x'.repeat(1024 * 1024);
    const unread = () => door.gateway.parts.memory.holders().find(({ name }) => name === 'WebSocket clients')?.bytes ?? 0;
    while (unread() < 3 * piece.length) {
      const seen = quick.events.length;
      door.gateway.publish(door.gateway.run(0), { type: 'delta', text: piece });
      await quick.event('chat', ({ deltaText }) => deltaText === piece, seen);
    }
    expect(door.door.connections()).toBe(2);
    door.gateway.sample = used(0.87);
    await expect.poll(() => door.door.connections(), SOON).toBe(1);
    slow.socket.resume();
    await slow.closed;
  });

  test('C4 at its limit the gateway answers requests of clients on this machine only', async () => {
    await using door = await ServedDoor.start({ config });
    const [near, away] = [await door.join(), await door.join({}, far)];
    door.gateway.sample = used(0.97);
    expect((await near.request('config.get')).ok).toBe(true);
    const refusal = await away.request('config.get');
    expect(refusal.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 2000, details: { code: 'OVERLOADED' } });
    door.gateway.sample = used(0.5);
    await expect.poll(async () => (await away.request('config.get')).ok, SOON).toBe(true);
  });
});

/** How a client was turned away instead of being connected. */
async function refused({ socket }: RawClient): Promise<{ status: number | undefined; after: string | undefined; body: unknown }> {
  const response = await new Promise<IncomingMessage>((resolve) => socket.once('unexpected-response', (_, answer) => resolve(answer)));
  const { statusCode: status, headers } = response;
  return { status, after: headers['retry-after'], body: JSON.parse(await text(response)) };
}

describe('stop', () => {
  test('C4 clients are told that the gateway goes and when it is back, then closed with 1012', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await door.door.stop('gateway restart', 1500);
    expect(await client.closed).toEqual({ code: 1012, reason: 'service restart' });
    expect(client.events.at(-1)).toMatchObject({ event: 'shutdown', payload: { reason: 'gateway restart', restartExpectedMs: 1500 } });
    expect(door.door.connections()).toBe(0);
  });

  test('C4 closing the server says goodbye too', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    await door.app.close();
    expect(await client.closed).toEqual({ code: 1012, reason: 'service restart' });
    expect(client.events.at(-1)).toMatchObject({ event: 'shutdown', payload: { reason: 'gateway stopping' } });
  });

  test('C4 a client that does not answer the close holds up nobody', async () => {
    await using door = await ServedDoor.start({ timing: { closeMs: 50 } });
    const client = await door.join();
    client.socket.pause();
    await door.door.stop('gateway stop');
    expect(door.door.connections()).toBe(0);
    client.socket.resume();
    await client.closed;
  });
});
