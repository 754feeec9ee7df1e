/** What connections and slow requests are allowed, on real sockets. */
import { afterEach, expect, test, vi } from 'vitest';
import { delivered } from '../testing/fake-pipeline.ts';
import { get, openConnection, type RawConnection } from './testing/raw-connection.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;
let open: RawConnection[] = [];

/** Others come through a proxy on this machine. */
const connections = (settings: object) => ({ gateway: { network: { connections: settings, trustedProxies: ['127.0.0.1'] } } });

async function start(settings: object): Promise<void> {
  gateway = await serveGateway(connections(settings));
}

async function connect(): Promise<RawConnection> {
  const connection = await openConnection(gateway.url);
  open.push(connection);
  return connection;
}

async function ask(path = '/api/me', headers: Record<string, string> = {}) {
  const connection = await connect();
  connection.write(get(path, headers));
  return { connection, ...(await connection.answer()) };
}

const codeOf = (body: string) => (JSON.parse(body) as { error: { code: string } }).error.code;
const wait = { timeout: 30_000 };

afterEach(async () => {
  vi.useRealTimers();
  for (const connection of open) connection.end();
  open = [];
  await gateway[Symbol.asyncDispose]();
});

// How many

test('D gateway.network.connections.maxHttpConnections turns the next connection away with 503 and Retry-After, and a place that gets free is usable at once', async () => {
  await start({ maxHttpConnections: 2 });
  const [one, two, three] = [await ask(), await ask(), await ask()];
  expect([one.status, two.status, three.status]).toEqual([401, 401, 503]);
  expect(codeOf(three.body)).toBe('OVERLOADED');
  expect(three.headers['retry-after']).toBe('1');
  await three.connection.closed;
  two.connection.write(get('/api/me'));
  expect((await two.connection.answer()).status).toBe(401);
  one.connection.end();
  await vi.waitFor(async () => expect((await ask()).status).toBe(401), wait);
});

test('D gateway.network.connections.maxHttpConnections holds from the moment it is changed', async () => {
  await start({ maxHttpConnections: 1 });
  await ask();
  expect((await ask()).status).toBe(503);
  gateway.change(connections({ maxHttpConnections: 2 }));
  expect((await ask()).status).toBe(401);
});

test('a full gateway still answers health probes of this machine and its command line, and nobody else', async () => {
  await start({ maxHttpConnections: 1 });
  await ask();
  const token = { authorization: `Bearer ${gateway.token}` };
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/api/config', token)).status).toBe(200);
  expect((await ask('/api/config', { authorization: 'Bearer wrong' })).status).toBe(503);
  const far = { 'x-forwarded-for': '203.0.113.9' };
  expect((await ask('/healthz', far)).status).toBe(503);
  expect((await ask('/api/config', { ...far, ...token })).status).toBe(503);
});

test('the places that are kept for this machine are few, and each is good for one request', async () => {
  await start({ maxHttpConnections: 1 });
  await ask();
  gateway.respond = () => new Promise(() => undefined);
  const body = JSON.stringify({ from: 'a', text: 'x' });
  for (let place = 0; place < 8; place++) {
    const connection = await connect();
    connection.write(head(body.length).replace('/api/messages', '/api/messages?wait=60s') + body);
  }
  await vi.waitFor(() => expect(gateway.submissions).toHaveLength(8), wait);
  expect((await ask('/healthz')).status).toBe(503);
});

test('a connection that has been idle for five seconds gives its place to one that asks', async () => {
  await start({ maxHttpConnections: 1 });
  const first = await ask();
  expect((await ask()).status).toBe(503);
  await vi.waitFor(async () => expect((await ask()).status).toBe(401), { ...wait, interval: 250 });
  await first.connection.closed;
});

test('a header that asks for an upgrade is no way around the limit', async () => {
  await start({ maxHttpConnections: 1 });
  await ask();
  expect((await ask('/api/me', { upgrade: 'h2c' })).status).toBe(503);
});

test('a connection whose upgrade is refused is closed', async () => {
  await start({});
  const { connection, status } = await ask('/api/me', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  });
  expect(status).toBe(401);
  await connection.closed;
});

