/** The dashboard's door: tRPC at /trpc, signed in callers only. It shows and submits; what is decided is decided by the parts. */
import { toGatewayError } from '@openclaw-gateway/events';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endWhenRevoked } from '../access/open-answer.ts';
import { PROCEDURES } from '../access/permissions.ts';
import { accessRequest } from '../access/request.ts';
import { watchStreams } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { toTrpcError } from './errors.ts';
import { GiveWay } from './give-way.ts';
import type { Context } from './procedure.ts';
import { appRouter } from './router.ts';

export type { AppRouter } from './router.ts';

/**
 * Adds the door to an application, in a context of its own because the plugin brings its own body parser.
 * `bodyLimit`, in bytes, lets the files of a message through. The application needs `routerOptions.maxParamLength` of 5000: a batch names its calls in the path.
 */
export async function registerTrpc(app: FastifyInstance, parts: Parts, bodyLimit: number): Promise<void> {
  const unlisted = Object.keys(appRouter._def.procedures).find((path) => !Object.hasOwn(PROCEDURES, path));
  if (unlisted !== undefined) throw new TypeError(`${unlisted} is not in the table of permissions (access/permissions.ts)`);
  const giveWay = new GiveWay(() => parts.store.log.head());
  const streams = new Set<FastifyReply>();
  watchStreams(() => streams.size);
  await app.register(async (door) => {
    door.addHook('onRoute', (route) => {
      route.bodyLimit = bodyLimit;
    });
    door.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!request.headers.accept?.includes('text/event-stream')) return;
      streams.add(reply);
      reply.raw.once('close', () => streams.delete(reply));
    });
    await door.register(fastifyTRPCPlugin, {
      prefix: '/trpc',
      trpcOptions: {
        router: appRouter,
        createContext: ({ req, res }: { req: FastifyRequest; res: FastifyReply }) => contextOf(parts, giveWay, req, res),
        allowBatching: true,
        onError: ({ error, path }: { error: { code: string; cause?: unknown }; path?: string | undefined }) => {
          if (error.code === 'INTERNAL_SERVER_ERROR') parts.logger.error({ path, err: error.cause ?? error }, 'dashboard call failed');
        },
      },
    });
  });
}

async function contextOf(parts: Parts, giveWay: GiveWay, request: FastifyRequest, reply: FastifyReply): Promise<Context> {
  try {
    const asked = accessRequest(request);
    const caller = await parts.access.authenticate(asked, 'dashboard');
    endWhenRevoked(parts.access, caller, reply.raw);
    return { parts, caller, method: request.method, client: asked.socket, giveWay };
  } catch (error) {
    throw toTrpcError(toGatewayError(error));
  }
}
