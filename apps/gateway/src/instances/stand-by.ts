/**
 * What an instance does while another leads: it answers probes itself and passes everything else on to the one that leads, so that a load
 * balancer may send anything to any instance. It keeps its copy of the log up meanwhile, and takes over at once.
 */
import type { AddressInfo, Socket } from 'node:net';
import httpProxy from '@fastify/http-proxy';
import type { Leader } from '@openclaw-gateway/db/postgres/leadership';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { HISTORY_BODY_LIMIT_BYTES } from '../http/limits.ts';

/** A message that is waited for may take as long as whoever waits. */
const LONGEST_ANSWER_MS = 15 * 60_000;
const LOOK_MS = 100;
/** By then another instance has taken over. */
const RETRY_AFTER_S = 2;

export type StandIn = { readonly port: number; readonly close: () => Promise<void> };

/** Serves until it is closed. Rejects with what listening failed with. */
export async function standIn(options: {
  readonly host: string;
  readonly port: number;
  readonly leader: () => Leader | undefined;
}): Promise<StandIn> {
  const app = fastify({ bodyLimit: HISTORY_BODY_LIMIT_BYTES, routerOptions: { maxParamLength: 5000 }, forceCloseConnections: true });
  const leader = (): Leader => {
    const found = options.leader();
    if (!found) throw new GatewayError('NO_LEADER');
    return found;
  };
  app.get('/healthz', async () => ({ ok: true, status: 'standing_by' }));
  for (const path of ['/readyz', '/ready']) {
    app.get(path, async (_, reply) => {
      const found = options.leader();
      if (!found) reply.status(503).header('retry-after', String(RETRY_AFTER_S));
      return { ready: found !== undefined, status: 'standing_by', ...(found && { leader: found.name }) };
    });
  }
  await app.register(httpProxy, {
    upstream: '',
    websocket: true,
    preHandler: (_request, _reply, done) => {
      try {
        leader();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    http: { requestOptions: { timeout: LONGEST_ANSWER_MS } },
    replyOptions: {
      getUpstream: () => leader().address,
      rewriteRequestHeaders: ({ ip, headers, protocol }, outgoing) => ({
        ...outgoing,
        host: headers.host,
        'x-forwarded-for': [headers['x-forwarded-for'], ip].flat().filter(Boolean).join(', '),
        'x-forwarded-proto': headers['x-forwarded-proto'] ?? protocol,
      }),
      onError: (reply) => void refuse(reply as FastifyReply, new GatewayError('NO_LEADER')),
    },
  });
  app.setErrorHandler((error, _request: FastifyRequest, reply) => refuse(reply, toGatewayError(error)));
  const open = new Set<Socket>();
  app.server.on('connection', (socket) => open.add(socket.once('close', () => open.delete(socket))));
  // Whoever waits for a leader that was paused would wait for long after another has taken over.
  let followed: string | undefined;
  const look = () => {
    const found = options.leader()?.instanceId;
    if (found !== undefined && followed !== undefined && found !== followed) for (const socket of open) socket.destroy();
    followed = found ?? followed;
  };
  const timer = setInterval(look, LOOK_MS);
  await app.listen({ host: options.host, port: options.port });
  const close = async () => {
    clearInterval(timer);
    for (const socket of open) socket.destroy();
    await app.close();
  };
  return { port: (app.server.address() as AddressInfo).port, close };
}

function refuse(reply: FastifyReply, error: GatewayError): FastifyReply {
  return reply.status(error.status).header('retry-after', String(RETRY_AFTER_S)).send({ error: error.toBody() });
}
