/**
 * Keeps out whole networks: at the socket, before a byte of it is read, and where a trusted proxy stands in between, by the
 * address of the client that it names. When the networks change, who is no longer in one is cut off.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { clientOf } from '../access/client.ts';
import { comesRaw } from '../operations/tailscale/rules.ts';
import type { Parts } from '../parts.ts';

/** Adds the check before every other. `findClients` must have been called. */
export function isolateInbound(app: FastifyInstance, parts: Parts): void {
  const { isolation } = parts;
  const peers = new Map<Socket, string | undefined>();
  const clients = new WeakMap<Socket, string | undefined>();

  app.server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (!isolation.admits(remoteAddress)) {
      isolation.refuse(remoteAddress, 'socket');
      socket.destroy();
      return;
    }
    peers.set(socket, remoteAddress);
    socket.once('close', () => peers.delete(socket));
  });

  app.addHook('onRequest', async (request, reply) => {
    const address = clientAddress(request.raw, parts);
    clients.set(plainSocket(request.raw.socket), address);
    if (isolation.admits(address)) return;
    reply.header('connection', 'close');
    throw isolation.refuse(address, 'proxy');
  });

  parts.config.onChange(() => {
    for (const [socket, peer] of peers) {
      const admitted = isolation.admits(peer) && (!clients.has(socket) || isolation.admits(clients.get(socket)));
      if (!admitted) socket.destroy();
    }
  });
}

/** Who comes over the Funnel as raw TCP looks like this machine; where he is nobody knows. */
function clientAddress(request: IncomingMessage, parts: Parts): string | undefined {
  const { servername } = request.socket as TLSSocket;
  return comesRaw(parts.config.current().config, servername) ? undefined : clientOf(request)?.address;
}

/** The connection below an encrypted one. */
function plainSocket(socket: Socket): Socket {
  return (socket as Socket & { readonly _parent?: Socket })._parent ?? socket;
}
