/** What one WebSocket client may send, on real sockets, while another is served. */
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FRAMES, MAX_STRANGERS_PER_ADDRESS } from './limits.ts';
import { ServedDoor } from './testing/served-door.ts';

test('C4 a burst of frames is read as fast as a connection may send, and loses nothing', async () => {
  await using door = await ServedDoor.start();
  const client = await door.join();
  const seen = client.responses.length;
  const count = FRAMES.size + 200;
  for (let id = 0; id < count; id++) client.socket.send(JSON.stringify({ type: 'req', id: `n${id}`, method: 'none' }));
  await client.until(() => (client.responses.length >= seen + count ? true : undefined));
  expect((await client.request('config.get')).ok).toBe(true);
});

test('C4 a flood of frames is read no faster than a connection may send, and another is served meanwhile', async () => {
  await using door = await ServedDoor.start();
  const [flood, other] = [await door.join(), await door.join()];
  for (let id = 0; id < 20_000; id++) flood.socket.send(JSON.stringify({ type: 'req', id: `n${id}`, method: 'none' }));
  await flood.until(() => (flood.responses.length > FRAMES.size ? true : undefined));
  for (let asked = 0; asked < 20; asked++) expect((await other.request('config.get')).ok).toBe(true);
  expect(flood.responses.length).toBeLessThan(10_000);
  flood.socket.terminate();
});

test.each<[string, (socket: WebSocket) => void]>([
  ['pings', (socket) => socket.ping()],
  ['pongs', (socket) => socket.pong()],
])('C4 a flood of %s ends its connection, and another is served meanwhile', async (_, sendOne) => {
  await using door = await ServedDoor.start();
  const [flood, other] = [await door.join(), await door.join()];
  for (let sent = 0; sent < 20_000; sent++) sendOne(flood.socket);
  expect((await other.request('config.get')).ok).toBe(true);
  expect([1006, 1008]).toContain((await flood.closed).code);
  expect((await other.request('config.get')).ok).toBe(true);
});

test('C4 a message in thousands of fragments ends its connection', async () => {
  await using door = await ServedDoor.start();
  const client = await door.join();
  for (let sent = 0; sent < 20_000; sent++) client.socket.send('', { fin: false });
  expect([1006, 1008]).toContain((await client.closed).code);
  await expect.poll(() => door.door.connections()).toBe(0);
});

test('C4 compressed frames are not spoken, so that a small one cannot become a large one', async () => {
  await using door = await ServedDoor.start();
  const client = await door.dial();
  expect(client.socket.extensions).toBe('');
});

test('C4 sockets of one address that have not said hello are few; one that leaves makes room', async () => {
  await using door = await ServedDoor.start();
  const strangers = await Promise.all(Array.from({ length: MAX_STRANGERS_PER_ADDRESS }, () => door.dial()));
  const refused = await new Promise<number>((resolve) => {
    const socket = new WebSocket(door.url);
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
  expect(refused).toBe(429);
  strangers[0]?.socket.terminate();
  await expect.poll(() => door.door.connections()).toBe(MAX_STRANGERS_PER_ADDRESS - 1);
  expect((await door.join()).hello.ok).toBe(true);
});
