/**
 * Who is at the other end of a request: the browser or program itself, also when reverse proxies stand between. The door finds
 * it out once, before anyone looks at the request.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback, plainAddress } from './addresses.ts';

export type Client = {
  readonly address: string;
  /** What the client speaks, to the gateway or to the proxy that faces it. */
  readonly scheme: 'http' | 'https';
  /** The name, and port, by which the client calls the gateway. */
  readonly host: string;
  /** Whether anybody stands in between, trusted or not: then a connection of this machine's own says nothing about the client. */
  readonly relayed: boolean;
};

/** What a connection itself says, which nobody can forge. */
export type Peer = { readonly address: string; readonly encrypted: boolean };

const CLIENT = Symbol('client');
type Marked = IncomingMessage & { [CLIENT]?: Client };

/** What proxies say of the client. From whom they are not believed they mean nothing. */
export const FORWARDED_HEADERS = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip'] as const;

/** What only requests have that somebody passed on. */
const RELAY_HEADERS = [...FORWARDED_HEADERS, 'forwarded', 'via'] as const;

export function rememberClient(request: IncomingMessage, client: Client): void {
  (request as Marked)[CLIENT] = client;
}

/** The client of a request that came in by the door. */
export function clientOf(request: IncomingMessage): Client | undefined {
  return (request as Marked)[CLIENT];
}

/** Whether a request was sent by a program on this machine, and by nobody on behalf of somebody else. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  const client = clientOf(request);
  return client !== undefined && !client.relayed && isLoopback(client.address);
}

/**
 * Finds the client of a request. Each proxy appends the address it was called from, so the list is walked from its right end
 * for as long as the proxies are ours; what is further left was written by someone who is not. A header of which each proxy
 * appends its own part is read at the same place; of one that is shorter than the list the last part counts.
 */
export function findClient(headers: IncomingHttpHeaders, peer: Peer, isTrusted: (address: string | undefined) => boolean): Client {
  const relayed = RELAY_HEADERS.some((name) => headers[name] !== undefined);
  const direct: Client = { address: peer.address, scheme: peer.encrypted ? 'https' : 'http', host: headers.host ?? '', relayed };
  if (!isTrusted(peer.address)) return direct;
  const hops = listOf(headers['x-forwarded-for']);
  let at = hops.length;
  let address = peer.address;
  while (at > 0 && isTrusted(address)) {
    const previous = plainAddress(hops[at - 1]);
    if (previous === undefined) break;
    address = previous;
    at -= 1;
  }
  if (hops.length === 0) address = plainAddress(text(headers['x-real-ip'])) ?? address;
  const scheme = partAt(listOf(headers['x-forwarded-proto']), at, hops.length)?.toLowerCase();
  return {
    address,
    scheme: scheme === 'https' || scheme === 'http' ? scheme : direct.scheme,
    relayed,
    host: partAt(listOf(headers['x-forwarded-host']), at, hops.length) ?? direct.host,
  };
}

function partAt(parts: readonly string[], at: number, hops: number): string | undefined {
  return parts.length === hops ? parts[at] : parts.at(-1);
}

function listOf(header: string | string[] | undefined): string[] {
  return text(header)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function text(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
