import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { AuthLogin, GatewayStarted, MessageQueued, newId } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyWebhook } from '../../channels/webhook/verify.ts';
import { configSchema } from '../../config/schema/index.ts';
import { complainAboutCloudEvent, readCef, readCsv } from '../conformance/validators.ts';
import { type AuditFeed, createAuditFeed } from './index.ts';

let dir: string;
let store: Store;
let logged: string[];
const feeds: AuditFeed[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'feed-'));
  store = await openStore({ dir: join(dir, 'state') });
  logged = [];
});

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.close()));
  await store.close();
  await rm(dir, { recursive: true });
});

/** A sign-in with a number, and a message, which is no part of the trail. */
async function signIn(...numbers: readonly number[]): Promise<number> {
  const result = await store.log.append({
    events: numbers.flatMap((number) => [
      { streamId: 'auth', event: AuthLogin.create({ userId: `usr_${number}`, method: 'link', loginSessionHash: 'h' }), metadata: {} },
      {
        streamId: 'session/x',
        event: MessageQueued.create({ messageId: newId('message'), sessionId: 'ses_x', agentId: 'main', runId: 'run_x' }),
        metadata: {},
      },
    ]),
  });
  if (!result.ok) throw new Error('not appended');
  return result.last;
}

function config(destination: string, change: object = {}, format = 'json') {
  return configSchema.parse({ gateway: { logging: { audit: { export: { format, destination }, ...change } } } });
}

