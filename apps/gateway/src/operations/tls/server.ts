/** The TLS server: it also recognises who speaks plain HTTP to it, and checks the certificates of clients. */
import type { Server as HttpServer, RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isLoopback } from '../../access/addresses.ts';

/** The first byte of every TLS connection: a record of the type "handshake". */
const HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
const HANDSHAKE_MS = 15_000;

export type ClientCheck = {
  /** Whether clients are asked for a certificate just now, and must have one. */
  readonly clients: () => 'none' | 'optional' | 'required';
  readonly onRefused: (address: string | undefined, reason: string) => void;
};

/** Makes the server; connections that begin with anything but TLS go to `plain`. */
export function createTlsServer(options: ServerOptions, handler: RequestListener, plain: HttpServer, check: ClientCheck): Server {
  const server = createServer({ handshakeTimeout: HANDSHAKE_MS, ...options, rejectUnauthorized: false }, handler);
  server.prependListener('secureConnection', (socket: TLSSocket) => checkClient(socket, check));
  sortConnections(server, plain);
  return server;
}

function sortConnections(server: Server, plain: HttpServer): void {
  const [toTls] = server.listeners('connection');
  if (!toTls) throw new TypeError('a TLS server listens to no connections');
  server.removeAllListeners('connection');
  const undecided = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    const giveUp = () => socket.destroy();
    undecided.add(socket);
    socket.setTimeout(FIRST_BYTE_MS);
    socket
      .on('timeout', giveUp)
      .on('error', giveUp)
      .once('close', () => undecided.delete(socket));
    socket.once('readable', () => {
      undecided.delete(socket);
      const first: Buffer | null = socket.read();
      if (first === null) return giveUp();
      socket.setTimeout(0);
      socket.off('timeout', giveUp).off('error', giveUp);
      socket.unshift(first);
      if (first[0] === HANDSHAKE) return void toTls.call(server, socket);
      plain.emit('connection', socket);
      socket.resume();
    });
  });
  // Who says nothing and who speaks plain HTTP does not keep the server from closing.
  const close = server.close.bind(server);
  server.close = (done) => {
    for (const socket of undecided) socket.destroy();
    plain.closeAllConnections();
    return close(done);
  };
}

/** A client need not have a certificate unless the configuration says so, but one that it shows must be good. */
function checkClient(socket: TLSSocket, { clients, onRefused }: ClientCheck): void {
  const wanted = clients();
  if (wanted === 'none' || socket.authorized) return;
  const shown = Object.keys(socket.getPeerCertificate()).length > 0;
  if (!shown && (wanted === 'optional' || isLoopback(socket.remoteAddress))) return;
  onRefused(socket.remoteAddress, shown ? String(socket.authorizationError) : 'it shows none');
  socket.destroy();
}
