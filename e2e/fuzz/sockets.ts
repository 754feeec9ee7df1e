/** Bytes that are no requests, and WebSocket frames good and broken. */
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Random } from '../random.ts';
import type { Target } from './http.ts';
import { body, bytes, text, value } from './inputs.ts';
import { webSocketMethods } from './surface.ts';
import type { Who } from './tally.ts';

const PATIENCE_MS = 1000;
const LINES = [
  'GET / HTTP/1.1',
  'POST /api/messages HTTP/1.1',
  'GET /healthz HTTP/9.9',
  'GET http://x/ HTTP/1.1',
  'CONNECT x:1 HTTP/1.1',
  'GET /\u0000 HTTP/1.1',
  '',
  'PRI * HTTP/2.0',
  'OPTIONS * HTTP/1.1',
] as const;
const HEADS = [
  'Host: x',
  'Host:',
  'Content-Length: 5',
  'Content-Length: -5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: x',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Version: 8',
  ': x',
  'x',
  'Expect: 100-continue',
  `Long: ${'x'.repeat(9000)}`,
] as const;

/** One connection with bytes of any kind; each status line that comes back is counted. */
export async function fuzzBytes({ url, tally }: Target, random: Random): Promise<void> {
  const { hostname, port } = new URL(url);
  const head = `${random.pick(LINES)}\r\n${Array.from({ length: random.below(6) }, () => `${random.pick(HEADS)}\r\n`).join('')}`;
  const ending = random.chance(0.7) ? '\r\n' : '';
  const sent = random.chance(0.3)
    ? bytes(random, 400)
    : Buffer.concat([Buffer.from(`${head}${ending}`, 'latin1'), random.chance(0.5) ? bytes(random, 100) : Buffer.alloc(0)]);
  tally.count('bytes');
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname);
    let read = '';
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      read += chunk.slice(0, 10_000);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      for (const [, status = '0'] of read.matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
        tally.status(Number(status), /"code":"([A-Z_]+)"/.exec(read)?.[1], JSON.stringify(sent.toString('latin1')));
      resolve();
    });
    // Its end of the connection stays open now and then: then it is cut.
    if (random.chance(0.8)) socket.end(sent);
    else socket.write(sent);
  });
}

/** One WebSocket with some frames, each of which counts. */
export async function fuzzWebSocket({ url, token, tally }: Target, random: Random, who: Who, frames: number): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws'), { handshakeTimeout: PATIENCE_MS });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  const sent: string[] = [];
  socket.on('message', (data) => judge(String(data)));
  const opened = await Promise.race([
    new Promise<boolean>((resolve) => socket.once('open', () => resolve(true))),
    closed.then(() => false),
  ]);
  if (!opened) {
    tally.count('websocket');
    tally.unanswered += 1;
    return;
  }
  const isMember = who === 'right';
  if (who !== 'nobody') write(JSON.stringify(hello(isMember ? token : `${token.slice(0, -1)}!`)));
  for (let count = 0; count < frames && socket.readyState === WebSocket.OPEN; count++) {
    tally.count('websocket');
    frame();
    if (count % 20 === 19) await answered();
  }
  await answered();
  socket.terminate();
  await closed;

  function write(what: string | Buffer, options: { readonly fin?: boolean; readonly binary?: boolean } = {}): void {
    sent.push(String(what).slice(0, 200));
    socket.send(what, options, () => undefined);
  }

  function frame(): void {
    const kind = random.below(30);
    if (kind === 0) write(bytes(random, 50), { binary: true });
    else if (kind === 1) write(body(random), { binary: false });
    else if (kind === 2) write(text(random), { fin: random.chance(0.5) });
    else if (kind === 3) socket.ping(bytes(random, 100), undefined, () => undefined);
    else if (kind === 4) write(JSON.stringify(value(random)));
    // Under the library: bytes that are no frame.
    else if (kind === 5 && random.chance(0.3)) underneath().write(bytes(random, 60));
    else write(JSON.stringify(call()));
  }

  function call(): object {
    const id = random.chance(0.9) ? `${sent.length}` : value(random, 1);
    return { type: 'req', id, method: random.chance(0.9) ? random.pick(webSocketMethods) : text(random), params: value(random) };
  }

  function underneath(): { write(data: Buffer): void } {
    return (socket as unknown as { _socket: { write(data: Buffer): void } })._socket;
  }

  /** A ping comes back behind everything that was sent before it. */
  async function answered(): Promise<void> {
    if (socket.readyState !== WebSocket.OPEN) return;
    const pong = new Promise<void>((resolve) => socket.once('pong', () => resolve()));
    socket.ping(undefined, undefined, () => undefined);
    await Promise.race([pong, closed, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  }

  function judge(frameText: string): void {
    const { type, ok, error } = JSON.parse(frameText) as { type: string; ok?: boolean; error?: { details?: { code?: string } } };
    if (type !== 'res') return;
    if (ok && !isMember) tally.violate(`${who} got an answer over WebSocket after ${sent.slice(-3).join(' | ')}`);
    const code = error?.details?.code;
    tally.status(ok ? 200 : code === 'INTERNAL' ? 500 : 400, code, `WebSocket frames ${sent.slice(-3).join(' | ')}`);
  }
}

function hello(token: string): object {
  const client = { id: 'fuzz', version: '1.0.0', platform: 'linux', mode: 'test' };
  return {
    type: 'req',
    id: 'hello',
    method: 'connect',
    params: { minProtocol: 4, maxProtocol: 4, client, role: 'operator', scopes: ['operator.admin'], auth: { token } },
  };
}
