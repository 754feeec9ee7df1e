/** Health, readiness and metrics: answered at once, from memory. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isFromThisMachine } from '../../access/client.ts';
import { accessRequest } from '../../access/request.ts';
import { mayDo } from '../../access/roles.ts';
import { health, healthDetails, notReady } from '../../operations/health.ts';
import { metrics, wantedMetrics } from '../../operations/metrics/index.ts';
import type { Parts } from '../../parts.ts';
import { authoriseRoute } from '../authorise.ts';

const OTHER_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

export function probeRoutes(app: FastifyInstance, parts: Parts): void {
  probe(app, '/health', async (request) => {
    if (!parts.config.current().config.gateway.monitoring.healthCheck) throw new GatewayError('NOT_FOUND');
    const isAsked = wantsDetails(request);
    if ((!isAsked && !parts.safeMode) || !(await maySeeDetails(request, parts))) return health(parts);
    const { safeMode } = healthDetails(parts);
    const answer = safeMode ? { ...health(parts), safeMode: { ...health(parts).safeMode, reason: safeMode.message } } : health(parts);
    return isAsked ? { ...answer, details: healthDetails(parts) } : answer;
  });

  probe(app, '/healthz', async () => ({ ok: true, status: 'live' }));

  const ready = async (request: FastifyRequest, reply: FastifyReply) => {
    const failing = notReady(parts);
    const isReady = failing.length === 0;
    reply.status(isReady ? 200 : 503);
    if (!isReady) reply.header('retry-after', '1');
    if (!(await maySeeDetails(request, parts))) return { ready: isReady };
    return { ready: isReady, failing, uptimeMs: Date.now() - parts.startedAt };
  };
  probe(app, '/readyz', ready);
  probe(app, '/ready', ready);

  const { endpoint } = parts.config.current().config.gateway.monitoring.metrics;
  probe(app, endpoint, async (request, reply) => {
    const { enabled, collect } = parts.config.current().config.gateway.monitoring.metrics;
    if (!enabled) throw new GatewayError('NOT_FOUND');
    if (!isFromThisMachine(request.raw)) authoriseRoute(request, await parts.access.authenticate(accessRequest(request)), parts);
    reply.type(metrics.contentType);
    return await metrics.text(wantedMetrics(collect));
  });
}

function probe(app: FastifyInstance, url: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void {
  app.get(url, (request, reply) => {
    reply.header('cache-control', 'no-store');
    return handler(request, reply);
  });
  app.route({
    method: OTHER_METHODS,
    url,
    handler: async (_, reply) => {
      reply.header('allow', 'GET, HEAD').header('cache-control', 'no-store');
      throw new GatewayError('METHOD_NOT_ALLOWED');
    },
  });
}

function wantsDetails(request: FastifyRequest): boolean {
  const { detailed } = request.query as { readonly detailed?: string };
  return detailed !== undefined && detailed !== '0' && detailed !== 'false';
}

async function maySeeDetails(request: FastifyRequest, parts: Parts): Promise<boolean> {
  if (isFromThisMachine(request.raw)) return true;
  const caller = await parts.access.identify(accessRequest(request));
  return !(caller instanceof GatewayError) && mayDo(caller, 'status.read');
}
