import type { FastifyInstance, FastifyRequest } from 'fastify';
import { metrics } from '../operations/metrics.ts';

/** Routes that something asks every few seconds. */
const QUIET = new Set(['/health', '/healthz', '/ready', '/readyz', '/metrics', '/*']);

/** What the line says where the client went away before its answer. */
const CLIENT_GONE = 499;

/** One line and one count per request, by route: never the query, a header or a body. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => logRequest(request, reply.statusCode, reply.elapsedTime));
  app.addHook('onRequestAbort', async (request) => logRequest(request, CLIENT_GONE));
}

function logRequest(request: FastifyRequest, status: number, elapsedMs?: number): void {
  const { method, id: requestId, log } = request;
  const route = request.routeOptions.url ?? 'unmatched';
  metrics.httpRequest(route, method, status, elapsedMs);
  const durationMs = elapsedMs === undefined ? undefined : Math.round(elapsedMs * 100) / 100;
  const line = { requestId, method, route, status, durationMs, ...request.logged };
  if (QUIET.has(route) && status < 500) log.debug(line, 'request');
  else log.info(line, 'request');
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids that the request's log line names. */
    logged: { readonly correlationId?: string; readonly sessionId?: string; readonly position?: number } | null;
  }
}
