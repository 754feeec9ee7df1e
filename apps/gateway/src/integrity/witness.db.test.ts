import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCheckpoints, openStore, parseVerifierKey, type Store, verifyLog, verifyNote } from '@openclaw-gateway/db';
import { GatewayStopped, type NewEvent } from '@openclaw-gateway/events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { createWitnesses, type Witnesses } from './index.ts';

type Case = { readonly stateDir: string; readonly store: Store; readonly witnesses: Witnesses; readonly recorded: NewEvent[] };

async function begin(destinations: readonly { destination: string; secret?: string }[], stateDir = scratch()): Promise<Case> {
  const store = await openStore({ dir: join(stateDir, 'state'), diskLowBytes: 0 });
  const recorded: NewEvent[] = [];
  const quiet = () => undefined;
  const witnesses = createWitnesses({
    stateDir,
    gatewayId: store.gatewayId,
    version: '1.2.3',
    checkpoints: store.checkpoints,
    head: () => store.log.head(),
    record: async (_, event) => void recorded.push(event),
    logger: { info: quiet, warn: quiet, error: quiet },
    firstRetryMs: 1,
    farewellMs: 20_000,
  });
  onTestFinished(async () => {
    await witnesses.close();
    await store.close();
  });
  await witnesses.apply(configSchema.parse({ gateway: { logging: { audit: { witnesses: destinations } } } }));
  await until(() => witnesses.status().every(({ state }) => state !== 'starting'));
  return { stateDir, store, witnesses, recorded };
}

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-witness-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Appends events and has them signed for. */
async function checkpoint(store: Store, events = 1): Promise<void> {
  for (let times = 0; times < events; times++) {
    await store.log.append({ events: [{ streamId: 'gateway/x', event: GatewayStopped.create({ reason: 'test', uptimeMs: 1 }) }] });
  }
  await store.checkpoints.make();
}

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 20_000, interval: 10 });
const sizesIn = (text: string) => findCheckpoints(text).map(({ size }) => size);
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

async function webServer(answer: (body: string, headers: Record<string, unknown>) => number) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.writeHead(answer(body, request.headers)).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/checkpoints`;
}

test('D gateway.logging.audit.witnesses[].destination: a file elsewhere gets every checkpoint as a note, also the one that is made on stopping, and the log verifies against it', async () => {
  const file = join(scratch(), 'elsewhere', 'checkpoints');
  const { stateDir, store, witnesses } = await begin([{ destination: file }]);
  for (let times = 0; times < 3; times++) await checkpoint(store);
  await store.log.append({ events: [{ streamId: 'gateway/x', event: GatewayStopped.create({ reason: 'last', uptimeMs: 1 }) }] });
  await witnesses.close();
  await store.close();
  expect(sizesIn(read(file))).toEqual([1, 2, 3, 4]);
  const result = await verifyLog({ dir: join(stateDir, 'state'), witnessFile: file });
  expect(result).toMatchObject({ ok: true, witnessed: 4, witnessedTo: 4, limits: [] });
});

test('goes on after a restart with those that were made meanwhile, and a note that a crash left half written hides no other', async () => {
  const file = join(scratch(), 'checkpoints');
  const first = await begin([{ destination: file }]);
  await checkpoint(first.store);
  await until(() => sizesIn(read(file)).length === 1);
  await first.witnesses.close();
  await checkpoint(first.store);
  await checkpoint(first.store);
  await first.store.close();
  writeFileSync(file, 'openclaw/gw_x\n12', { flag: 'a' });
  await begin([{ destination: file }], first.stateDir);
  await until(() => sizesIn(read(file)).length === 3);
  expect(sizesIn(read(file))).toEqual([1, 2, 3]);
});

test('D a witness that is new in gateway.logging.audit.witnesses begins with the newest checkpoint, which stands for all before it', async () => {
  const { store, witnesses } = await begin([]);
  for (let times = 0; times < 3; times++) await checkpoint(store);
  const file = join(scratch(), 'checkpoints');
  await witnesses.apply(configSchema.parse({ gateway: { logging: { audit: { witnesses: [{ destination: file }] } } } }));
  await until(() => sizesIn(read(file)).length > 0);
  await checkpoint(store);
  await until(() => sizesIn(read(file)).length > 1);
  expect(sizesIn(read(file))).toEqual([3, 4]);
});

test('a web server gets them signed with its gateway.logging.audit.witnesses[].secret; one that refuses is tried again until it has all, and operators hear of it', async () => {
  const bodies: string[] = [];
  const signatures: boolean[] = [];
  let refusing = false;
  let refused = 0;
  const url = await webServer((body, headers) => {
    const timestamp = String(headers['x-openclaw-timestamp']);
    const expected = createHmac('sha256', 'a-long-enough-secret').update(`${timestamp}.${body}`).digest('hex');
    signatures.push(headers['x-openclaw-signature'] === `sha256=${expected}`);
    if (refusing) {
      refused += 1;
      return 503;
    }
    bodies.push(body);
    return 200;
  });
  const { store, witnesses, recorded } = await begin([{ destination: `${url}?key=hidden`, secret: 'a-long-enough-secret' }]);
  await checkpoint(store);
  await until(() => bodies.length === 1);
  const [note] = findCheckpoints(bodies.join('\n'));
  const key = parseVerifierKey(store.checkpoints.verifierKey);
  if (!note || !key) throw new TypeError('no checkpoint');
  expect(verifyNote(note, key)).toBe('good');

  refusing = true;
  for (let times = 0; times < 3; times++) await checkpoint(store);
  await until(() => refused >= 3 && recorded.length === 1);
  expect(recorded[0]).toMatchObject({
    type: 'witness.failed',
    data: { destination: url, takenTo: 1, problem: { message: 'the server answered 503' } },
  });
  expect(witnesses.status()).toMatchObject([{ destination: url, state: 'failing', takenTo: 1 }]);

  refusing = false;
  await until(() => bodies.length === 4);
  expect(sizesIn(bodies.join('\n'))).toEqual([1, 2, 3, 4]);
  await until(() => witnesses.status()[0]?.state === 'current');
  expect(recorded.map(({ type }) => type)).toEqual(['witness.failed', 'witness.recovered']);
  expect(signatures.every((isGood) => isGood)).toBe(true);
});

test('a syslog server gets them over UDP and over TCP, and what it wrote down is a witness', async () => {
  const lines: string[] = [];
  const udp = createSocket('udp4', (message) => void lines.push(String(message)));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const tcp = createTcpServer({ allowHalfOpen: true }, async (socket) => {
    let received = '';
    for await (const chunk of socket) received += chunk;
    lines.push(received.replace(/^\d+ /, ''));
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  const { stateDir, store } = await begin([
    { destination: `syslog://127.0.0.1:${udp.address().port}` },
    { destination: `syslog+tcp://127.0.0.1:${(tcp.address() as AddressInfo).port}` },
  ]);
  await checkpoint(store);
  await until(() => lines.length === 2);
  for (const line of lines) expect(line).toMatch(/^<110>1 \S+ \S+ openclaw \d+ checkpoint \[.*\] /);
  const kept = join(scratch(), 'syslog');
  writeFileSync(kept, lines.join('\n'));
  expect(await verifyLog({ dir: join(stateDir, 'state'), witnessFile: kept })).toMatchObject({ ok: true, witnessed: 2 });
});
