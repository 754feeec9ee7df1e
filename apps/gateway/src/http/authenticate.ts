import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessRequest, Caller } from '../access/index.ts';
import type { Parts } from '../parts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls. Only on routes behind `requireCaller`. */
    caller: Caller | null;
  }
}

/** Lets only callers who prove who they are reach the routes registered after it. */
export function requireCaller(app: FastifyInstance, parts: Parts): void {
  app.addHook('onRequest', async (request) => {
    request.caller = await parts.access.authenticate(accessRequest(request));
  });
}

/** The caller of a route behind `requireCaller`. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller;
  throw new TypeError(`${request.routeOptions.url} is not behind requireCaller`);
}

/** The request as access sees it: with the client's address and protocol also behind a reverse proxy on this machine. */
export function accessRequest(request: FastifyRequest): AccessRequest {
  return { headers: request.headers, socket: { remoteAddress: request.ip, encrypted: request.protocol === 'https' } };
}
