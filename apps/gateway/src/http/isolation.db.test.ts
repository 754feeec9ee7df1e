/** Who may connect at all: at the socket, and by the word of a trusted proxy. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { metricsText } from '../operations/metrics/registry.ts';
import { createHttp, type HttpDoor } from './index.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
let door: HttpDoor;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  await door.close();
  await gateway[Symbol.asyncDispose]();
});

const isolation = (allowedInbound: readonly string[], enabled = true) => ({ networkIsolation: { enabled, allowedInbound } });
const start = async (allowedInbound: readonly string[], network: object = {}, enabled = true) => {
  gateway = await serveGateway({ gateway: { network, security: isolation(allowedInbound, enabled) } });
  // A second door of the same parts, to which connections can be handed that came from anywhere.
  door = await createHttp(gateway.parts);
};
const refusals = () => gateway.recorded.filter(({ event }) => event.type === 'network.inbound_refused');
const counted = async (at: string) => {
  const line = (await metricsText((name) => name === 'openclaw_network_inbound_refused_total'))
    .split('\n')
    .find((each) => each.includes(`at="${at}"`));
  return Number(line?.split(' ')[1] ?? 0);
};

/** A connection that seems to come from this address. */
async function connectFrom(
  address: string,
): Promise<{ readonly socket: Socket; readonly received: () => string; readonly closed: Promise<unknown> }> {
  const server = createServer((inside) => {
    Object.defineProperty(inside, 'remoteAddress', { value: address });
    door.app.server.emit('connection', inside);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  cleanups.push(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'connect').catch(() => undefined);
  return { socket, received: () => text, closed };
}

const ask = (socket: Socket, path = '/healthz') => void socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);

test.each(['203.0.113.9', '::ffff:203.0.113.9', '11.0.0.1', '2001:db8::1', 'fe80::1%eth0'])(
  'D gateway.security.networkIsolation.allowedInbound: %s is closed before a byte of it is read',
  async (address) => {
    await start(['10.0.0.0/8', 'fd00::/8']);
    const before = await counted('socket');
    const { socket, received, closed } = await connectFrom(address);
    ask(socket);
    await closed;
    expect(received()).toBe('');
    expect(await counted('socket')).toBe(before + 1);
    expect(gateway.logged.some((line) => line.includes('"request"'))).toBe(false);
  },
);

test.each(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::7', '127.0.0.5', '::1'])(
  'D gateway.security.networkIsolation.allowedInbound lets %s in',
  async (address) => {
    await start(['10.0.0.0/8', 'fd00::/8']);
    const { socket, received } = await connectFrom(address);
    ask(socket);
    await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1.1 200 /));
  },
);

test('D gateway.security.networkIsolation.enabled: false lets everybody in, and with no network only this machine may connect', async () => {
  await start(['10.0.0.0/8'], {}, false);
  const open = await connectFrom('203.0.113.9');
  ask(open.socket);
  await vi.waitFor(() => expect(open.received()).toMatch(/^HTTP\/1.1 200 /));
  gateway.change({ gateway: { security: isolation([]) } });
  await open.closed;
  await (await connectFrom('10.0.0.1')).closed;
  const here = await connectFrom('127.0.0.1');
  ask(here.socket);
  await vi.waitFor(() => expect(here.received()).toMatch(/^HTTP\/1.1 200 /));
});

test('D gateway.security.networkIsolation.allowedInbound is hot: who is no longer in it is cut off, others are not', async () => {
  await start(['10.0.0.0/8', '192.0.2.0/24']);
  const leaves = await connectFrom('192.0.2.1');
  const stays = await connectFrom('10.0.0.1');
  gateway.change({ gateway: { security: isolation(['10.0.0.0/8']) } });
  await leaves.closed;
  ask(stays.socket);
  await vi.waitFor(() => expect(stays.received()).toMatch(/^HTTP\/1.1 200 /));
  gateway.change({ gateway: { security: isolation(['192.0.2.0/24']) } });
  await stays.closed;
  const back = await connectFrom('192.0.2.1');
  ask(back.socket);
  await vi.waitFor(() => expect(back.received()).toMatch(/^HTTP\/1.1 200 /));
});

