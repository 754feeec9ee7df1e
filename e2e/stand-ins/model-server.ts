/** What the model stand-ins have in common: scripted answers, faults, and a record of what was asked. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startHttpServer } from './http-server.ts';

export type ScriptedToolCall = { readonly id?: string; readonly name: string; readonly arguments: unknown };
export type ScriptedAnswer = {
  readonly text?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  readonly finishReason?: 'stop' | 'length';
  readonly latencyMs?: number;
};

export type ScriptedFault =
  /** An error of the provider's own, in its own format. */
  | { readonly fault: 'status'; readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  /** The request is taken and never answered. */
  | { readonly fault: 'hang' }
  /** Half of the answer comes, then nothing more. */
  | { readonly fault: 'stall' }
  /** Half of the answer comes, then the socket breaks. */
  | { readonly fault: 'break' }
  /** Half of the answer comes, then the provider says in its own format that it is overloaded. */
  | { readonly fault: 'report' }
  /** Half of the answer comes, then a proper end. */
  | { readonly fault: 'cut' }
  /** The socket breaks before anything is said. */
  | { readonly fault: 'drop' }
  /** The right content type, but not JSON. */
  | { readonly fault: 'garbage' }
  /** The login page of a proxy. */
  | { readonly fault: 'html' }
  /** Status 200 and nothing in it. */
  | { readonly fault: 'empty' };

export type Scripted = ScriptedAnswer | ScriptedFault;

/** One way in which a provider is asked and answers. */
export type ModelProtocol = {
  readonly streams: (body: string) => boolean;
  /** Server-sent events, in order. */
  readonly events: (answer: ScriptedAnswer) => readonly string[];
  readonly whole: (answer: ScriptedAnswer) => string;
  readonly error: (status: number, message: string) => string;
  /** The event of a stream that says that the provider is overloaded. */
  readonly overloaded: string;
};

export type ModelServerOptions = {
  readonly port?: number;
  /** What is answered once the script is used up. Default: the text `pong`. */
  readonly answer?: Scripted | ((request: RecordedRequest) => Scripted);
  readonly latencyMs?: number;
};

export type RecordedRequest = {
  readonly path: string;
  /** The caller's port: the same for requests over one connection. */
  readonly remotePort: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: () => Record<string, unknown>;
};

export type ModelServer = {
  readonly url: string;
  /** The newest requests, oldest first; at most a thousand. */
  readonly requests: readonly RecordedRequest[];
  /** Answers the next requests with these, one each. */
  readonly script: (...next: readonly Scripted[]) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

const RECORDED_REQUESTS = 1000;
const SSE = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
const JSON_TYPE = { 'content-type': 'application/json' };

export async function startModelServer(
  protocols: Readonly<Record<string, ModelProtocol>>,
  base: string,
  options: ModelServerOptions,
): Promise<ModelServer> {
  const queue: Scripted[] = [];
  const requests: RecordedRequest[] = [];
  const fallback = options.answer ?? { text: 'pong' };
  // A benchmark's answer never changes, so it is rendered once.
  const rendered = new Map<ModelProtocol, { readonly stream: Buffer; readonly whole: Buffer }>();

  const server = await startHttpServer((request, body, response) => {
    const path = request.url ?? '/';
    const protocol = protocols[path];
    if (!protocol) return answerOther(path, base, response);
    const scripted = queue.shift();
    if (!scripted && typeof fallback !== 'function' && !('fault' in fallback)) {
      let ready = rendered.get(protocol);
      if (!ready) {
        ready = { stream: Buffer.from(protocol.events(fallback).join('')), whole: Buffer.from(protocol.whole(fallback)) };
        rendered.set(protocol, ready);
      }
      record(requests, request, path, body);
      const bytes = protocol.streams(body) ? ready.stream : ready.whole;
      const type = protocol.streams(body) ? SSE : JSON_TYPE;
      const send = () => response.writeHead(200, { ...type, 'content-length': bytes.length }).end(bytes);
      const latencyMs = fallback.latencyMs ?? options.latencyMs ?? 0;
      if (latencyMs > 0) setTimeout(send, latencyMs);
      else send();
      return;
    }
    const recorded = record(requests, request, path, body);
    const next = scripted ?? (typeof fallback === 'function' ? fallback(recorded) : fallback);
    if ('fault' in next) return misbehave(next, protocol, body, response);
    setTimeout(() => answer(next, protocol, body, response), next.latencyMs ?? options.latencyMs ?? 0);
  }, options.port);

  return {
    url: `${server.origin}${base}`,
    requests,
    script: (...next) => void queue.push(...next),
    dropConnections: server.dropConnections,
    close: server.close,
  };
}

function record(requests: RecordedRequest[], request: IncomingMessage, path: string, body: string): RecordedRequest {
  const recorded = {
    path,
    remotePort: request.socket.remotePort,
    headers: request.headers,
    body,
    json: () => JSON.parse(body) as Record<string, unknown>,
  };
  requests.push(recorded);
  if (requests.length > RECORDED_REQUESTS) requests.splice(0, RECORDED_REQUESTS / 2);
  return recorded;
}

function answer(next: ScriptedAnswer, protocol: ModelProtocol, body: string, response: ServerResponse): void {
  if (!protocol.streams(body)) {
    response.writeHead(200, JSON_TYPE).end(protocol.whole(next));
    return;
  }
  response.writeHead(200, SSE);
  for (const event of protocol.events(next)) response.write(event);
  response.end();
}

function misbehave(next: ScriptedFault, protocol: ModelProtocol, body: string, response: ServerResponse): void {
  const streams = protocol.streams(body);
  const type = streams ? SSE : JSON_TYPE;
  switch (next.fault) {
    case 'status':
      response.writeHead(next.status, { ...JSON_TYPE, ...next.headers }).end(protocol.error(next.status, next.message ?? 'scripted error'));
      return;
    case 'hang':
      return;
    case 'drop':
      response.destroy();
      return;
    case 'garbage':
      response.writeHead(200, type).end(streams ? 'data: {"broken\n\ndata: <<<\n\n' : '{"broken');
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      return;
    case 'empty':
      response.writeHead(200, type).end();
      return;
    default:
      beginOnly(next.fault, streams, protocol, response);
  }
}

function beginOnly(fault: 'stall' | 'break' | 'cut' | 'report', streams: boolean, protocol: ModelProtocol, response: ServerResponse): void {
  const full = { text: 'one two three four five six' };
  const events = protocol.events(full);
  const half = streams ? events.slice(0, Math.ceil(events.length / 2)).join('') : protocol.whole(full).slice(0, 40);
  response.writeHead(200, streams ? SSE : JSON_TYPE);
  response.write(half, () => {
    if (fault === 'break') response.destroy();
    if (fault === 'cut') response.end();
    if (fault === 'report') response.end(protocol.overloaded);
  });
}

function answerOther(path: string, base: string, response: ServerResponse): void {
  if (path === `${base}/models`) {
    response
      .writeHead(200, JSON_TYPE)
      .end(JSON.stringify({ object: 'list', data: [{ id: 'stand-in', object: 'model', owned_by: 'stand-in' }] }));
    return;
  }
  response.writeHead(404, JSON_TYPE).end(JSON.stringify({ error: { message: `no such path ${path}`, type: 'not_found' } }));
}

/** The text in pieces of a word each, as a model streams it. */
export function pieces(text: string): readonly string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text ? [text] : []);
}
