import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../parts.ts';

/** Sockets beyond the limits that are still let in, to be told that they are too many. */
const SPARE_SOCKETS = 100;
const STREAM_GRACE_MS = 2000;

/** Turns away connections over `maxHttpConnections`. One that became a WebSocket does not count, that door has a limit of its own. */
export function limitConnections(app: FastifyInstance, parts: Parts): void {
  const admitted = new Set<Socket>();
  const limits = () => parts.config.current().config.gateway.network.connections;
  const { maxHttpConnections, maxWebSocketConnections } = limits();
  app.server.maxConnections = maxHttpConnections + maxWebSocketConnections + SPARE_SOCKETS;
  app.server.on('upgrade', (_, socket) => admitted.delete(socket as Socket));

  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    if (admitted.has(socket) || request.headers.upgrade !== undefined) return;
    const { maxHttpConnections: limit } = limits();
    if (admitted.size >= limit) {
      reply.header('connection', 'close');
      throw new GatewayError('OVERLOADED', {
        message: `${limit} HTTP connections are open (gateway.network.connections.maxHttpConnections).`,
        details: { limit },
      });
    }
    admitted.add(socket);
    socket.once('close', () => admitted.delete(socket));
  });

  // What streams without end is cut when the gateway stops; what is nearly answered may finish. The server itself does not know the
  // sockets that have become WebSockets: one that came while the others were being closed would keep it open for ever.
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', (done) => {
    const cut = setInterval(() => {
      for (const socket of open) socket.destroy();
    }, STREAM_GRACE_MS);
    cut.unref();
    app.server.once('close', () => clearInterval(cut));
    done();
  });
}