test('refusals of one address are one event per 10 s, with the address sealed as that of a person', async () => {
  await start(['10.0.0.0/8']);
  for (let i = 0; i < 5; i++) await (await connectFrom('203.0.113.9')).closed;
  await (await connectFrom('203.0.113.10')).closed;
  expect(refusals()).toHaveLength(2);
  await gateway.parts.isolation.close();
  expect(refusals().map(({ event }) => event.data)).toMatchObject([
    { at: 'socket', times: 1, client: { address: '203.0.113.9' }, problem: { code: 'ADDRESS_NOT_ALLOWED' } },
    { times: 1, client: { address: '203.0.113.10' } },
    { times: 4, client: { address: '203.0.113.9' } },
  ]);
  expect(refusals().every(({ metadata }) => metadata?.subject?.startsWith('sub_'))).toBe(true);
});

test('C5 behind gateway.network.trustedProxies the client is judged: 403 for whoever is outside, wherever it asks', async () => {
  await start(['10.0.0.0/8'], { trustedProxies: ['127.0.0.1'] });
  const before = await counted('proxy');
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  for (const path of ['/healthz', '/', '/api/status', '/v1/models', '/trpc/overview', '/nowhere']) {
    const answer = await gateway.fetch(path, from('203.0.113.9'));
    expect(answer.status, path).toBe(403);
    expect(await answer.json(), path).toMatchObject({ error: { code: 'ADDRESS_NOT_ALLOWED' } });
  }
  expect((await gateway.fetch('/healthz', from('10.4.5.6'))).status).toBe(200);
  expect((await gateway.fetch('/healthz', from('10.4.5.6, 203.0.113.9'))).status).toBe(403);
  expect((await gateway.fetch('/healthz')).status).toBe(200);
  expect(await counted('proxy')).toBe(before + 7);
  expect(refusals().map(({ event }) => event.data)).toMatchObject([{ at: 'proxy', client: { address: '203.0.113.9' } }]);
});

test('C5 a WebSocket of a client that a proxy names is refused, and cut off when its network is taken out', async () => {
  await start(['10.0.0.0/8'], { trustedProxies: ['127.0.0.1'] });
  const url = `${gateway.url.replace('http', 'ws')}/`;
  const outside = new WebSocket(url, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  const [error] = await once(outside, 'error');
  expect(String(error)).toContain('403');
  const inside = new WebSocket(url, { headers: { 'x-forwarded-for': '10.0.0.1' } });
  await once(inside, 'open');
  const closed = once(inside, 'close');
  gateway.change({ gateway: { network: { trustedProxies: ['127.0.0.1'] }, security: isolation(['192.0.2.0/24']) } });
  await closed;
});

test('C5 the same holds when the proxy speaks HTTPS to the gateway', async () => {
  const at = (name: string) => join(import.meta.dirname, 'testing/tls', name);
  const network = { trustedProxies: ['127.0.0.1'], https: { enabled: true, cert: at('cert.pem'), key: at('key.pem') } };
  await start(['10.0.0.0/8'], network);
  const inside = new WebSocket(`${gateway.url.replace('http', 'wss')}/`, {
    headers: { 'x-forwarded-for': '10.0.0.1' },
    rejectUnauthorized: false,
  });
  await once(inside, 'open');
  const closed = once(inside, 'close');
  gateway.change({ gateway: { network, security: isolation(['192.0.2.0/24']) } });
  await closed;
});

test('who is passed on by a proxy that is not trusted counts as the proxy', async () => {
  await start(['10.0.0.0/8']);
  expect((await gateway.fetch('/healthz', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(200);
  const { socket, closed, received } = await connectFrom('203.0.113.9');
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 127.0.0.1\r\n\r\n');
  await closed;
  expect(received()).toBe('');
});
