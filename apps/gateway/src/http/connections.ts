/** How many connections there may be, and how long one may take over a request. Both follow the configuration as it changes. */
import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../access/addresses.ts';
import type { Config } from '../config/index.ts';
import type { Parts } from '../parts.ts';
import { mayUseReserve } from './operator.ts';
import { headersTimeoutMs, MAX_REQUESTS_PER_SOCKET } from './server-limits.ts';

/** Sockets beyond the limits that are still let in, to be told that they are too many. */
const SPARE_SOCKETS = 100;
/** Places beyond the limit for probes and the command line on this machine, so that a full gateway can be looked at. */
const RESERVED_PLACES = 8;
/** A connection on which nothing was asked for this long gives its place to one that asks. */
const IDLE_MS = 5000;
const RETRY_AFTER_MS = 1000;
const STREAM_GRACE_MS = 2000;

/** Turns away connections over `maxHttpConnections`. One that became a WebSocket does not count, that door has a limit of its own. */
export function limitConnections(app: FastifyInstance, parts: Parts): void {
  const limits = () => parts.config.current().config.gateway.network.connections;
  /** Those that have a place with how often they asked, and of these the ones that ask for nothing, the longest idle first. */
  const placed = new Map<Socket, number>();
  const idleSince = new Map<Socket, number>();
  const reserved = new Set<Socket>();
  const upgraded = new WeakSet<Socket>();
  const leave = (socket: Socket) => {
    placed.delete(socket);
    idleSince.delete(socket);
    reserved.delete(socket);
  };

  limitSockets(app, limits);
  followRequestTimeout(app, parts);
  parts.memory.holds(() => [{ name: 'HTTP connections', count: placed.size + reserved.size }]);
  app.server.on('upgrade', (_, socket) => {
    upgraded.add(socket as Socket);
    leave(socket as Socket);
  });

  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    if (upgraded.has(socket)) {
      // Node does not close what asked for an upgrade and did not get it.
      reply.raw.once('finish', () => socket.destroySoon());
      return;
    }
    if (!placed.has(socket)) {
      const { maxHttpConnections: limit } = limits();
      if (placed.size < limit || makeRoom()) placed.set(socket, 0);
      else if (reserved.size < RESERVED_PLACES && mayUseReserve(request, parts)) reserved.add(socket);
      else {
        reply.header('connection', 'close');
        throw tooMany(limit);
      }
      socket.once('close', () => leave(socket));
    }
    const requests = placed.get(socket);
    if (requests === undefined || requests + 1 >= MAX_REQUESTS_PER_SOCKET) reply.header('connection', 'close');
    if (requests === undefined) return;
    placed.set(socket, requests + 1);
    idleSince.delete(socket);
    reply.raw.once('close', () => {
      if (placed.has(socket)) idleSince.set(socket, performance.now());
    });
  });

  /** Closes the connection that has been idle for longest, if one has been long enough. */
  function makeRoom(): boolean {
    const [longest] = idleSince;
    if (!longest || performance.now() - longest[1] < IDLE_MS) return false;
    const [socket] = longest;
    leave(socket);
    socket.destroy();
    return true;
  }

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

type Connections = Config['gateway']['network']['connections'];

/** Sockets that have asked for nothing yet count here: there are never more than can be told something. */
function limitSockets(app: FastifyInstance, limits: () => Connections): void {
  let open = 0;
  app.server.on('connection', (socket: Socket) => {
    const { maxHttpConnections, maxWebSocketConnections } = limits();
    const most = maxHttpConnections + maxWebSocketConnections + SPARE_SOCKETS + (isLoopback(socket.remoteAddress) ? RESERVED_PLACES : 0);
    if (open >= most) {
      socket.destroy();
      return;
    }
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
}

function followRequestTimeout(app: FastifyInstance, parts: Parts): void {
  parts.config.onChange(({ snapshot }) => {
    const { requestTimeout } = snapshot.config.gateway.network.connections;
    app.server.requestTimeout = requestTimeout;
    app.server.headersTimeout = headersTimeoutMs(requestTimeout);
  });
}

function tooMany(limit: number): GatewayError {
  const message = `${limit} HTTP connections are open (gateway.network.connections.maxHttpConnections).`;
  return new GatewayError('OVERLOADED', { message, details: { limit, retryAfterMs: RETRY_AFTER_MS } });
}
