/**
 * The only way out of a browser: a proxy on this machine that looks up every name itself and judges every address, as for all that
 * content names. It answers nobody but the one browser, by a credential of that browser's own.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '@openclaw-gateway/events';
import { hostOf, portOf, type Way } from '../../operations/egress/index.ts';

const MOST_CONNECTIONS = 256;
const IDLE_MS = 60_000;
/** Different places that were not reached; more are not remembered. */
const MOST_PROBLEMS = 100;
const USERNAME = 'browser';
const CHALLENGE = { 'proxy-authenticate': 'Basic realm="browser"' };
/** What is between the browser and the proxy only. */
const HOP: ReadonlySet<string> = new Set([
  'proxy-authorization',
  'proxy-connection',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
]);

export type BrowserProxy = {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Another act begins: what failed before may be tried again. */
  readonly begin: () => void;
  /** Why the place that an address names was not reached, if it was not. Throws nothing; EGRESS_REFUSED is among them. */
  readonly problemOf: (url: string) => GatewayError | undefined;
  /** The places that were refused since the act began. */
  readonly refused: () => readonly string[];
  readonly close: () => void;
};

type Place = { readonly host: string; readonly port: number };

/** Starts a proxy on a free port of this machine. */
export async function openProxy(way: Way): Promise<BrowserProxy> {
  const password = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Basic ${Buffer.from(`${USERNAME}:${password}`).toString('base64')}`);
  const isIts = ({ headers }: IncomingMessage): boolean => {
    const given = Buffer.from(headers['proxy-authorization'] ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  const problems = new Map<string, GatewayError>();
  /** What the browser is answered when a place could not be reached. */
  const failed = (thrown: unknown, place: Place): 403 | 502 => {
    const name = nameOf(place);
    const error = thrown instanceof GatewayError ? thrown : notReached(name, thrown);
    if (problems.size < MOST_PROBLEMS) problems.set(name, error);
    return error.code === 'EGRESS_REFUSED' ? 403 : 502;
  };
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '');
    if (!isIts(request)) response.writeHead(407, CHALLENGE).end();
    else if (url?.protocol !== 'http:') response.writeHead(400).end();
    else forward(way, url, request, response, failed);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const url = URL.parse(`https://${request.url ?? ''}`);
    if (!isIts(request))
      socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${CHALLENGE['proxy-authenticate']}\r\n\r\n`);
    else if (!url) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    else tunnel(way, { host: hostOf(url), port: portOf(url) }, socket, head, failed);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username: USERNAME,
    password,
    begin: () => problems.clear(),
    problemOf: (written) => {
      const url = URL.parse(written);
      return url ? problems.get(nameOf({ host: hostOf(url), port: portOf(url) })) : undefined;
    },
    refused: () => [...problems].flatMap(([name, { code }]) => (code === 'EGRESS_REFUSED' ? [name] : [])),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Failed = (thrown: unknown, place: Place) => 403 | 502;

function forward(way: Way, url: URL, request: IncomingMessage, response: ServerResponse, failed: Failed): void {
  const place = { host: hostOf(url), port: portOf(url) };
  const { method = 'GET', headers } = request;
  const onward = requestOf({
    ...place,
    method,
    path: `${url.pathname}${url.search}`,
    headers: endToEnd(headers),
    agent: way.agent('http:'),
    timeout: IDLE_MS,
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response).on('error', () => undefined);
    answer.on('error', () => response.destroy());
  });
  onward.on('timeout', () => onward.destroy(new Error('no answer came')));
  onward.on('error', (error) => {
    // An answer of the proxy's own would look like one of the place.
    failed(error, place);
    response.destroy();
  });
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function tunnel(way: Way, place: Place, socket: Socket, head: Buffer, failed: Failed): void {
  const onward = way.connect(place, { timeout: IDLE_MS });
  let isOpen = false;
  onward.once('connect', () => {
    isOpen = true;
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  onward.on('timeout', () => onward.destroy());
  onward.on('error', (error) => {
    if (isOpen) socket.destroy();
    else socket.end(`HTTP/1.1 ${failed(error, place)} Not Reached\r\n\r\n`);
  });
  onward.once('close', () => isOpen && socket.destroy());
  socket.once('close', () => onward.destroy());
}

/** Without what is said to the proxy, and without what the `Connection` header names. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name) && !named.has(name)));
}

function notReached(name: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError('TOOL_FAILED', { message: `${name} could not be reached: ${why}`, cause });
}

function nameOf({ host, port }: Place): string {
  return `${host.includes(':') ? `[${host}]` : host.toLowerCase().replace(/\.$/, '')}:${port}`;
}
