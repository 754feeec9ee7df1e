/** What the head of a request must be, beyond what Node's parser sees to. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';

/** Browsers behind two proxies send some forty. */
export const MAX_HEADERS = 100;

/** Refuses more headers than anybody needs, of which Node would drop some without a word, and heads that name not one host. */
export function checkHeads(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, originalUrl }, reply) => {
    const problem = problemOf(raw.rawHeaders, raw.httpVersion) ?? elsewhere(originalUrl, raw.headers.host);
    if (!problem) return;
    reply.header('connection', 'close');
    throw problem;
  });
}

/** The path of a request's target, which may be written as a whole address (RFC 9112, 3.2.2). */
export function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?![/*])/, '/');
}

/** A target with an address in it names the host that the head names. */
function elsewhere(target: string, host: string | undefined): GatewayError | undefined {
  const named = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (named === undefined || named.toLowerCase() === host?.toLowerCase()) return undefined;
  return new GatewayError('BAD_REQUEST', { message: 'The target of a request names another host than its head: the gateway is no proxy.' });
}

function problemOf(rawHeaders: readonly string[], version: string): GatewayError | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) return new GatewayError('HEADERS_TOO_LARGE', { details: { limitHeaders: MAX_HEADERS } });
  const hosts: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1] ?? '');
  }
  const [host] = hosts;
  if (host === undefined && version === '1.0') return undefined;
  if (hosts.length === 1 && host !== undefined && isHost(host)) return undefined;
  return new GatewayError('BAD_REQUEST', { message: 'A request names one host, as a name or an address with or without a port.' });
}

function isHost(host: string): boolean {
  return /^[^\s/\\?#@]+$/.test(host) && URL.canParse(`http://${host}`);
}
