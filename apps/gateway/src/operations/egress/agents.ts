/** Agents of node:http whose every connection is judged first. One that was made under other rules is not used again. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { GatewayError } from '@openclaw-gateway/events/errors';
import type { Guard } from './guard.ts';

const MOST_CONNECTIONS = 256;
const IDLE_CONNECTION_MS = 30_000;
const SETTINGS = {
  keepAlive: true,
  maxSockets: MOST_CONNECTIONS,
  maxFreeSockets: 64,
  timeout: IDLE_CONNECTION_MS,
  scheduling: 'lifo',
} as const;

export type AgentOptions = {
  readonly guard: Guard;
  /** Changes with the rules. */
  readonly generation: () => number;
  /** Why nothing may begin now. */
  readonly held: () => GatewayError | undefined;
};

type Held = http.ClientRequest & { readonly onSocket: (socket: Socket, error?: Error) => void };
type Made = (error: Error | null, socket: Duplex) => void;
type Connect = { readonly host?: string | null; readonly port?: number | string | null };

/** An agent for a protocol, such as `https:`. */
export function createAgent(protocol: string, { guard, generation, held }: AgentOptions): http.Agent {
  const agent = protocol === 'https:' ? new https.Agent(SETTINGS) : new http.Agent(SETTINGS);
  const madeUnder = new WeakMap<Duplex, number>();
  const { createConnection, getName, keepSocketAlive } = agent;
  // Node's own agent has it, for whoever makes a request.
  const { addRequest } = agent as unknown as { readonly addRequest: (request: Held, ...rest: unknown[]) => void };
  return Object.assign(agent, {
    addRequest(request: Held, ...rest: unknown[]) {
      const refused = held();
      // As Node's agent itself says that there is no connection: a request that is only destroyed waits for one.
      if (refused) request.onSocket(undefined as unknown as Socket, refused);
      else addRequest.call(agent, request, ...rest);
    },
    createConnection(options: Connect, made?: Made) {
      const host = options.host ?? 'localhost';
      const port = Number(options.port);
      const refused = guard.literal(host, port);
      if (refused) return void made?.(refused, undefined as unknown as Duplex);
      const socket = createConnection.call(agent, { ...options, lookup: guard.lookup(port) } as http.ClientRequestArgs, made);
      if (socket) madeUnder.set(socket, generation());
      return socket;
    },
    getName: (options?: http.ClientRequestArgs) => `${getName.call(agent, options)}:${generation()}`,
    keepSocketAlive: (socket: Duplex) => madeUnder.get(socket) === generation() && (keepSocketAlive.call(agent, socket) as unknown),
  });
}
