/** The server side of a WebSocket on a stand-in's own HTTP server. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** Hands every upgraded connection to `accept`, with what it is written to. */
export function acceptWebSockets(server: Server, accept: (socket: WebSocket, stream: Duplex) => void): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => accepted.terminate());
      accept(accepted, socket);
    });
  });
  return sockets;
}
