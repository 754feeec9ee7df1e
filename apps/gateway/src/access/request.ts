import type { FastifyRequest } from 'fastify';
import { clientOf } from './client.ts';
import type { AccessRequest } from './index.ts';

/** The request as access sees it: with the client's own address and protocol, also behind trusted proxies. */
export function accessRequest(request: FastifyRequest): AccessRequest {
  const client = clientOf(request.raw);
  const remoteAddress = client?.address ?? request.ip;
  return { headers: request.headers, socket: { remoteAddress, encrypted: (client?.scheme ?? request.protocol) === 'https' } };
}
