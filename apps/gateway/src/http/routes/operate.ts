/** The gateway itself: its state and channels, its token, and the way to stop it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireFreshProof } from '../../access/people/index.ts';
import { accessRequest } from '../../access/request.ts';
import { refuseUnlessMayGrant } from '../../access/token-grants.ts';
import { unknownChannel } from '../../channels/unknown-channel.ts';
import { healthDetails } from '../../operations/health.ts';
import { memoryReport } from '../../operations/memory-report.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { demandOf } from '../authorise.ts';
import { defined, parse, queryFlag, text } from '../validate.ts';

const channelsQuery = z.object({ probe: queryFlag().optional(), channel: text(64).optional(), account: text(128).optional() });
const holdAction = z.enum(['pause', 'drain', 'resume'], { error: 'pause, drain or resume' });
const holdBody = z.object({ channel: text(32), account: text(128).optional() }, { error: 'an object' });
const testBody = z.object({ channel: text(32), account: text(128), recipient: text(512) }, { error: 'an object' });
const MAX_LOG_LEVEL_MS = 7 * 24 * 3_600_000;
const logLevelBody = z.object(
  {
    level: z.enum(['debug', 'info', 'warn', 'error', 'fatal'], { error: '"debug", "info", "warn", "error" or "fatal"' }),
    forMs: z.int({ error: 'a number of milliseconds' }).min(1).max(MAX_LOG_LEVEL_MS, { error: 'at most 7 days' }).optional(),
  },
  { error: 'an object' },
);
const shutdownBody = z
  .object(
    { restart: z.boolean({ error: 'true or false' }).default(false), reason: text(128).default('asked over HTTP') },
    { error: 'an object' },
  )
  .nullish();

export function operateRoutes(app: FastifyInstance, parts: Parts): void {
  app.get('/api/status', async () => {
    const overview = await parts.store.views.overview(Date.now());
    return {
      version: parts.version,
      uptimeMs: Date.now() - parts.startedAt,
      ...healthDetails(parts),
      overview,
      attachments: parts.attachments.usage(),
    };
  });

  app.get('/api/memory', async () => await memoryReport(parts.memory));

  app.get('/api/channels', async (request) => {
    const { probe, channel, account } = parse(channelsQuery, request.query);
    if (probe) demandOf(request, parts, 'channels.control');
    const all = parts.channels.status();
    const asked = all.filter(
      (status) => (channel === undefined || status.channel === channel) && (account === undefined || status.account === account),
    );
    const probes = probe ? await parts.channels.probe(channel, defined({ account })) : [];
    if (channel !== undefined && asked.length === 0 && probes.length === 0) {
      throw unknownChannel(
        channel,
        all.map((status) => status.channel),
      );
    }
    const channels = asked.map(({ error, ...status }) => (error ? { ...status, error: error.toBody() } : status));
    if (!probe) return { channels };
    return {
      channels,
      probes: probes.map(({ steps, ...account }) => ({
        ...account,
        steps: steps.map(({ error, ...step }) => (error ? { ...step, error: error.toBody() } : step)),
      })),
    };
  });

  app.post('/api/channels/test-message', async (request) => {
    const { error, ...step } = await parts.testMessage(parse(testBody, request.body), callerOf(request).actor);
    return error ? { ...step, error: error.toBody() } : step;
  });

  app.post('/api/channels/:action', async (request) => {
    const { action } = parse(z.object({ action: holdAction }), request.params);
    const { channel, account } = parse(holdBody, request.body);
    const held = await parts.channelHolds.hold(action, { channel, ...defined({ account }) }, callerOf(request).actor);
    return { channels: held.map(({ error, ...status }) => (error ? { ...status, error: error.toBody() } : status)) };
  });

  app.post('/api/gateway-token', async (request) => {
    const caller = callerOf(request);
    requireFreshProof(caller);
    // The gateway token may do everything, so who gets it must be allowed that already.
    refuseUnlessMayGrant(caller, { roles: ['admin'] });
    return await parts.access.rotateToken(caller.actor, accessRequest(request));
  });

  app.get('/api/log-level', async () => parts.logLevel.current());

  app.post('/api/log-level', async (request) => {
    const { level, forMs } = parse(logLevelBody, request.body);
    await parts.logLevel.set(level, { actor: callerOf(request).actor, ...defined({ forMs }) });
    return parts.logLevel.current();
  });

  app.post('/api/shutdown', async (request, reply) => {
    const { restart = false, reason = 'asked over HTTP' } = parse(shutdownBody, request.body) ?? {};
    // The answer must be out before the door closes.
    reply.raw.once('close', () => parts.shutdown(reason, { restart }));
    return reply.status(202).header('connection', 'close').send({ stopping: true, restart });
  });
}
