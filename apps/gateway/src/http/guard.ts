/** Which pages of which addresses may talk to the gateway: Host, Origin and CORS. Programs with the token are not asked. */
import { isIP } from 'node:net';
import { hostname as machineName } from 'node:os';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../access/addresses.ts';
import { isFromThisMachine } from '../access/client.ts';
import { readBearer } from '../access/credentials.ts';
import { judgeOrigin, type OriginVerdict, originRules } from '../access/origin.ts';
import { accessRequest } from '../access/request.ts';
import type { Config } from '../config/index.ts';
import { isTailnetName } from '../operations/tailscale/rules.ts';
import type { Parts } from '../parts.ts';
import { CHANNEL_CALLS } from './routes/channel-calls.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Pages, which other sites may link to, and sockets, which say who they are by their first frame (ws/handshake.ts). */
const PAGES: ReadonlySet<string | undefined> = new Set([undefined, '/', '/*']);
const ALLOWED_HEADERS = 'authorization, content-type, idempotency-key, x-openclaw-token, x-openclaw-session-key, x-openclaw-agent-id';
const EXPOSED_HEADERS =
  'retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, x-request-id, x-openclaw-message-id, x-openclaw-session-id, x-openclaw-session-key';

/** Adds the checks to every route that is registered after it. */
export function guardOrigins(app: FastifyInstance, parts: Parts): void {
  app.addHook('onRequest', async (request, reply) => {
    const { config } = parts.config.current();
    checkHost(request, config);
    const verdict = verdictOf(request, config);
    addCorsHeaders(request, reply, verdict);
    if (request.method === 'OPTIONS') return answerPreflight(reply, verdict);
    if (mustBeSameSite(request, config)) checkSameSite(request, parts, verdict);
  });
}

/**
 * What a browser is let do by what it adds itself, a cookie or nothing at all, it does for pages of this gateway only. Reads too:
 * a page of another port of this machine counts as of the same site, and its requests bring the cookie.
 */
function mustBeSameSite({ method, headers, routeOptions }: FastifyRequest, { gateway }: Config): boolean {
  if (readBearer(headers) !== undefined) return false;
  if (!READS.has(method)) return headers.cookie !== undefined || gateway.auth.type === 'disabled';
  return headers.cookie !== undefined && !PAGES.has(routeOptions.url);
}

/** A browser signs in or out only from a page of the gateway's own, or one that the configuration names. Throws `ORIGIN_NOT_ALLOWED`. */
export function checkSameSite(request: FastifyRequest, parts: Parts, verdict = verdictOf(request, parts.config.current().config)): void {
  const elsewhere = verdict === 'none' && !['same-origin', 'none', undefined].includes(fetchSite(request));
  if (!elsewhere && (verdict === 'none' || verdict === 'same' || verdict === 'listed')) return;
  const error = new GatewayError('ORIGIN_NOT_ALLOWED', { details: { origin: request.headers.origin ?? null, host: request.host } });
  parts.access.recordDenial({ door: 'http', method: 'session', error, client: accessRequest(request).socket });
  throw error;
}

function fetchSite(request: FastifyRequest): string | undefined {
  const site = request.headers['sec-fetch-site'];
  return typeof site === 'string' ? site : undefined;
}

function verdictOf(request: FastifyRequest, config: Config): OriginVerdict {
  return judgeOrigin(request.headers.origin, request.host, originRules(config));
}

function addCorsHeaders(request: FastifyRequest, reply: FastifyReply, verdict: OriginVerdict): void {
  if (verdict === 'none' || verdict === 'same') return;
  reply.header('vary', 'origin');
  if (verdict === 'refused') return;
  reply.header('access-control-expose-headers', EXPOSED_HEADERS);
  if (verdict === 'any') {
    reply.header('access-control-allow-origin', '*');
    return;
  }
  reply.header('access-control-allow-origin', request.headers.origin);
  reply.header('access-control-allow-credentials', 'true');
}

function answerPreflight(reply: FastifyReply, verdict: OriginVerdict): FastifyReply {
  if (verdict === 'refused') throw new GatewayError('ORIGIN_NOT_ALLOWED');
  reply.header('access-control-allow-methods', 'GET, HEAD, POST, PATCH');
  reply.header('access-control-allow-headers', ALLOWED_HEADERS);
  reply.header('access-control-max-age', '600');
  return reply.status(204).send();
}

/**
 * A gateway that listens on this machine only is reached by names that mean this machine. Another name may be a web
 * page's own, pointed here to get around the browser's rules. The same holds wherever a caller gets something without a proof: on
 * this machine, and with sign-in turned off. Callers that bring a proof of their own need no name.
 */
function checkHost(request: FastifyRequest, config: Config): void {
  const { host } = config.gateway.network;
  const isOpen = config.gateway.auth.type === 'disabled' || isFromThisMachine(request.raw);
  if (host !== 'localhost' && !isLoopback(host) && !isOpen) return;
  if (isKnownName(request.hostname, config) || readBearer(request.headers) !== undefined) return;
  if (request.url.startsWith(`${config.hooks.path}/`) || request.routeOptions.url === CHANNEL_CALLS) return;
  throw new GatewayError('ORIGIN_NOT_ALLOWED', {
    message: `The gateway is not known by the name ${JSON.stringify(request.hostname)}.`,
    details: {
      host: request.host,
      remedy:
        'If people shall reach it by this name, set gateway.network.publicUrl to the address they use, such as "https://gateway.example.com".',
    },
  });
}

function isKnownName(hostname: string, config: Config): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0) return true;
  const own = machineName().toLowerCase();
  if (name === own || name === `${own}.local`) return true;
  if (config.gateway.network.https.letsEncrypt.domain?.toLowerCase() === name) return true;
  if (config.gateway.tailscale.enabled && isTailnetName(name)) return true;
  if (URL.parse(config.gateway.network.publicUrl ?? '')?.hostname === name) return true;
  if (URL.parse(config.gateway.auth.oauth?.redirectUri ?? '')?.hostname === name) return true;
  return config.gateway.auth.cors.origins.some((origin) => URL.parse(origin)?.hostname === name);
}
