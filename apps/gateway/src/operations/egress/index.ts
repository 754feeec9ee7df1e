/**
 * The one way out: every connection that the gateway makes to somebody else begins here, and is judged by address first. What is
 * written in the configuration is the operator's word and may be anywhere; what messages, models, tools and servers name may be
 * on the internet only. `gateway.security.networkIsolation` narrows the one and widens the other.
 */
import type { Agent } from 'node:http';
import { connect, type NetConnectOpts, Socket } from 'node:net';
import type { GatewayError } from '@openclaw-gateway/events/errors';
import { createAgent } from './agents.ts';
import { createFetch, type EgressFetch } from './fetch.ts';
import { createGuard, type Refused, type Resolve, type Resolved, systemResolve } from './guard.ts';
import { createPolicy, type EgressRules, sameRules } from './policy.ts';

export { AnswerTooLarge, type EgressFetch, type EgressRequest } from './fetch.ts';
export type { Refused, Resolved } from './guard.ts';
export { type EgressRules, egressRules } from './policy.ts';

export type Target = {
  readonly host: string;
  readonly port: number;
  /** What `resolve` gave for it, where that was asked before. */
  readonly addresses?: readonly Resolved[];
};

/** The way to certain addresses. */
export type Way = {
  readonly fetch: EgressFetch;
  /** For a library that makes its requests itself: an agent for a protocol, such as `https:`. */
  readonly agent: (protocol: string) => Agent;
  /** A TCP connection. What refuses it comes as `error`. */
  readonly connect: (target: Target, options?: Omit<NetConnectOpts, 'host' | 'port' | 'lookup' | 'path'>) => Socket;
  /** For what has no connection, such as UDP: the addresses to send to. Rejects with EGRESS_REFUSED. */
  readonly resolve: (target: Target) => Promise<readonly Resolved[]>;
};

export type Egress = {
  /**
   * The way to what these addresses name. They count as written by the operator; wherever else it is sent, by a redirect or a
   * link, counts as named by content.
   */
  readonly to: (...written: readonly (string | URL)[]) => Way;
  /** Puts other rules in force. Connections that were made under the old ones are finished, not used again. */
  readonly apply: (rules: EgressRules) => void;
  /** Begins nothing while `check` gives a reason, also not on a connection that is open already. */
  readonly holdWhile: (check: () => GatewayError | undefined) => void;
  /** Calls back on everything that is refused. Returns what ends it. */
  readonly onRefused: (listener: (refused: Refused) => void) => () => void;
};

/** More destinations than a configuration has: those of a server that sends everyone on. */
const MOST_WAYS = 200;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'syslog:': 514, 'syslog+tcp:': 514, 'udp:': 8125 };

export function createEgress(rules: EgressRules, { resolve = systemResolve }: { readonly resolve?: Resolve } = {}): Egress {
  let policy = createPolicy(rules);
  let generation = 0;
  let held: () => GatewayError | undefined = () => undefined;
  const listeners = new Set<(refused: Refused) => void>();
  const onRefused = (refused: Refused) => listeners.forEach((listener) => void listener(refused));
  // Whoever goes to the same place shares its connections.
  const ways = new Map<string, Way>();
  return {
    to: (...written) => {
      const named = new Set(written.map(destinationOf));
      const key = [...named].toSorted().join(' ');
      const way = ways.get(key) ?? createWay(named);
      if (ways.size >= MOST_WAYS) ways.clear();
      ways.set(key, way);
      return way;
    },
    apply: (next) => {
      if (sameRules(policy.rules, next)) return;
      policy = createPolicy(next);
      generation += 1;
    },
    holdWhile: (check) => {
      held = check;
    },
    onRefused: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  function createWay(named: ReadonlySet<string>): Way {
    const isNamed = (host: string, port: number) => named.has(destination(host, port));
    const guard = createGuard({ policy: () => policy, isNamed, resolve, onRefused });
    const agents = new Map<string, Agent>();
    const agent = (protocol: string): Agent => {
      const known = agents.get(protocol) ?? createAgent(protocol, { guard, generation: () => generation, held: () => held() });
      agents.set(protocol, known);
      return known;
    };
    return {
      agent,
      fetch: createFetch(agent),
      resolve: async ({ host, port }) => {
        const refused = held();
        if (refused) throw refused;
        return await guard.resolve(host, port);
      },
      connect: ({ host, port, addresses }, options = {}) => {
        const [known] = addresses ?? [];
        const refused = held() ?? guard.literal(host, port);
        if (refused) return new Socket().destroy(refused);
        return known ? connect({ ...options, host: known.address, port }) : connect({ ...options, host, port, lookup: guard.lookup(port) });
      },
    };
  }
}

/** The gateway's own; a thread has one of its own, and a program that is not the gateway makes one from the configuration it read. */
export const egress: Egress = createEgress({ allowed: [], blocked: [] });

/** The host of an address as a connection is made to it: without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
}

function destinationOf(written: string | URL): string {
  const url = new URL(written);
  return destination(hostOf(url), portOf(url));
}

function destination(host: string, port: number): string {
  return `${host.toLowerCase().replace(/\.$/, '')}|${port}`;
}
