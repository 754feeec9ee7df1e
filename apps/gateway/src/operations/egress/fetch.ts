/**
 * `fetch` over node:http: one request, its answer as a `Response`. It costs about half the CPU of the built-in one. A redirect is
 * an error, because keys would go along; where it is followed, each hop is judged like any destination and loses the keys.
 */
import http from 'node:http';
import https from 'node:https';

const MOST_RESPONSE_BYTES = 32 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** What is meant for one server only. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'api-key']);

export type EgressRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** `error` when left out; `answer` hands it back like any other answer. */
  readonly redirect?: 'error' | 'answer' | 'follow';
  readonly mostBytes?: number;
};

/** The answer of a server. Throws EGRESS_REFUSED, or what the connection failed with. */
export type EgressFetch = (url: string | URL, request?: EgressRequest) => Promise<Response>;

export function createFetch(agentFor: (protocol: string) => http.Agent): EgressFetch {
  return async (input, request = {}) => {
    let url = httpUrl(input);
    let asked = request;
    for (let hop = 0; ; hop++) {
      const response = await send(url, asked, agentFor(url.protocol));
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null || request.redirect === 'answer') return response;
      await response.body?.cancel();
      if (request.redirect !== 'follow') throw new Error(`the server sends on to another address (${response.status})`);
      if (hop === MOST_REDIRECTS) throw new Error(`the server sends on more than ${MOST_REDIRECTS} times`);
      const next = httpUrl(new URL(location, url));
      asked = onward(asked, response.status, next.origin === url.origin);
      url = next;
    }
  };
}

function httpUrl(input: string | URL): URL {
  const url = new URL(input);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new TypeError(`${url.protocol} is not spoken; http: and https: are`);
}

/** The request as it is made to the address that the server sent on to. */
function onward(request: EgressRequest, status: number, sameOrigin: boolean): EgressRequest {
  const { method = 'GET', body, headers = {}, ...rest } = request;
  const becomesGet = status === 303 || (status < 303 && method === 'POST');
  const dropped = (name: string) =>
    (!sameOrigin && SECRET_HEADERS.has(name.toLowerCase())) || (becomesGet && name.toLowerCase().startsWith('content-'));
  return {
    ...rest,
    method: becomesGet && method !== 'HEAD' ? 'GET' : method,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped(name))),
    ...(!becomesGet && body !== undefined && { body }),
  };
}

function send(url: URL, { method = 'GET', headers = {}, body, signal, mostBytes }: EgressRequest, agent: http.Agent): Promise<Response> {
  signal?.throwIfAborted();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: https.RequestOptions = { method, headers: { ...headers, ...length }, agent, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
    request.on('response', (response) => resolve(toResponse(response, method, mostBytes ?? MOST_RESPONSE_BYTES, signal)));
    request.on('error', (error) => reject(reasonOf(error, signal)));
    request.end(body);
  });
}

function toResponse(incoming: http.IncomingMessage, method: string, mostBytes: number, signal: AbortSignal | undefined): Response {
  const status = incoming.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  if (method === 'HEAD' || WITHOUT_BODY.has(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(bounded(incoming, mostBytes, signal), { status, headers });
}

function bounded(incoming: http.IncomingMessage, mostBytes: number, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  let left = mostBytes;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        incoming.on('data', (part: Buffer) => {
          left -= part.length;
          if (left < 0) return void incoming.destroy(new AnswerTooLarge(mostBytes));
          controller.enqueue(part);
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.on('end', () => controller.close());
        incoming.on('error', (error) => controller.error(reasonOf(error, signal)));
      },
      pull: () => void incoming.resume(),
      cancel: () => void incoming.destroy(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 65_536 }),
  );
}

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`the answer is larger than ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

/** Why it failed: the caller's own reason where the caller gave up; one of several addresses' failures where none could be reached. */
function reasonOf(error: Error, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  const [first] = error.errors as readonly Error[];
  return first ?? error;
}
