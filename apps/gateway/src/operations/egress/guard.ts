/**
 * Resolves the names of destinations, once for each connection, and judges every address that came back. The connection is made
 * to the judged addresses themselves, so a name that means another machine a moment later changes nothing.
 */
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { EgressPolicy, NamedBy, Refusal } from './policy.ts';

export type Resolved = { readonly address: string; readonly family: number };
/** Finds all addresses of a name, as `dns.lookup` does with `all`. */
export type Resolve = (hostname: string, callback: (error: NodeJS.ErrnoException | null, addresses: readonly Resolved[]) => void) => void;

export type Refused = { readonly destination: string; readonly address: string; readonly namedBy: NamedBy; readonly rule: string };

export type Guard = {
  /** Why this host may not be called; nothing for a name, whose addresses are judged when it is looked up. */
  readonly literal: (host: string, port: number) => GatewayError | undefined;
  /** For `net`, `tls`, `http` and `dgram`: gives addresses that may be called, or fails with EGRESS_REFUSED. */
  readonly lookup: (port: number) => LookupFunction;
  /** The addresses of a host that may be called. Rejects with EGRESS_REFUSED, or what the look-up failed with. */
  readonly resolve: (host: string, port: number) => Promise<readonly Resolved[]>;
};

export type GuardOptions = {
  readonly policy: () => EgressPolicy;
  /** Whether the operator wrote this destination. */
  readonly isNamed: (host: string, port: number) => boolean;
  readonly resolve: Resolve;
  readonly onRefused: (refused: Refused) => void;
};

export const systemResolve: Resolve = (hostname, callback) => {
  dns.lookup(hostname, { all: true, verbatim: true }, (error, addresses) => callback(error, addresses ?? []));
};

export function createGuard({ policy, isNamed, resolve, onRefused }: GuardOptions): Guard {
  const refuse = (host: string, port: number, address: string, namedBy: NamedBy, refusal: Refusal): GatewayError => {
    const destination = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    onRefused({ destination, address, namedBy, rule: refusal.rule });
    const at = address === host ? '' : ` (${address})`;
    return new GatewayError('EGRESS_REFUSED', {
      message: `The gateway may not connect to ${destination}${at}: ${refusal.rule}.`,
      details: { destination, address, namedBy, rule: refusal.rule, remedy: refusal.remedy },
    });
  };
  const judge = (host: string, port: number, address: string): GatewayError | undefined => {
    const namedBy = isNamed(host, port) ? 'operator' : 'content';
    const refusal = policy().judge(address, namedBy);
    return refusal && refuse(host, port, address, namedBy, refusal);
  };
  /** One bad address of a name that content wrote makes the whole name bad; of one that the operator wrote the others stay. */
  const admit = (host: string, port: number, addresses: readonly Resolved[]): readonly Resolved[] | GatewayError => {
    const namedBy = isNamed(host, port) ? 'operator' : 'content';
    const judged = addresses.map((each) => ({ each, refusal: policy().judge(each.address, namedBy) }));
    const good = judged.flatMap(({ each, refusal }) => (refusal ? [] : [each]));
    const bad = judged.find(({ refusal }) => refusal);
    if (!bad?.refusal || (namedBy === 'operator' && good.length > 0)) return good;
    return refuse(host, port, bad.each.address, namedBy, bad.refusal);
  };
  const lookupAll = (host: string, port: number, done: (error: Error | null, addresses: readonly Resolved[]) => void): void => {
    resolve(host, (error, found) => {
      if (error) return done(error, []);
      const addresses = admit(host, port, found);
      if (addresses instanceof GatewayError) return done(addresses, []);
      if (addresses.length > 0) return done(null, addresses);
      done(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), []);
    });
  };
  return {
    literal: (host, port) => (isLiteral(host) ? judge(host, port, host) : undefined),
    lookup: (port) => (hostname, options, callback) => {
      lookupAll(hostname, port, (error, addresses) => {
        if (error) return callback(error, '', 0);
        const wanted = addresses.filter(({ family }) => !options.family || family === familyOf(options.family));
        if (options.all) return callback(null, [...wanted]);
        const [first] = wanted.length > 0 ? wanted : addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      });
    },
    resolve: async (host, port) => {
      if (isLiteral(host)) {
        const error = judge(host, port, host);
        if (error) throw error;
        return [{ address: host, family: isIP(host.replace(/%.*$/, '')) }];
      }
      return await new Promise((done, fail) => {
        lookupAll(host, port, (error, addresses) => (error ? fail(error) : done(addresses)));
      });
    },
  };
}

/** Node connects to these without looking anything up. */
function isLiteral(host: string): boolean {
  return isIP(host) !== 0 || isIP(host.replace(/%.*$/, '')) !== 0;
}

function familyOf(family: number | 'IPv4' | 'IPv6'): number {
  return family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
}
