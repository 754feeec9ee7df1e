import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../parts.ts';

const HALF_A_YEAR_S = 182 * 24 * 60 * 60;

/** Tells browsers that were here by HTTPS not to come by HTTP again. Not under names that other servers of their machine have, too. */
export function rememberHttps(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!(request.raw.socket instanceof TLSSocket) || isSharedName(request.hostname)) return;
    reply.header('strict-transport-security', `max-age=${HALF_A_YEAR_S}`);
  });
}

/** The answer to an authority's check, for a proxy that passes it on to the gateway's own port. */
export function challengeRoute(app: FastifyInstance, parts: Parts): void {
  app.get('/.well-known/acme-challenge/:token', async (request, reply) => {
    const { token } = request.params as { readonly token: string };
    const answer = parts.tls.challenge(token);
    if (answer === undefined) throw new GatewayError('NOT_FOUND', { message: 'No certificate is being ordered with this token.' });
    return reply.header('cache-control', 'no-store').type('application/octet-stream').send(answer);
  });
}

function isSharedName(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}
