import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientOf } from '../access/client.ts';
import { metrics } from '../operations/metrics/index.ts';

/** Routes that something asks every few seconds. */
const QUIET = new Set(['/health', '/healthz', '/ready', '/readyz', '/metrics', '/*']);

/** What the line says where the client went away before its answer. */
const CLIENT_GONE = 499;

/** One line and one count per request, by route: never the query, a header or a body; the client's address where it failed. Sockets that stay are not requests. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.upgrade === undefined) {
      // Once the socket is closed it has no address.
      const { ip } = request;
      reply.raw.once('close', () => logRequest(request, reply, ip));
    }
    done();
  });
}

function logRequest(request: FastifyRequest, reply: FastifyReply, client: string): void {
  const { method, id: requestId, log } = request;
  const route = request.routeOptions.url ?? 'unmatched';
  const status = reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_GONE;
  metrics.httpRequest(route, method, status, reply.elapsedTime);
  const durationMs = Math.round(reply.elapsedTime * 100) / 100;
  const line = { requestId, method, route, status, durationMs, ...request.logged };
  // What went well is in the event log; a line for each would cost more than the rest of the door.
  if (status < (QUIET.has(route) ? 500 : 400)) log.debug(line, 'request');
  else log.info({ ...line, client, scheme: clientOf(request.raw)?.scheme }, 'request');
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids that the request's log line names. */
    logged: { readonly correlationId?: string; readonly sessionId?: string; readonly position?: number } | null;
  }
}
