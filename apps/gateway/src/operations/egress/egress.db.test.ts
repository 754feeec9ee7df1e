/** Connections out over real sockets, with names that mean what the test says, also another thing a moment later. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Resolve } from './guard.ts';
import { createEgress, type EgressRules, type Refused } from './index.ts';

const OPEN: EgressRules = { allowed: [], blocked: [] };
const refused = (rule: string) => expect.objectContaining({ code: 'EGRESS_REFUSED', details: expect.objectContaining({ rule }) });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

type Site = {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly requests: IncomingMessage[];
  connections: number;
};

async function site(host = '127.0.0.1', answer: RequestListener = (_, response) => void response.end('here'), port = 0): Promise<Site> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.listen({ host, port });
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const made: Site = { url: `http://${host}:${address.port}/`, port: address.port, server, requests, connections: 0 };
  server.on('connection', () => {
    made.connections += 1;
  });
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return made;
}

/** Answers each question for a name with the next of these lists, the last one for ever. */
function names(table: Readonly<Record<string, readonly (readonly string[])[]>>): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, callback) => {
    const lists = table[hostname.replace(/\.$/, '')];
    const turn = asked.filter((name) => name === hostname).length;
    asked.push(hostname);
    const found = lists?.[Math.min(turn, lists.length - 1)];
    if (!found) return callback(Object.assign(new Error(`no ${hostname}`), { code: 'ENOTFOUND' }), []);
    setImmediate(() =>
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
  };
  return Object.assign(resolve, { asked });
}

describe('what content names', () => {
  test('is refused on this machine, the refusal says destination, address, rule and key, and nothing is connected', async () => {
    const here = await site();
    const egress = createEgress(OPEN);
    const heard: Refused[] = [];
    egress.onRefused((one) => heard.push(one));
    const failure = await egress
      .to()
      .fetch(here.url)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'EGRESS_REFUSED',
      message: `The gateway may not connect to 127.0.0.1:${here.port}: loopback.`,
      details: { destination: `127.0.0.1:${here.port}`, address: '127.0.0.1', namedBy: 'content', rule: 'loopback' },
    });
    expect((failure as { details: { remedy: string } }).details.remedy).toContain('gateway.security.networkIsolation.allowedOutbound');
    expect(heard).toEqual([{ destination: `127.0.0.1:${here.port}`, address: '127.0.0.1', namedBy: 'content', rule: 'loopback' }]);
    expect(here.connections).toBe(0);
  });

  test('is refused in every spelling of an address of this machine', async () => {
    const here = await site();
    const { fetch } = createEgress(OPEN).to();
    const spellings = [
      '127.0.0.1',
      '127.0.0.1.',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.2',
      '0.0.0.0',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      'someone:secret@127.0.0.1',
      'example.com@127.0.0.1',
      '１２７.0.0.1',
      '①②⑦.⓪.⓪.①',
      'localhost',
    ];
    for (const host of spellings) {
      await expect(fetch(`http://${host}:${here.port}/`), host).rejects.toThrow(expect.objectContaining({ code: 'EGRESS_REFUSED' }));
    }
    expect(here.connections).toBe(0);
  });

  test('is refused in spellings that the system reads as an address when a program gives the name as it is', async () => {
    const way = createEgress(OPEN).to();
    const here = await site();
    for (const host of ['127.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.0.0.1', '::ffff:127.0.0.1', '::1%lo']) {
      const socket = way.connect({ host, port: here.port });
      const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown]);
      expect(error, host).toMatchObject({ code: expect.stringMatching(/^(EGRESS_REFUSED|ENOTFOUND|EAI_AGAIN)$/) });
      await expect(way.resolve({ host, port: here.port }), host).rejects.toThrow();
    }
    expect(here.connections).toBe(0);
  });

  test('of any private IPv4 address no spelling of a URL connects', async () => {
    const { fetch } = createEgress(OPEN).to();
    const octet = fc.nat(255);
    const address = fc.oneof(fc.tuple(fc.constant(10), octet, octet, octet), fc.tuple(fc.constant(127), octet, octet, octet));
    const spell = fc.constantFrom(
      ([a, b, c, d]: readonly number[]) => `${a}.${b}.${c}.${d}`,
      ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => String(((a << 24) | (b << 16) | (c << 8) | d) >>> 0),
      ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => `0x${(((a << 24) | (b << 16) | (c << 8) | d) >>> 0).toString(16)}`,
      ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => `0${a.toString(8)}.0${b.toString(8)}.0x${c.toString(16)}.${d}`,
      ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => `${a}.${(b << 16) | (c << 8) | d}.`,
      ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => `[::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}]`,
    );
    await fc.assert(
      fc.asyncProperty(address, spell, async (octets, spelling) => {
        await expect(fetch(`http://user@${spelling(octets)}:9/`)).rejects.toThrow(expect.objectContaining({ code: 'EGRESS_REFUSED' }));
      }),
      { numRuns: 200 },
    );
  });

  test('is refused by a name with a private address among its addresses', async () => {
    const here = await site();
    const resolve = names({ 'mixed.example': [['93.184.216.34', '127.0.0.1']], 'inside.example': [['10.0.0.1']] });
    const { fetch } = createEgress(OPEN, { resolve }).to();
    await expect(fetch(`http://mixed.example:${here.port}/`)).rejects.toThrow(refused('loopback'));
    await expect(fetch(`http://inside.example:${here.port}/`)).rejects.toThrow(refused('private'));
    expect(here.connections).toBe(0);
  });

  test('D gateway.security.networkIsolation.allowedOutbound lets it reach a private network', async () => {
    const here = await site('127.0.0.2');
    const elsewhere = await site('127.0.0.3');
    const { fetch } = createEgress({ allowed: ['127.0.0.2'], blocked: [] }).to();
    expect(await (await fetch(here.url)).text()).toBe('here');
    await expect(fetch(elsewhere.url)).rejects.toThrow(refused('loopback'));
  });

  test('is HTTP or nothing', async () => {
    await expect(createEgress(OPEN).to().fetch('file:///etc/passwd')).rejects.toThrow('file: is not spoken');
    await expect(createEgress(OPEN).to().fetch('ftp://example.com/')).rejects.toThrow('ftp: is not spoken');
  });
});

