/** Slow, broken and many requests of one address, on real sockets, while another address is served. */
import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { get, openConnection, type RawConnection } from './testing/raw-connection.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
let open: RawConnection[] = [];

/** 127.0.0.66 and 127.0.0.7 stand for addresses of other machines. */
const ATTACKER = '127.0.0.66';
const VICTIM = '127.0.0.7';
const BANNED = '198.51.100.66';

async function start(ddos: object = {}, network: object = {}): Promise<void> {
  gateway = await serveGateway({ gateway: { network, security: { ddos: { enabled: true, ...ddos } } } });
  gateway.server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    if (!/^127\.0\.0\.([7-9]|\d\d+)$/.test(remoteAddress)) return;
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress.replace('127.0.0.', '198.51.100.') });
  });
}

async function connect(address: string): Promise<RawConnection> {
  const connection = await openConnection(gateway.url, address);
  open.push(connection);
  return connection;
}

async function ask(address: string, path = '/healthz') {
  const connection = await connect(address);
  connection.write(get(path));
  const { status } = await connection.answer();
  connection.end();
  return status;
}

async function send(bytes: string | Uint8Array): Promise<number[]> {
  const connection = await connect(ATTACKER);
  connection.write(bytes);
  const seen: number[] = [];
  const more = async (): Promise<number[]> =>
    connection.answer().then(
      ({ status }) => {
        seen.push(status);
        return more();
      },
      () => seen,
    );
  return more();
}

afterEach(async () => {
  for (const connection of open) connection.end();
  open = [];
  await gateway[Symbol.asyncDispose]();
});

const wait = { timeout: 30_000, interval: 20 };
const LOOSE = { connections: { maxPerIp: 1000 }, rateLimit: { maxPerIp: 100_000 } };

// How many

test('D gateway.security.ddos.connections.maxPerIp closes what is more at once, before a byte is read; a place that gets free is usable', async () => {
  await start({ connections: { maxPerIp: 3 } });
  const held = await Promise.all([1, 2, 3].map(() => connect(ATTACKER)));
  await (await connect(ATTACKER)).closed;
  expect(await ask(VICTIM)).toBe(200);
  held[0]?.end();
  await vi.waitFor(async () => expect(await ask(ATTACKER)).toBe(200), wait);
});

test('D gateway.security.ddos.connections.maxTotal closes what is more, whoever comes; this machine still gets in', async () => {
  await start({ connections: { maxPerIp: 3, maxTotal: 4 } });
  for (const address of [ATTACKER, ATTACKER, VICTIM, VICTIM]) await connect(address);
  await vi.waitFor(async () => (await connect('127.0.0.9')).closed, wait);
  expect((await gateway.fetch('/healthz')).status).toBe(200);
});

test('D gateway.security.ddos.rateLimit.maxPerIp tells the one that asks more, closes its connections, and takes no new one until the ban is lifted', async () => {
  await start({ rateLimit: { maxPerIp: 3 } });
  const idle = await connect(ATTACKER);
  const busy = await connect(ATTACKER);
  busy.write(get('/healthz').repeat(4));
  const answers = [await busy.answer(), await busy.answer(), await busy.answer(), await busy.answer()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403]);
  expect(answers[3]?.headers['retry-after']).toBe('900');
  await Promise.all([busy.closed, idle.closed]);
  await (await connect(ATTACKER)).closed;
  expect(await ask(VICTIM)).toBe(200);
  const lifted = await gateway.fetch('/api/access/bans/remove', { json: { address: BANNED } });
  expect(lifted.status).toBe(200);
  expect(await ask(ATTACKER)).toBe(200);
});

// Slow

test('heads and bodies that never end take no more than the places of their address, and these only for a while', async () => {
  await start({ connections: { maxPerIp: 5 } }, { connections: { maxHttpConnections: 6, requestTimeout: '1s' } });
  const slow = await Promise.all([1, 2, 3, 4, 5].map(() => connect(ATTACKER)));
  const [head, body] = ['GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ', `${post('Content-Length: 100')}{`];
  for (const [at, connection] of slow.entries()) connection.write(at < 2 ? head : body);
  expect(await ask(VICTIM)).toBe(200);
  expect(await Promise.all(slow.map(async (connection) => (await connection.answer()).status))).toEqual([408, 408, 408, 408, 408]);
  await Promise.all(slow.map(({ closed }) => closed));
  await vi.waitFor(async () => expect(await ask(ATTACKER)).toBe(200), wait);
});

