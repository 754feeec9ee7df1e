/** Talks to the HTTP API of a running gateway. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events/errors';
import { askWhyPending, connectTrusted, type Trust, trustNone } from './trust.ts';

export type Api = {
  readonly url: string;
  /** Throws GATEWAY_UNREACHABLE, DEADLINE_EXCEEDED, and what the gateway answers. */
  get<T>(path: string, query?: Query, timeoutMs?: number): Promise<T>;
  send<T>(method: 'POST' | 'PATCH', path: string, body?: unknown, timeoutMs?: number): Promise<T>;
};

export type Query = Readonly<Record<string, string | number | undefined>>;

const TIMEOUT_MS = 10_000;
const REMOTE_REMEDY =
  'OPENCLAW_GATEWAY_URL names this address: check that the tunnel or proxy to it is up, and that the gateway runs there.';

/** `trust` says which certificates are the gateway's own, beside those that this machine trusts anyway. */
export function createApi(url: string, token: string | undefined, trust: Trust = trustNone): Api {
  const call = async <T>(method: string, path: string, body: unknown, timeoutMs: number): Promise<T> => {
    const { status, text } = await exchange(new URL(path, url), { method, token, body, timeoutMs, trust });
    const parsed = parse(text);
    if (status >= 200 && status < 300 && parsed !== undefined) return parsed as T;
    throw toError(status, parsed, url);
  };
  return {
    url,
    get: (path, query = {}, timeoutMs = TIMEOUT_MS) => call('GET', withQuery(path, query), undefined, timeoutMs),
    send: (method, path, body, timeoutMs = TIMEOUT_MS) => call(method, path, body, timeoutMs),
  };
}

/** Whether the gateway at this address has finished starting; in safe mode it has, too. */
export async function isReady(url: string, trust: Trust = trustNone): Promise<boolean> {
  return exchange(new URL('/readyz', url), { method: 'GET', timeoutMs: 2000, trust }).then(
    ({ status, text }) => {
      if (status === 200) return true;
      const failing = (parse(text) as { failing?: readonly string[] } | undefined)?.failing;
      return failing?.length === 1 && failing[0] === 'safe_mode';
    },
    () => false,
  );
}

type Exchange = {
  readonly method: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly timeoutMs: number;
  readonly trust: Trust;
};

async function exchange(
  url: URL,
  { method, token, body, timeoutMs, trust }: Exchange,
): Promise<{ readonly status: number; readonly text: string }> {
  const socket = url.protocol === 'https:' ? await connectSecurely(url, trust, timeoutMs) : undefined;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    connection: 'close',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.once('error', fail);
    };
    const request: ClientRequest = socket
      ? httpRequest(url, { protocol: 'http:', method, headers, createConnection: () => socket }, onResponse)
      : httpRequest(url, { method, headers }, onResponse);
    const timer = setTimeout(() => {
      fail(tooSlow(url, 'took the request but did not answer', timeoutMs));
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      request.destroy();
      reject(error instanceof GatewayError ? error : unreachable(url.origin, error));
    };
    request.once('error', fail);
    request.end(payload);
  });
}

/** The request is sent only when it is known who gets it. */
async function connectSecurely(url: URL, trust: Trust, timeoutMs: number): Promise<TLSSocket> {
  const controller = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: controller.signal, ref: false }).then(() => {
    throw tooSlow(url, 'took the connection but did not finish the TLS handshake', timeoutMs);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([connectTrusted(url, trust), late]);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw (await askWhyPending(url)) ?? unreachable(url.origin, error as NodeJS.ErrnoException);
  } finally {
    controller.abort();
  }
}

function tooSlow(url: URL, what: string, timeoutMs: number): GatewayError {
  const message = `Connection failed: ${url.origin} ${what} within ${Math.round(timeoutMs / 1000)} s.`;
  return new GatewayError('DEADLINE_EXCEEDED', { message, details: { remedy: 'Look at its log with `openclaw logs`.' } });
}

function unreachable(origin: string, error: NodeJS.ErrnoException): GatewayError {
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'the connection was cut',
    ENOTFOUND: 'there is no such host',
    EHOSTUNREACH: 'the machine cannot be reached',
    ETIMEDOUT: 'the machine does not answer',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new GatewayError('GATEWAY_UNREACHABLE', {
    message: `Connection failed: no gateway answers at ${origin}: ${reason}.`,
    ...(process.env['OPENCLAW_GATEWAY_URL'] && { details: { remedy: REMOTE_REMEDY } }),
    cause: error,
  });
}

function toError(status: number, body: unknown, url: string): GatewayError {
  const error = (body as { error?: { code?: string; message?: string; details?: Record<string, unknown> } } | undefined)?.error;
  if (error && typeof error.code === 'string' && error.code in ERRORS) {
    const code = error.code as ErrorCode;
    return GatewayError.fromBody({ code, message: error.message ?? ERRORS[code].title, ...(error.details && { details: error.details }) });
  }
  return new GatewayError('GATEWAY_UNREACHABLE', {
    message: `Connection failed: what answers at ${url} is not an OpenClaw gateway (HTTP ${status}).`,
    details: { status, remedy: 'Check gateway.network.port in the configuration, and what else listens on this port.' },
  });
}

function withQuery(path: string, query: Query): string {
  const entries = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  if (entries.length === 0) return path;
  return `${path}?${new URLSearchParams(entries.map(([key, value]): [string, string] => [key, String(value)]))}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