describe('a name that means another machine a moment later', () => {
  test('is looked up once for each connection, and the connection goes to the address that was judged', async () => {
    const good = await site('127.0.0.2');
    const evil = await site('127.0.0.3', (_, response) => void response.end('evil'), good.port);
    const resolve = names({ 'turning.example': [['127.0.0.2'], ['127.0.0.3']] });
    // 127.0.0.2 stands for a machine on the internet here.
    const { fetch, resolve: addressesOf } = createEgress({ allowed: ['127.0.0.2'], blocked: [] }, { resolve }).to();
    const url = `http://turning.example:${good.port}/`;
    expect(await (await fetch(url)).text()).toBe('here');
    expect(resolve.asked).toHaveLength(1);
    good.server.closeAllConnections();
    await vi.waitFor(async () => await expect(fetch(url)).rejects.toThrow(refused('loopback')));
    await expect(addressesOf({ host: 'turning.example', port: good.port })).rejects.toThrow(refused('loopback'));
    expect(evil.connections).toBe(0);
  });

  test('told by a real name server gets nowhere either', async () => {
    const server = await nameServer([
      [127, 0, 0, 2],
      [127, 0, 0, 3],
    ]);
    const good = await site('127.0.0.2');
    const evil = await site('127.0.0.3', undefined, good.port);
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${server.port}`]);
    const resolve: Resolve = (hostname, callback) =>
      resolver.resolve4(hostname, (error, found) =>
        callback(
          error,
          (found ?? []).map((address) => ({ address, family: 4 })),
        ),
      );
    const { fetch } = createEgress({ allowed: ['127.0.0.2'], blocked: [] }, { resolve }).to();
    expect(await (await fetch(`http://turning.example:${good.port}/`)).text()).toBe('here');
    expect(server.questions()).toBe(1);
    good.server.closeAllConnections();
    await vi.waitFor(async () => await expect(fetch(`http://turning.example:${good.port}/`)).rejects.toThrow(refused('loopback')));
    expect(evil.connections).toBe(0);
  });
});

