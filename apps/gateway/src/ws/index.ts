/**
 * The WebSocket door: protocol 4 of OpenClaw on `/`, so that its clients work unmodified, and a subscription to the
 * event log on top. It translates frames to calls of the parts and back; no decision about messages is made here.
 */
import websocket from '@fastify/websocket';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { isFromThisMachine } from '../access/client.ts';
import { accessRequest } from '../access/request.ts';
import { networkOf } from '../floods/index.ts';
import { metrics } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { Door } from './door.ts';
import { MAX_STRANGERS_PER_ADDRESS, POLICY, TIMING, type Timing } from './limits.ts';

export type WebSocketDoor = {
  /** How many sockets are open. */
  readonly connections: () => number;
  /**
   * Tells clients that the gateway goes and, with `restartExpectedMs`, when it is back; closes with 1012 and resolves when
   * all are gone. Closing the app does it too; only the first call speaks.
   */
  readonly stop: (reason: string, restartExpectedMs?: number) => Promise<void>;
};

/**
 * Serves WebSocket upgrades of `/`; other requests to `/` stay for whoever serves pages.
 * @example const door = await registerWebSocket(app, parts); … await door.stop('gateway restart', 2000)
 */
export async function registerWebSocket(app: FastifyInstance, parts: Parts, timing: Partial<Timing> = {}): Promise<WebSocketDoor> {
  const door = new Door(parts, { ...TIMING, ...timing });
  app.addConstraintStrategy({
    name: 'upgrade',
    storage: upgradeStorage,
    deriveConstraint: (request) => request.headers.upgrade?.toLowerCase(),
    validate: () => undefined,
    mustMatchWhenDerived: false,
  });
  await app.register(websocket, {
    options: { maxPayload: POLICY.maxPayload },
    errorHandler: (error, socket) => logAndLeave(parts, error, socket),
    // The plugin's own would close sockets without a word.
    preClose: () => door.stop('gateway stopping'),
  });
  app.route({
    method: 'GET',
    url: '/',
    exposeHeadRoute: false,
    constraints: { upgrade: 'websocket' },
    preValidation: async (request, reply) => {
      const network = networkOf(accessRequest(request).socket?.remoteAddress);
      if (door.strangersFrom(network) >= MAX_STRANGERS_PER_ADDRESS && !isFromThisMachine(request.raw)) {
        const message = `${MAX_STRANGERS_PER_ADDRESS} sockets of this address are open that have not said hello.`;
        const error = new GatewayError('TOO_MANY_CONNECTIONS', { message });
        metrics.limited('websocket');
        return await reply.code(error.status).header('retry-after', '1').send({ error: error.toBody() });
      }
      const { maxWebSocketConnections } = parts.config.current().config.gateway.network.connections;
      if (door.size < maxWebSocketConnections) return;
      const error = new GatewayError('OVERLOADED', {
        message: `${maxWebSocketConnections} WebSocket clients are connected (gateway.network.connections.maxWebSocketConnections).`,
      });
      await reply.code(503).header('retry-after', '5').send({ error: error.toBody() });
    },
    handler: async (_, reply) =>
      reply
        .code(426)
        .header('upgrade', 'websocket')
        .send({ error: { type: 'upgrade_required' } }),
    wsHandler: (socket, request) => door.accept(socket, { request: request.raw, credential: accessRequest(request), host: request.host }),
  });
  return { connections: () => door.size, stop: (reason, restartExpectedMs) => door.stop(reason, restartExpectedMs) };
}

type Stored<Handler> = { get(value: string): Handler | null; set(value: string, handler: Handler): void };

function upgradeStorage<Handler>(): Stored<Handler> {
  const handlers = new Map<string, Handler>();
  return {
    get: (value) => handlers.get(value) ?? null,
    set: (value, handler) => {
      handlers.set(value, handler);
    },
  };
}

/** ws closes a socket that broke the protocol by itself, with the code that says why. */
function logAndLeave(parts: Parts, error: Error, socket: { close(code: number): void }): void {
  parts.logger.debug({ err: error }, 'websocket error');
  socket.close(1011);
}
