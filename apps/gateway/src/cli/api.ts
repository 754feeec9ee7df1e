/** Talks to the HTTP API of a running gateway. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events/errors';
import { isLoopback } from '../config/relations.ts';

export type Api = {
  readonly url: string;
  /** Throws GATEWAY_UNREACHABLE, DEADLINE_EXCEEDED, and what the gateway answers. */
  get<T>(path: string, query?: Query, timeoutMs?: number): Promise<T>;
  send<T>(method: 'POST' | 'PATCH', path: string, body?: unknown, timeoutMs?: number): Promise<T>;
};

export type Query = Readonly<Record<string, string | number | undefined>>;

const TIMEOUT_MS = 10_000;

export function createApi(url: string, token: string | undefined): Api {
  const call = async <T>(method: string, path: string, body: unknown, timeoutMs: number): Promise<T> => {
    const { status, text } = await exchange(new URL(path, url), method, token, body, timeoutMs);
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

/** Whether the gateway at this address has finished starting. */
export async function isReady(url: string): Promise<boolean> {
  return exchange(new URL('/readyz', url), 'GET', undefined, undefined, 2000).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function exchange(
  url: URL,
  method: string,
  token: string | undefined,
  body: unknown,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    connection: 'close',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  // TLS takes longer to load than most commands take to run.
  const secure = url.protocol === 'https:' ? await import('node:https') : undefined;
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
    // On this machine the certificate's name is not what the gateway is reached by.
    const request: ClientRequest = secure
      ? secure.request(url, { method, headers, rejectUnauthorized: !isLoopback(url.hostname) }, onResponse)
      : httpRequest(url, { method, headers }, onResponse);
    const timer = setTimeout(() => {
      const message = `Connection failed: ${url.origin} took the request but did not answer within ${Math.round(timeoutMs / 1000)} s.`;
      fail(new GatewayError('DEADLINE_EXCEEDED', { message, details: { remedy: 'Look at its log with `openclaw logs`.' } }));
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