describe('a redirect', () => {
  test('is an error unless it is to be followed', async () => {
    const here = await site('127.0.0.1', (_, response) => void response.writeHead(302, { location: 'http://10.0.0.1/' }).end());
    await expect(createEgress(OPEN).to(here.url).fetch(here.url)).rejects.toThrow('sends on to another address (302)');
    expect((await createEgress(OPEN).to(here.url).fetch(here.url, { redirect: 'answer' })).status).toBe(302);
  });

  test('from the operator’s own server to a private address is refused, and to the same server followed', async () => {
    const inside = await site('127.0.0.3');
    const here = await site('127.0.0.2', (request, response) => {
      const location = request.url === '/in' ? inside.url : request.url === '/on' ? '/end' : undefined;
      if (location) response.writeHead(307, { location }).end();
      else response.end(`${request.method} ${request.url}`);
    });
    const { fetch } = createEgress(OPEN).to(here.url);
    const follow = { method: 'POST', body: 'x', redirect: 'follow' } as const;
    expect(await (await fetch(`${here.url}on`, follow)).text()).toBe('POST /end');
    await expect(fetch(`${here.url}in`, follow)).rejects.toThrow(refused('loopback'));
    expect(inside.connections).toBe(0);
  });

  test('by a name that turns private on the second hop is refused', async () => {
    const here = await site('127.0.0.2', (_, response) => void response.writeHead(302, { location: 'http://second.example:1/' }).end());
    const resolve = names({ 'first.example': [['127.0.0.2']], 'second.example': [['169.254.169.254']] });
    const { fetch } = createEgress({ allowed: ['127.0.0.2'], blocked: [] }, { resolve }).to();
    await expect(fetch(`http://first.example:${here.port}/`, { redirect: 'follow' })).rejects.toThrow(refused('link-local'));
  });

  test('to another server takes no keys along, and a circle ends', async () => {
    const other = await site('127.0.0.3');
    const here = await site('127.0.0.2', (request, response) => {
      response.writeHead(302, { location: request.url === '/circle' ? '/circle' : other.url }).end();
    });
    const { fetch } = createEgress(OPEN).to(here.url, other.url);
    await fetch(here.url, { headers: { authorization: 'Bearer secret', 'x-kept': 'yes' }, redirect: 'follow' });
    expect(other.requests[0]?.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    await expect(fetch(`${here.url}circle`, { redirect: 'follow' })).rejects.toThrow('more than 5 times');
  });
});

describe('D gateway.security.networkIsolation.blockedOutbound', () => {
  test('holds for what the operator wrote, and of several addresses the others are called', async () => {
    const here = await site('127.0.0.2');
    const resolve = names({ 'both.example': [['10.9.9.9', '127.0.0.2']], 'one.example': [['10.9.9.9']] });
    const egress = createEgress({ allowed: [], blocked: ['10.0.0.0/8'] }, { resolve });
    const both = `http://both.example:${here.port}/`;
    const one = `http://one.example:${here.port}/`;
    expect(await (await egress.to(both).fetch(both)).text()).toBe('here');
    await expect(egress.to(one).fetch(one)).rejects.toThrow(refused('blocked by 10.0.0.0/8'));
  });

  test('takes effect at once: a connection of before is not used again, an answer on its way is read to its end', async () => {
    let finish = () => {};
    const here = await site('127.0.0.2', (request, response) => {
      if (request.url !== '/slow') return void response.end('here');
      response.write('first');
      finish = () => response.end(' last');
    });
    const egress = createEgress(OPEN);
    const { fetch } = egress.to(here.url);
    expect(await (await fetch(here.url)).text()).toBe('here');
    expect(await (await fetch(here.url)).text()).toBe('here');
    expect(here.connections).toBe(1);
    const slow = await fetch(`${here.url}slow`);
    egress.apply({ allowed: [], blocked: ['127.0.0.0/8'] });
    await expect(fetch(here.url)).rejects.toThrow(refused('blocked by 127.0.0.0/8'));
    finish();
    expect(await slow.text()).toBe('first last');
    await expect(fetch(here.url)).rejects.toThrow(refused('blocked by 127.0.0.0/8'));
    egress.apply(OPEN);
    expect(await (await fetch(here.url)).text()).toBe('here');
  });

  test('holds for plain TCP and for what has no connection', async () => {
    const server = createTcpServer((socket) => void socket.end('hello'));
    server.listen(0, '127.0.0.2');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const egress = createEgress(OPEN);
    const way = egress.to(`syslog+tcp://127.0.0.2:${port}`);
    const socket = way.connect({ host: '127.0.0.2', port });
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.destroy();
    expect(await way.resolve({ host: '127.0.0.2', port })).toEqual([{ address: '127.0.0.2', family: 4 }]);
    egress.apply({ allowed: [], blocked: ['127.0.0.2/32'] });
    expect((await once(way.connect({ host: '127.0.0.2', port }), 'error'))[0]).toMatchObject({ code: 'EGRESS_REFUSED' });
    await expect(way.resolve({ host: '127.0.0.2', port })).rejects.toThrow(refused('blocked by 127.0.0.2/32'));
  });
});

test('another port of a machine that the operator named is not named by the operator', async () => {
  const here = await site('127.0.0.2');
  const other = await site('127.0.0.2');
  const { fetch } = createEgress(OPEN).to(here.url);
  expect((await fetch(here.url)).status).toBe(200);
  await expect(fetch(other.url)).rejects.toThrow(refused('loopback'));
});

test('an answer that is larger than it may be is cut off, and one that nobody waits for any more as well', async () => {
  const here = await site('127.0.0.2', (request, response) => {
    if (request.url === '/hang') return;
    response.end('x'.repeat(10_000));
  });
  const { fetch } = createEgress(OPEN).to(here.url);
  await expect(fetch(here.url, { mostBytes: 100 }).then((answer) => answer.text())).rejects.toThrow('larger than 100 bytes');
  const given = new AbortController();
  const waiting = fetch(`${here.url}hang`, { signal: given.signal });
  await vi.waitFor(() => expect(here.requests.some(({ url }) => url === '/hang')).toBe(true));
  given.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
});

/** A name server that gives each question for an IPv4 address the next of these. */
async function nameServer(answers: readonly (readonly number[])[]) {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (question, from) => {
    const end = question.indexOf(0, 12) + 5;
    const address = answers[Math.min(questions++, answers.length - 1)] ?? [];
    const head = Buffer.from(question.subarray(0, end));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 6);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address]);
    socket.send(Buffer.concat([head, record]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return { port: socket.address().port, questions: () => questions };
}
