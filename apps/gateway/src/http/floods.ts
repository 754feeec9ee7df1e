/**
 * How many connections and requests one address may have, and who is turned away (floods/). Connections are refused before a
 * byte is read; what comes through a trusted proxy is told apart by the client of each request.
 */
import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../access/addresses.ts';
import { clientOf, isFromThisMachine } from '../access/client.ts';
import { networkOf } from '../floods/index.ts';
import { PASS_COOKIE } from '../floods/proof.ts';
import { PROOF_PAGE_POLICY, proofPage } from '../floods/proof-page.ts';
import { metrics } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { trustOf } from './forwarded.ts';
import { PROOF_PATH } from './routes/proof.ts';

/** Places beyond `maxTotal` for the operator and the probes of this machine. */
const RESERVED_PLACES = 8;
/** For the answer that says it, before the connections of an address are closed. */
const LAST_WORD_MS = 100;
const RETRY_AFTER_MS = 1000;

type Trust = (address: string | undefined) => boolean;

/** Adds the checks to every connection, and to every route that is registered after it. */
export function guardFloods(app: FastifyInstance, parts: Parts): void {
  const { floods } = parts;
  const trusts = trustOf(parts);
  const sockets = new Held<Socket>();
  /** What clients behind trusted proxies have under way: requests, and sockets that became WebSockets. */
  const relayed = new Held<Socket | FastifyReply>();
  const upgraded = new WeakSet<Socket>();
  parts.memory.holds(() => [{ name: 'addresses that are watched', ...floods.holds() }]);

  app.server.prependListener('upgrade', (_, socket) => void upgraded.add(socket as Socket));
  // Node's own listeners make a parser, or begin a TLS handshake: what is refused must not cost that.
  const takeIn = app.server.listeners('connection');
  app.server.removeAllListeners('connection');
  app.server.on('connection', (socket: Socket) => {
    const scope = refusedConnection(socket, sockets, parts, trusts);
    if (scope !== undefined) {
      metrics.limited(scope);
      socket.destroy();
      return;
    }
    sockets.add(networkOf(socket.remoteAddress) ?? 'unknown', socket, (leave) => socket.once('close', leave));
    for (const listener of takeIn) listener.call(app.server, socket);
  });
  floods.onBanned((network) => {
    const all = [...sockets.of(network), ...[...relayed.of(network)].filter((one): one is Socket => 'destroy' in one)];
    setTimeout(() => {
      for (const socket of all) socket.destroy();
    }, LAST_WORD_MS).unref();
  });

  app.addHook('onRequest', async (request, reply) => {
    const visitor = visitorOf(request, trusts);
    if (visitor === undefined) return;
    const { network, isRelayed } = visitor;
    const { socket } = request.raw;
    const close = () => {
      if (!isRelayed) reply.header('connection', 'close');
      // Node does not close what asked for an upgrade and did not get it.
      if (upgraded.has(socket)) reply.raw.once('finish', () => socket.destroySoon());
    };
    const refusal = floods.banned(network) ?? (isRelayed ? tooManyUnderWay(network, relayed, parts) : undefined);
    if (refusal) {
      close();
      throw refusal;
    }
    const [path = '/'] = request.url.split('?', 1);
    const solves = request.routeOptions.url === PROOF_PATH;
    const verdict = floods.judge(network, { path, pass: passOf(request), solves });
    if (verdict) close();
    if (verdict && 'puzzle' in verdict) return askForProof(request, reply, verdict.puzzle);
    if (verdict) throw verdict.refusal;
    if (isRelayed) {
      const isSocket = upgraded.has(socket);
      relayed.add(network, isSocket ? socket : reply, (leave) => (isSocket ? socket : reply.raw).once('close', leave));
    }
    reply.raw.once('close', () => {
      if (reply.raw.statusCode >= 400 && reply.raw.statusCode < 500) floods.failed(network);
    });
  });
}

/** Who is counted, and whether he comes through a proxy that is trusted. Not the programs of this machine, nor such a proxy itself. */
function visitorOf(request: FastifyRequest, trusts: Trust): { readonly network: string; readonly isRelayed: boolean } | undefined {
  const address = clientOf(request.raw)?.address;
  const network = networkOf(address);
  if (network === undefined || isFromThisMachine(request.raw)) return undefined;
  const isRelayed = trusts(request.raw.socket.remoteAddress);
  return isRelayed && trusts(address) ? undefined : { network, isRelayed };
}

/** Why a connection is not taken, as the count of refusals calls it. */
function refusedConnection(socket: Socket, sockets: Held<Socket>, { floods }: Parts, trusts: Trust): 'ban' | 'connection' | undefined {
  const address = socket.remoteAddress;
  const network = networkOf(address) ?? 'unknown';
  const isOurs = isLoopback(address) || trusts(address);
  if (!isOurs && floods.banned(network)) return 'ban';
  const limits = floods.settings()?.connections;
  if (!limits) return undefined;
  if (sockets.total >= limits.maxTotal + (isLoopback(address) ? RESERVED_PLACES : 0)) return 'connection';
  return !isOurs && sockets.of(network).size >= limits.maxPerIp ? 'connection' : undefined;
}

function tooManyUnderWay(network: string, relayed: Held<unknown>, { floods }: Parts): GatewayError | undefined {
  const limit = floods.settings()?.connections.maxPerIp;
  if (limit === undefined || relayed.of(network).size < limit) return undefined;
  const message = `This address has ${limit} requests and sockets under way (gateway.security.ddos.connections.maxPerIp).`;
  return new GatewayError('TOO_MANY_CONNECTIONS', { message, details: { limit, retryAfterMs: RETRY_AFTER_MS } });
}

function askForProof(
  request: FastifyRequest,
  reply: FastifyReply,
  puzzle: { readonly challenge: string; readonly bits: number },
): FastifyReply {
  const isBrowser = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
  if (!isBrowser) {
    const answer = `any text of at most 20 characters so that the SHA-256 of "<challenge>:<answer>" begins with ${puzzle.bits} zero bits`;
    throw new GatewayError('PROOF_REQUIRED', { details: { ...puzzle, answer, submitTo: `POST ${PROOF_PATH}` } });
  }
  metrics.limited('anomaly');
  reply.header('content-security-policy', PROOF_PAGE_POLICY).header('cache-control', 'no-store').header('vary', 'accept-language');
  reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  return reply.status(403).type('text/html; charset=utf-8').send(proofPage(puzzle, request.headers['accept-language']));
}

function passOf({ headers }: FastifyRequest): string | undefined {
  const prefix = `${PASS_COOKIE}=`;
  const parts = headers.cookie?.split(';').map((part) => part.trim());
  return parts?.find((part) => part.startsWith(prefix))?.slice(prefix.length);
}

/** What each address holds at a time. */
class Held<T> {
  readonly #byNetwork = new Map<string, Set<T>>();
  total = 0;

  of(network: string): ReadonlySet<T> {
    return this.#byNetwork.get(network) ?? NOTHING;
  }

  /** `onEnd` is told what to call once it is no longer held. */
  add(network: string, one: T, onEnd: (leave: () => void) => unknown): void {
    const held = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, held.add(one));
    this.total += 1;
    onEnd(() => {
      if (!held.delete(one)) return;
      this.total -= 1;
      if (held.size === 0 && this.#byNetwork.get(network) === held) this.#byNetwork.delete(network);
    });
  }
}

const NOTHING: ReadonlySet<never> = new Set();