test('sockets beyond all limits are closed at once, and do not keep others out for long', async () => {
  await start({ maxHttpConnections: 1, maxWebSocketConnections: 1 });
  const silent = await Promise.all(Array.from({ length: 120 }, connect));
  await Promise.race(silent.map(({ closed }) => closed));
  await vi.waitFor(async () => expect((await ask()).status).toBe(401), { ...wait, interval: 250 });
});

// How long

const head = (length: number) =>
  `POST /api/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${gateway.token}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

test('D gateway.network.connections.requestTimeout answers a body that comes too slowly with 408', async () => {
  await start({ requestTimeout: '300ms' });
  const connection = await connect();
  connection.write(`${head(10)}slow`);
  const { status, body } = await connection.answer();
  expect([status, codeOf(body)]).toEqual([408, 'REQUEST_TIMEOUT']);
  await connection.closed;
});

test('D gateway.network.connections.requestTimeout answers headers that come too slowly with 408, and a connection that says nothing', async () => {
  await start({ requestTimeout: '300ms' });
  const [slow, silent] = [await connect(), await connect()];
  slow.write('GET /healthz HTTP/1.1\r\nhost: loc');
  expect((await slow.answer()).status).toBe(408);
  expect((await silent.answer()).status).toBe(408);
});

test('D gateway.network.connections.requestTimeout holds from the moment it is changed', async () => {
  await start({ requestTimeout: '1h' });
  gateway.change(connections({ requestTimeout: '300ms' }));
  const connection = await connect();
  connection.write(head(10));
  expect((await connection.answer()).status).toBe(408);
});

test('D gateway.network.connections.requestTimeout does not cut a client that waits for its answer', async () => {
  await start({ requestTimeout: '300ms' });
  // Longer than the timeout and the second that Node takes to look.
  gateway.respond = () => new Promise((resolve) => setTimeout(() => resolve(delivered('late')), 2500));
  const answer = await gateway.fetch('/api/messages?wait=60s', { json: { from: 'a', text: 'x' } });
  expect(await answer.json()).toMatchObject({ status: 'delivered', reply: 'late' });
});

test('D gateway.network.connections.requestTimeout does not cut an answer that streams', async () => {
  await start({ requestTimeout: '300ms' });
  gateway.respond = async (_, publish) => {
    for (const text of ['one ', 'two ', 'three']) {
      publish({ type: 'delta', text });
      await new Promise((resolve) => setTimeout(resolve, 900));
    }
    return delivered('one two three');
  };
  const answer = await gateway.fetch('/v1/chat/completions', {
    json: { model: 'openclaw', stream: true, messages: [{ role: 'user', content: 'x' }] },
  });
  const body = await answer.text();
  expect(body).toMatch(/one .*two .*three.*\[DONE\]/s);
});

// What Node's server allows

test('a head of more than 8 KB is answered with 431, one of nearly as much is read', async () => {
  await start({});
  expect((await ask('/healthz', { 'x-long': 'x'.repeat(7800) })).status).toBe(200);
  const { status, body } = await ask('/healthz', { 'x-long': 'x'.repeat(8200) });
  expect(status).toBe(431);
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'HEADERS_TOO_LARGE', details: { limitBytes: 8192 } } });
});

test('a head that is not there within five seconds is answered with 408, however long a request may take', async () => {
  await start({ requestTimeout: '1h' });
  const connection = await connect();
  const startedAt = performance.now();
  connection.write('GET /healthz HTTP/1.1\r\n');
  expect((await connection.answer()).status).toBe(408);
  expect(performance.now() - startedAt).toBeGreaterThan(4900);
});

test('a connection is kept for longer than a proxy keeps its end of it', async () => {
  await start({});
  expect((await ask('/healthz')).headers['keep-alive']).toBe('timeout=80');
});

test('the last request that a connection may make is answered with the word that it closes', async () => {
  await start({});
  const connection = await connect();
  let closing = 0;
  // In portions, as a client would that sends before it has all answers.
  for (let sent = 0; sent < 1000; sent += 100) {
    connection.write(get('/healthz').repeat(100));
    for (let count = 0; count < 100; count++) {
      const { status, headers } = await connection.answer();
      expect(status).toBe(200);
      if (headers['connection'] === 'close') closing += 1;
    }
  }
  expect(closing).toBe(1);
  await connection.closed;
});
