import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../access/index.ts';
import { endWhenRevoked } from '../access/open-answer.ts';
import { accessRequest } from '../access/request.ts';
import { metrics } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { authoriseRoute, markAsAsking } from './authorise.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls. Only on routes behind `requireCaller`. */
    caller: Caller | null;
  }
}

/** Lets only callers who prove who they are, and may call them, reach the routes registered after it. */
export function requireCaller(app: FastifyInstance, parts: Parts): void {
  markAsAsking(app);
  app.addHook('onRequest', async (request, reply) => {
    const startedAt = performance.now();
    // What is for one caller is for no cache on the way.
    reply.header('cache-control', 'no-store');
    request.caller = await parts.access.authenticate(accessRequest(request));
    endWhenRevoked(parts.access, request.caller, reply.raw);
    metrics.stage('authenticate', performance.now() - startedAt);
    request.reach = authoriseRoute(request, request.caller, parts);
  });
}

/** The caller of a route behind `requireCaller`. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller;
  throw new TypeError(`${request.routeOptions.url} is not behind requireCaller`);
}
