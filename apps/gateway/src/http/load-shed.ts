/** Refuses requests before their bodies are read while memory is short, and bodies beyond what may arrive at a time. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Demand } from '../operations/memory.ts';
import type { Parts } from '../parts.ts';
import { isLocalOperator, isProbe } from './operator.ts';
import { CHANNEL_CALLS } from './routes/channel-calls.ts';

/** What all bodies that are being read or worked on may take of the limit of memory; each is there several times for a moment. */
const SHARE_OF_BODIES = 1 / 32;
const RETRY_AFTER_MS = 1000;

/** What reads the log or writes files of it. Everything else under /api is answered from memory, or small. */
const READS = [
  '/api/events',
  '/api/events/:position',
  '/api/messages',
  '/api/messages/:id',
  '/api/sessions',
  '/api/sessions/:id',
  '/api/sessions/:id/fork',
  '/api/state',
  '/api/config/at',
  '/api/audit',
  '/api/audit/proofs/:position',
  '/api/exports',
  '/api/exports/records',
  '/api/exports/:id/files/:name',
];

export function shedLoad(app: FastifyInstance, parts: Parts): void {
  const { memory } = parts;
  const reads: ReadonlySet<string | undefined> = new Set(READS);
  const messages: ReadonlySet<string | undefined> = new Set([
    '/api/messages',
    '/v1/chat/completions',
    CHANNEL_CALLS,
    `${parts.config.current().config.hooks.path}/:name`,
  ]);
  let bodies = 0;
  let bodyBytes = 0;
  memory.holds(() => [{ name: 'bodies of requests', count: bodies, bytes: bodyBytes }]);

  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    const demand = demandOf(request);
    const refusal = memory.refusal(demand);
    if (refusal && (demand === 'message' || !isLocalOperator(request, parts))) throw refusal;
    const bytes = bodySize(request);
    if (bytes === 0) return;
    const most = memory.use().limitBytes * SHARE_OF_BODIES;
    if (bodies > 0 && bodyBytes + bytes > most) throw tooMuchAtOnce(bodyBytes, most);
    bodies += 1;
    bodyBytes += bytes;
    reply.raw.once('close', () => {
      bodies -= 1;
      bodyBytes -= bytes;
    });
  });

  function demandOf({ method, routeOptions: { url } }: FastifyRequest): Demand {
    if (method === 'POST' && messages.has(url)) return 'message';
    return reads.has(url) ? 'read' : 'request';
  }
}

/** What a request says that its body has; one that does not say may have all that its route takes. */
function bodySize({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit ?? 0;
  return Math.min(Number(headers['content-length'] ?? 0) || 0, routeOptions.bodyLimit ?? 0);
}

function tooMuchAtOnce(bytes: number, most: number): GatewayError {
  const message = 'The bodies of the requests that are being worked on are as large as they may be together.';
  return new GatewayError('OVERLOADED', { message, details: { bytes, limitBytes: Math.floor(most), retryAfterMs: RETRY_AFTER_MS } });
}
