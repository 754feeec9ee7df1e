/** Closes connections whose client has stopped reading its answer: what waits for it stays in memory until then. */
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../parts.ts';

/** A client may wait for its answer as long as it likes; once there is some of it, it must read on within `requestTimeout`. */
export function closeStalledReaders(app: FastifyInstance, parts: Parts): void {
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    const stallMs = () => parts.config.current().config.gateway.network.connections.requestTimeout;
    // Node's timer counts from the last byte in either direction, and takes a large write as many bytes.
    socket.setTimeout(stallMs());
    reply.raw.on('timeout', () => {
      if (socket.writableLength > 0) socket.destroy();
      else socket.setTimeout(stallMs());
    });
  });
}
