/** How many requests one address may make in a time. Counted before anything else is looked at, upgrades to WebSocket too. */
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { RequestCounts } from '../floods/request-counts.ts';
import type { Parts } from '../parts.ts';
import { isProbe } from './operator.ts';

/** Turns away what is over `gateway.network.rateLimit`; the settings hold as they are at each request. */
export async function limitRate(app: FastifyInstance, parts: Parts): Promise<void> {
  const settings = () => parts.config.current().config.gateway.network.rateLimit;
  const counts = new RequestCounts();
  parts.memory.holds(() => [{ name: 'addresses in the rate limit', count: counts.size, bytes: counts.bytes }]);
  await app.register(rateLimit, {
    global: false,
    max: () => settings().maxRequests,
    timeWindow: () => settings().windowMs,
    // One network of an IPv6 provider's customer is one address: within it anybody has as many as he likes.
    keyGenerator: ({ ip }) => normalizeIP(ip),
    store: counts.asStore(),
  });
  const count = app.createRateLimit();

  app.addHook('onRequest', async (request, reply) => {
    const { enabled, statusCode } = settings();
    if (!enabled || isProbe(request)) return;
    const counted = await count(request);
    if (counted.isAllowed) return;
    const { max, timeWindow, remaining, ttl, ttlInSeconds, isExceeded } = counted;
    reply.header('ratelimit-limit', max);
    reply.header('ratelimit-remaining', remaining);
    reply.header('ratelimit-reset', ttlInSeconds);
    if (!isExceeded) return;
    throw new GatewayError('RATE_LIMITED', {
      message: `More than ${max} requests in ${timeWindow / 1000} s came from this address (gateway.network.rateLimit).`,
      details: { limit: max, windowMs: timeWindow, retryAfterMs: ttl },
      status: statusCode,
    });
  });
}
