/** Fuzzed requests over HTTP, tRPC's among them. */
import { Agent, request } from 'node:http';
import type { Random } from '../random.ts';
import { body, headers, path, text, value } from './inputs.ts';
import { isPublic, KEPT_BACK, procedures, type Route } from './surface.ts';
import type { Tally, Who } from './tally.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'TRACE'] as const;
const MOST_READ = 64 * 1024;
/** An answer may wait for a model, and a stream does not end. */
const PATIENCE_MS = 2000;

export type Target = { readonly url: string; readonly token: string; readonly tally: Tally; readonly agent: Agent };

export const newAgent = (): Agent => new Agent({ keepAlive: true, maxSockets: 32 });

export async function fuzzHttp(target: Target, random: Random, routes: readonly Route[], who: Who): Promise<void> {
  const route = random.pick(routes);
  const method = random.chance(0.85) ? route.method : random.pick(METHODS);
  if (who === 'right' && KEPT_BACK.includes(`${method} ${route.path}`)) return;
  const hasBody = method !== 'GET' && method !== 'HEAD' ? random.chance(0.9) : random.chance(0.05);
  target.tally.count('http');
  await send(target, {
    method,
    path: path(random, route.path),
    headers: withCredentials(random, who, target.token),
    who,
    ...(hasBody && { payload: body(random) }),
  });
}

export async function fuzzTrpc(target: Target, random: Random, who: Who): Promise<void> {
  const names = Array.from({ length: random.chance(0.5) ? 1 : random.below(8) + 1 }, () =>
    random.chance(0.9) ? random.pick(procedures) : text(random),
  );
  const isBatch = names.length > 1 || random.chance(0.3);
  const inputs = isBatch ? Object.fromEntries(names.map((_, at) => [at, value(random)])) : value(random);
  const input = random.chance(0.9) ? JSON.stringify(inputs) : String(body(random));
  const isPost = random.chance(0.3);
  const at = `/trpc/${names.map((name) => encodeURIComponent(name.replace(/[\ud800-\udfff]/g, ''))).join(',')}`.slice(0, 4000);
  const query = `${isBatch ? 'batch=1&' : ''}${isPost ? '' : `input=${encodeURIComponent(input.replace(/[\ud800-\udfff]/g, '')).slice(0, 3000)}`}`;
  target.tally.count('trpc');
  await send(target, {
    method: isPost ? 'POST' : 'GET',
    path: `${at}?${query}`,
    headers: { ...withCredentials(random, who, target.token), ...(isPost && { 'content-type': 'application/json' }) },
    who,
    ...(isPost && { payload: input }),
  });
}

function withCredentials(random: Random, who: Who, token: string): Record<string, string> {
  const all = headers(random);
  if (who === 'right') return { ...all, authorization: `Bearer ${token}` };
  if (who === 'nobody') return all;
  const wrong = random.pick(['', 'x', token.slice(0, -1), `${token}x`, token.toUpperCase(), 'null', '__proto__', 'A'.repeat(3000)]);
  return random.pick([
    () => ({ ...all, authorization: `Bearer ${wrong}` }),
    () => ({ ...all, authorization: `Basic ${Buffer.from(`admin:${wrong}`).toString('base64')}` }),
    () => ({ ...all, 'x-openclaw-token': wrong }),
    () => ({ ...all, cookie: `openclaw_00000000=${wrong}` }),
  ])();
}

type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly who: Who;
  readonly payload?: string | Buffer;
};

function send({ url, tally, agent }: Target, sent: Sent): Promise<void> {
  const what = `${sent.method} ${sent.path} ${JSON.stringify(sent.headers)} ${String(sent.payload ?? '').slice(0, 300)}`;
  return new Promise((resolve) => {
    const end = (note?: 'unanswered') => {
      clearTimeout(timer);
      if (note) tally.unanswered += 1;
      resolve();
    };
    const { hostname, port } = new URL(url);
    const asked = (() => {
      try {
        return request({ hostname, port, method: sent.method, path: sent.path, headers: sent.headers, agent });
      } catch {
        // What Node's own client does not send at all.
        return undefined;
      }
    })();
    const timer = setTimeout(() => {
      asked?.destroy();
      end('unanswered');
    }, PATIENCE_MS);
    if (!asked) return end('unanswered');
    asked.once('response', (response) => {
      let read = '';
      const judge = () => {
        const { statusCode = 0, headers: got } = response;
        // A batch of tRPC calls is 207, whatever became of each.
        tally.status(Number(/"httpStatus":(5\d\d)/.exec(read)?.[1] ?? statusCode), codeIn(read), what);
        if (sent.who !== 'right' && isSuccess(statusCode, sent, String(got['content-type'] ?? ''), read))
          tally.violate(`${sent.who} got ${statusCode} for ${what}`);
        end();
      };
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        read += chunk;
        if (read.length > MOST_READ) response.destroy();
      });
      response.once('error', () => undefined);
      response.once('close', judge);
    });
    asked.once('upgrade', (_, socket) => {
      socket.destroy();
      tally.status(101, undefined, what);
      end();
    });
    asked.once('error', () => end('unanswered'));
    asked.end(sent.payload);
  });
}

/**
 * Whether somebody without credentials got something: anything of the API, and JSON of anywhere. Pages of the dashboard are
 * everyone's. tRPC answers 2xx to batches and streams whose every part is an error.
 */
function isSuccess(status: number, { method, path: asked, headers: given }: Sent, contentType: string, read: string): boolean {
  if (status < 200 || status >= 300 || method === 'OPTIONS') return false;
  // An address may name the host, too.
  const plain = decoded((asked.split('?', 1)[0] ?? '').replace(/^http:\/\/[^/]+/, ''));
  if (/^\/+trpc\b/i.test(plain)) return /"result":/.test(read) || hasStreamed(read);
  if (isPublic(plain)) return false;
  // Metrics are open on this machine, to whoever is not passed on from another.
  if (/^\/+metrics\b/i.test(plain)) return given['x-forwarded-for'] !== undefined;
  return contentType.includes('json') || /^\/+(api|v1|hooks)\b/i.test(plain);
}

/** Whether an event stream brought anything but that it is there and that it failed. */
function hasStreamed(read: string): boolean {
  const parts = read.split('\n\n').filter((part) => part.startsWith('event:') || part.startsWith('data:') || part.startsWith('id:'));
  return parts.some((part) => /^data:/m.test(part) && !/^event: ?(serialized-error|connected|ping|return)/m.test(part));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function codeIn(read: string): string | undefined {
  return /"(?:code|gatewayCode)":"([A-Z_]+)"/.exec(read)?.[1];
}
