/** Who is let in when others are turned away: probes, and the operator on the gateway's own machine. */
import type { FastifyRequest } from 'fastify';
import { isFromThisMachine } from '../access/client.ts';
import { readBearer } from '../access/credentials.ts';
import type { Parts } from '../parts.ts';

const PROBES: ReadonlySet<string | undefined> = new Set(['/health', '/healthz', '/ready', '/readyz']);

/** Whether somebody only asks how the gateway is. */
export function isProbe(request: FastifyRequest): boolean {
  return PROBES.has(request.routeOptions.url);
}

/** Whether this is the command line on this machine: it calls from here and holds the gateway token. */
export function isLocalOperator(request: FastifyRequest, { access }: Pick<Parts, 'access'>): boolean {
  if (!isFromThisMachine(request.raw)) return false;
  const token = readBearer(request.headers);
  return token !== undefined && access.checkToken(token);
}

/** Whether the places that are kept for an operator are for this caller. */
export function mayUseReserve(request: FastifyRequest, parts: Pick<Parts, 'access'>): boolean {
  return (isProbe(request) && isFromThisMachine(request.raw)) || isLocalOperator(request, parts);
}