test('D gateway.network.connections.requestTimeout closes a connection whose client stops reading its answer for that long', async () => {
  await start(LOOSE, { connections: { requestTimeout: '1s' } });
  gateway.views.events = () => ({
    rows: Array.from({ length: 200 }, (_, position) => ({ position, summary: 'x'.repeat(50_000) })),
    head: 200,
  });
  const connection = await connect(ATTACKER);
  connection.pause();
  connection.write(get('/api/events', { authorization: `Bearer ${gateway.token}` }));
  const sockets = () => new Promise((resolve) => gateway.server.getConnections((_, count) => resolve(count)));
  await vi.waitFor(async () => expect(await sockets()).toBe(1), wait);
  await vi.waitFor(async () => expect(await sockets()).toBe(0), { ...wait, timeout: 20_000 });
  connection.resume();
  await connection.closed;
});

// Many in one piece

test('thousands of requests in one piece are answered as far as a connection may ask, and count one by one', async () => {
  await start(LOOSE);
  const before = process.memoryUsage().rss;
  const seen = await send(get('/healthz').repeat(5000));
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.length).toBeLessThanOrEqual(1000);
  expect(await ask(VICTIM)).toBe(200);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});

test('a head with more than a hundred headers is refused', async () => {
  await start(LOOSE);
  const many = (count: number) => get('/healthz', Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, '1'])));
  const connection = await connect(ATTACKER);
  connection.write(many(99));
  expect((await connection.answer()).status).toBe(200);
  connection.write(many(100));
  const { status, body } = await connection.answer();
  expect([status, JSON.parse(body)]).toMatchObject([431, { error: { code: 'HEADERS_TOO_LARGE', details: { limitHeaders: 100 } } }]);
  await connection.closed;
});

// What means one thing to a proxy and another to us

const post = (headers: string, body = '') =>
  `POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
const HIDDEN = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const CHUNKED = '0\r\n\r\n';

test.each<[string, string]>([
  ['a length and chunks', post(`Content-Length: ${CHUNKED.length}\r\nTransfer-Encoding: chunked`, CHUNKED + HIDDEN)],
  ['chunks and a length', post(`Transfer-Encoding: chunked\r\nContent-Length: ${CHUNKED.length}`, CHUNKED + HIDDEN)],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 5', `{"a":${HIDDEN}`)],
  ['a length with a sign', post('Content-Length: +5', HIDDEN)],
  ['a length that is none', post('Content-Length: 0x5', HIDDEN)],
  ['a length of two numbers', post('Content-Length: 5, 5', HIDDEN)],
  ['chunks that are not last', post('Transfer-Encoding: chunked, identity', CHUNKED + HIDDEN)],
  ['a coding that is none', post('Transfer-Encoding: xchunked', CHUNKED + HIDDEN)],
  ['a space before the colon', post('Transfer-Encoding : chunked', CHUNKED + HIDDEN)],
  ['a tab in the name of a header', post('Transfer-\tEncoding: chunked', CHUNKED + HIDDEN)],
  ['a chunk size that is none', post('Transfer-Encoding: chunked', `5;x\nhello\r\n${CHUNKED}${HIDDEN}`)],
  ['a chunk size with a sign', post('Transfer-Encoding: chunked', `-1\r\n${CHUNKED}${HIDDEN}`)],
  ['a folded header', post('X-Folded: a\r\n b\r\nContent-Length: 0', HIDDEN)],
  ['a line that ends with a line feed only', HIDDEN.replaceAll('\r\n', '\n') + HIDDEN],
  ['a carriage return in a value', post('X-Value: a\rb\r\nContent-Length: 0', HIDDEN)],
  ['a zero byte in a value', post('X-Value: a\0b\r\nContent-Length: 0', HIDDEN)],
  ['two hosts', post('Host: example.com\r\nContent-Length: 0')],
  ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['a host with a path', 'GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['an empty host', 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['a version that does not exist', 'GET /healthz HTTP/1.9\r\nHost: localhost\r\n\r\n'],
  ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])('%s is refused once, and nothing behind it is taken for a request', async (_, bytes) => {
  await start(LOOSE);
  expect(await send(Buffer.from(bytes, 'latin1'))).toEqual([400]);
});
