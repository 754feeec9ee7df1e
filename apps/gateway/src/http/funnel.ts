/**
 * With `gateway.tailscale.funnel.auth: "password"` a visitor from the internet gets the page to sign in at and nothing else
 * before having signed in: not even what the gateway tells everybody, such as whether it is well.
 */
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientOf } from '../access/client.ts';
import { accessRequest } from '../access/request.ts';
import { comesByFunnel } from '../operations/tailscale/rules.ts';
import type { Parts } from '../parts.ts';
import { CHANNEL_CALLS } from './routes/channel-calls.ts';
import { PROOF_PATH } from './routes/proof.ts';

/** The dashboard's files, the way to sign in and out and to solve a puzzle, calls of services that prove who they are, and `/` for WebSocket clients, who sign in by their first frame. */
const OPEN = new Set(['/', '/*', '/api/sign-in', '/api/sign-in/token', '/api/sign-out', '/api/me', PROOF_PATH, CHANNEL_CALLS]);

/** Adds the check to every route that is registered after it. */
export function guardFunnel(app: FastifyInstance, parts: Parts): void {
  app.addHook('onRequest', async (request) => {
    if (isOpen(request, parts) || !isVisitor(request, parts)) return;
    await parts.access.authenticate(accessRequest(request));
  });
}

function isOpen(request: FastifyRequest, parts: Parts): boolean {
  const route = request.routeOptions.url;
  // What is missing is said to everyone; a webhook proves by its signature where it comes from.
  return route === undefined || OPEN.has(route) || route.startsWith(`${parts.config.current().config.hooks.path}/`);
}

function isVisitor(request: FastifyRequest, parts: Parts): boolean {
  const { config } = parts.config.current();
  if (!config.gateway.tailscale.enabled || config.gateway.tailscale.funnel.auth !== 'password') return false;
  const client = clientOf(request.raw);
  if (!client) return false;
  const { remoteAddress, servername } = request.raw.socket as TLSSocket;
  return comesByFunnel(config, { headers: request.headers, peer: remoteAddress, servername }, client);
}
