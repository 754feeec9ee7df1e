/** Somebody elsewhere: requests and sockets from an address of this machine that is not the proxy's, with headers of one's own. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';

/** Another address of the loopback interface: what connects from here is told from what connects from 127.0.0.1. */
export const ELSEWHERE = '127.0.0.2';

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
type Options = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly from?: string;
  readonly signal?: AbortSignal;
};

/** A request whose answer has begun. */
export function begin(url: string, { headers = {}, json, from = ELSEWHERE, signal }: Options = {}): Promise<IncomingMessage> {
  const payload = json === undefined ? undefined : JSON.stringify(json);
  const options = {
    method: payload === undefined ? 'GET' : 'POST',
    headers: { ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers },
    localAddress: from,
    agent: false as const,
    ...(signal && { signal }),
  };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith('https:')
      ? httpsRequest(url, { ...options, rejectUnauthorized: false }, resolve)
      : httpRequest(url, options, resolve);
    sent.once('error', reject);
    sent.end(payload);
  });
}

export async function visit(url: string, options: Options = {}): Promise<Answer> {
  const response = await begin(url, options);
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** Signs in with the gateway token; the answer, and the headers that a browser sends from then on. */
export async function signIn(url: string, token: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await visit(`${url}/api/sign-in/token`, { headers: { origin: url, ...headers }, json: { token } });
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  return { status: answer.status, setCookie: cookie, headers: { ...headers, cookie: cookie.split(';')[0] ?? '' } };
}

/** A socket that has said hello with the token and is silent from then on; `closed` is its close code. */
export async function silentSocket(url: string, token: string) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { rejectUnauthorized: false });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const client = { id: 'gateway-client', version: '1', platform: 'test', mode: 'backend' };
  let pings = 0;
  socket.on('ping', () => pings++);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; event?: string; ok?: boolean };
      if (frame.event === 'connect.challenge') {
        const params = { minProtocol: 4, maxProtocol: 4, client, auth: { token } };
        socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
      }
      if (frame.type !== 'res') return;
      if (frame.ok) resolve();
      else reject(new Error(String(data)));
    });
  });
  return { closed, pings: () => pings, isOpen: () => socket.readyState === WebSocket.OPEN, [Symbol.dispose]: () => socket.terminate() };
}