async function begin(...wanted: Parameters<typeof config>): Promise<AuditFeed> {
  const line = (level: string) => (details: object, message: string) => void logged.push(`${level} ${message} ${JSON.stringify(details)}`);
  const logger = { info: line('info'), warn: line('warn'), error: line('error') } as never;
  const feed = createAuditFeed({ stateDir: dir, gatewayId: store.gatewayId, version: '9.9.9', log: store.log, logger });
  feeds.push(feed);
  await feed.apply(config(...wanted));
  return feed;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const arrived = (feed: AuditFeed, position: number) =>
  until(() => {
    const status = feed.status();
    return status.state === 'running' && status.position >= position;
  });
const usersOf = (lines: readonly string[]) => lines.map((line) => /"userId":"usr_(\d+)"/.exec(line)?.[1]).map(Number);
const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(0, -1);
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the continuous export', () => {
  it('D gateway.logging.audit.export.destination gets what there is and what comes, the trail only', async () => {
    const file = join(dir, 'audit', 'audit.log');
    await signIn(1, 2, 3);
    const feed = await begin(file);
    await arrived(feed, store.log.head());
    await arrived(feed, await signIn(4));
    const lines = await linesOf(file);
    expect(usersOf(lines)).toEqual([1, 2, 3, 4]);
    expect(lines.flatMap((line) => complainAboutCloudEvent(line) ?? [])).toEqual([]);
    expect(feed.status()).toMatchObject({ state: 'running', delivered: 4, destination: file });
  });

  it('D gateway.logging.audit.events chooses the kinds, and gateway.logging.audit.enabled turns it off', async () => {
    const file = join(dir, 'audit.log');
    await signIn(1);
    const started = { gatewayId: 'gw_x', programVersion: '1', nodeVersion: '1', pid: 1, host: 'x', port: 1, configHash: 'c0ffee00' };
    await store.log.append({ events: [{ streamId: 'gateway/x', event: GatewayStarted.create(started) }] });
    const feed = await begin(file, { events: ['admin_action'] });
    await arrived(feed, store.log.head());
    expect((await linesOf(file)).map((line) => JSON.parse(line).type)).toEqual(['ai.openclaw.gateway.started.v1']);
    await feed.apply(config(file, { enabled: false }));
    expect(feed.status()).toEqual({ state: 'off' });
  });

  it('goes on after a restart where it stopped: nothing lost, nothing twice', async () => {
    const file = join(dir, 'audit.log');
    const first = await begin(file);
    await arrived(first, await signIn(...numbers(1, 20)));
    await first.close();
    await signIn(...numbers(21, 30));
    const second = await begin(file);
    await arrived(second, await signIn(31));
    expect(usersOf(await linesOf(file))).toEqual(numbers(1, 31));
  });

  it('cuts off what a crash wrote to the file and did not remember', async () => {
    const file = join(dir, 'audit.log');
    const first = await begin(file);
    await arrived(first, await signIn(1, 2));
    await first.close();
    await appendFile(file, '{"specversion":"1.0","id":"ev');
    const second = await begin(file);
    await arrived(second, await signIn(3));
    expect(usersOf(await linesOf(file))).toEqual([1, 2, 3]);
  });

  it('D gateway.logging.audit.export.format csv: begins a new file when the old one was moved, and goes on at the end of one that was emptied', async () => {
    const file = join(dir, 'audit.log');
    const feed = await begin(file, {}, 'csv');
    await arrived(feed, await signIn(1, 2));
    await rename(file, `${file}.1`);
    await arrived(feed, await signIn(3));
    await truncate(file);
    await arrived(feed, await signIn(4));
    const users = async (path: string) => readCsv(await readFile(path, 'utf8')).map((row) => /usr_(\d+)/.exec(row.join())?.[1]);
    expect(await users(`${file}.1`)).toEqual([undefined, '1', '2']);
    expect(await users(file)).toEqual([undefined, '4']);
  });

  it('D gateway.logging.audit.export.maxSize sets a file aside that has grown so large, whole lines only; gateway.logging.audit.export.maxFiles are kept, in order', async () => {
    const file = join(dir, 'trail', 'audit.log');
    const feed = await begin(file, { export: { format: 'json', destination: file, maxSize: '1k', maxFiles: 3 } });
    for (const number of numbers(1, 12)) await arrived(feed, await signIn(number));
    const kept = await Promise.all(['audit.2.log', 'audit.1.log', 'audit.log'].map((name) => linesOf(join(dir, 'trail', name))));
    const users = usersOf(kept.flat());
    expect(users).toEqual(numbers(users[0] ?? 0, 12));
    expect(kept.every((lines) => lines.length > 0 && lines.every((line) => complainAboutCloudEvent(line) === undefined))).toBe(true);
    expect((await readdir(join(dir, 'trail'))).toSorted()).toEqual(['audit.1.log', 'audit.2.log', 'audit.log']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('has no line twice and misses none, wherever a crash stopped it and wherever the file was moved meanwhile', async () => {
    const file = join(dir, 'audit.log');
    const cursor = join(dir, 'exports', 'continuous.json');
    const first = await begin(file);
    await arrived(first, await signIn(1, 2));
    await first.close();
    // Written, but the process ended before it was remembered; then the file was moved away.
    const remembered = await readFile(cursor, 'utf8');
    const second = await begin(file);
    await arrived(second, await signIn(3));
    await second.close();
    await writeFile(cursor, remembered);
    await rename(file, `${file}.1`);
    const third = await begin(file);
    await arrived(third, await signIn(4));
    await third.close();
    expect(usersOf([...(await linesOf(`${file}.1`)), ...(await linesOf(file))])).toEqual([1, 2, 3, 4]);
    // The same within a file that another program emptied in its place.
    await truncate(file);
    const fourth = await begin(file);
    await arrived(fourth, await signIn(...numbers(5, 9)));
    await fourth.close();
    expect(usersOf(await linesOf(file))).toEqual(numbers(5, 9));
  });

  it('says that it fails, keeps everything and delivers it once it can', async () => {
    const file = join(dir, 'audit', 'audit.log');
    await mkdir(file, { recursive: true });
    const feed = await begin(file);
    const head = await signIn(1, 2);
    await until(() => feed.status().state === 'failing');
    expect(feed.status()).toMatchObject({ problem: expect.stringContaining('EISDIR') });
    expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(1);
    await rm(file, { recursive: true });
    await arrived(feed, head);
    expect(usersOf(await linesOf(file))).toEqual([1, 2]);
    expect(logged.at(-1)).toMatch(/^info/);
  });

  it('D gateway.logging.audit.masking.{enabled,fields,charsToMask} decide what is masked', async () => {
    const [masked, plain] = [join(dir, 'masked.log'), join(dir, 'plain.log')];
    await signIn(1);
    const fields = ['loginSessionHash', 'userId'];
    await arrived(await begin(masked, { masking: { fields, charsToMask: 0 } }), store.log.head());
    await arrived(await begin(plain, { masking: { enabled: false, fields } }), store.log.head());
    expect(JSON.parse((await linesOf(masked))[0] ?? '').data).toMatchObject({ userId: '***', loginSessionHash: '***' });
    expect(JSON.parse((await linesOf(plain))[0] ?? '').data).toMatchObject({ userId: 'usr_1' });
    const end = join(dir, 'end.log');
    await arrived(await begin(end, { masking: { fields, charsToMask: 1 } }), store.log.head());
    expect(JSON.parse((await linesOf(end))[0] ?? '').data).toMatchObject({ userId: expect.stringMatching(/[^1]1$/) });
  });
});

type Posted = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

describe('to a web server', () => {
  it('D posts batches signed with gateway.logging.audit.export.secret, again until each was taken, and none is lost over a restart of either side', async () => {
    const posted: Posted[] = [];
    const answers = [500, 200, 429, 200];
    const server = createHttpServer(async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request));
      const status = answers.shift() ?? 200;
      if (status === 200) posted.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit?key=hidden`;
    const change = { export: { format: 'json', destination: url, secret: 'a-secret-of-the-hook' } };
    const first = await begin(url, change);
    await arrived(first, await signIn(1, 2));
    await first.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await signIn(3);
    const second = await begin(url, change);
    await until(() => second.status().state === 'failing');
    expect(second.status()).toMatchObject({ destination: expect.not.stringContaining('hidden') });
    server.listen(Number(new URL(url).port), '127.0.0.1');
    await arrived(second, store.log.head());
    await second.close();
    expect(usersOf(posted.flatMap(({ body }) => body.toString().split('\n').slice(0, -1)))).toEqual([1, 2, 3]);
    for (const { headers, body } of posted) {
      expect(verifyWebhook({ headers, rawBody: body }, { secret: 'a-secret-of-the-hook', maxSkewMs: 60_000 }, Date.now()).ok).toBe(true);
      expect(headers['idempotency-key']).toMatch(/^gw_\w+:\d+-\d+$/);
    }
    server.close();
    server.closeAllConnections();
  });
});

/** Reads what RFC 6587 calls octet counting. */
function readFrames(bytes: Buffer): string[] {
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length)) throw new Error('no length before a message');
    frames.push(bytes.toString('utf8', space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return frames;
}

const SYSLOG = /^<(\d+)>1 (\S+) (\S+) openclaw (\d+) (\S+) \[openclaw@32473 gateway="(\w+)" position="(\d+)"\] \ufeff(.*)$/s;

describe('to a syslog server', () => {
  it('D gateway.logging.audit.export.format cef: over TCP sends RFC 5424 messages, and a batch that the server dropped comes again', async () => {
    const frames: string[] = [];
    let dropped = 0;
    const server = createServer((socket: Socket) => {
      if (dropped === 0) {
        dropped += 1;
        // Gone in the middle of the batch: nothing of it was taken.
        socket.once('data', () => socket.resetAndDestroy());
        return;
      }
      const parts: Buffer[] = [];
      socket
        .on('data', (bytes) => parts.push(bytes))
        .on('end', () => {
          frames.push(...readFrames(Buffer.concat(parts)));
          socket.end();
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const feed = await begin(`syslog+tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, {}, 'cef');
    await arrived(feed, await signIn(1, 2, 3));
    await arrived(feed, await signIn(4));
    const parsed = frames.map((frame) => SYSLOG.exec(frame));
    expect(parsed.map((match) => match?.[1])).toEqual(Array(4).fill(String(13 * 8 + 6)));
    expect(parsed.map((match) => match?.[5])).toEqual(Array(4).fill('auth.login'));
    expect(parsed.map((match) => readCef(match?.[8] ?? '').extension['duid'])).toEqual(['usr_1', 'usr_2', 'usr_3', 'usr_4']);
    await feed.close();
    server.close();
  });

  it('over UDP sends a datagram for each event', async () => {
    const datagrams: string[] = [];
    const socket = createSocket('udp4').on('message', (bytes) => void datagrams.push(bytes.toString()));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const feed = await begin(`syslog://127.0.0.1:${socket.address().port}`);
    await arrived(feed, await signIn(1, 2));
    await until(() => datagrams.length === 2);
    expect(datagrams.map((text) => JSON.parse(SYSLOG.exec(text)?.[8] ?? '').data.userId)).toEqual(['usr_1', 'usr_2']);
    await feed.close();
    socket.close();
  });
});

describe('the cursor', () => {
  it('that cannot be read stops the export instead of sending everything again', async () => {
    const file = join(dir, 'audit.log');
    const first = await begin(file);
    await arrived(first, await signIn(1));
    await first.close();
    const before = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    await truncate(join(dir, 'exports', 'continuous.json'), 5);
    const second = await begin(file);
    await signIn(2);
    await until(() => second.status().state === 'failing');
    expect(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ).toBe(before);
    expect((await stat(join(dir, 'exports', 'continuous.json'))).size).toBe(5);
  });
});
