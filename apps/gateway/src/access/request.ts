import type { FastifyRequest } from 'fastify';
import type { AccessRequest } from './index.ts';

/** The request as access sees it: with the client's address and protocol also behind a reverse proxy on this machine. */
export function accessRequest(request: FastifyRequest): AccessRequest {
  return { headers: request.headers, socket: { remoteAddress: request.ip, encrypted: request.protocol === 'https' } };
}
