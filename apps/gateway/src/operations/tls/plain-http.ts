/** What a client hears who speaks plain HTTP where HTTPS is spoken: the way there, or the answer to an authority's check. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { GatewayError } from '@openclaw-gateway/events';

export const CHALLENGE_PATH = '/.well-known/acme-challenge/';
const ARRIVE_MS = 10_000;

export type PlainOptions = {
  /** What the authority expects at this token. */
  readonly challenge: (token: string) => string | undefined;
  /** Why there is no HTTPS to send anyone to. */
  readonly pending: () => GatewayError | undefined;
  /** The port of HTTPS; without it, it is the one that the client asked. */
  readonly port?: number;
};

/** A server that sends every request on to HTTPS (308: same method, path and query). It does not listen by itself. */
export function createPlainServer(options: PlainOptions): Server {
  const limits = { headersTimeout: ARRIVE_MS, requestTimeout: ARRIVE_MS, connectionsCheckingInterval: 2000 };
  const server = createServer(limits, (request, response) => {
    const { status, headers, body } = answer(options, request);
    response.writeHead(status, { ...headers, connection: 'close', 'cache-control': 'no-store' }).end(body);
  });
  return server;
}

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

function answer({ challenge, pending, port }: PlainOptions, { url = '/', headers }: IncomingMessage): Answer {
  if (url.startsWith(CHALLENGE_PATH)) {
    const body = challenge(url.slice(CHALLENGE_PATH.length));
    if (body !== undefined) return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body };
    return failure(new GatewayError('NOT_FOUND', { message: 'No certificate is being ordered with this token.' }));
  }
  const problem = pending();
  if (problem) return failure(problem);
  const location = targetOf(headers.host, url, port);
  if (location) {
    return {
      status: 308,
      headers: { location, 'content-type': 'text/plain; charset=utf-8' },
      body: `This gateway speaks HTTPS: ${location}\n`,
    };
  }
  return failure(new GatewayError('BAD_REQUEST', { message: 'This port speaks HTTPS, and the request names no host to send it on to.' }));
}

function failure(error: GatewayError): Answer {
  const headers = { 'content-type': 'application/json', ...(error.retryable && { 'retry-after': '30' }) };
  return { status: error.status, headers, body: JSON.stringify({ error: error.toBody() }) };
}

/** @example targetOf('example.com:80', '/a?b', 443) // 'https://example.com/a?b' */
function targetOf(host: string | undefined, url: string, port: number | undefined): string | undefined {
  const [, name, asked] = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/.exec(host ?? '') ?? [];
  if (name === undefined || !url.startsWith('/')) return undefined;
  const suffix = port === undefined ? (asked ?? '') : port === 443 ? '' : `:${port}`;
  return `https://${name}${suffix}${url}`;
}
