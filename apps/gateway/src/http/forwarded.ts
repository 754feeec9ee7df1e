/**
 * What reverse proxies say of the client counts only from those that are trusted. This is done before anyone sees the request:
 * what the others say is taken off it, and what is left says one thing.
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { addressSet } from '../access/addresses.ts';
import { type Client, FORWARDED_HEADERS, findClient, rememberClient } from '../access/client.ts';
import type { Config } from '../config/index.ts';
import { comesRaw, isTailscaleProxy } from '../operations/tailscale/rules.ts';
import type { Parts } from '../parts.ts';

const MAX_NOTED = 100;

type Server = { prependListener(event: string, listener: (request: IncomingMessage) => void): unknown };
type Trust = (address: string | undefined) => boolean;

/** Whether a connection from this address may speak for others. */
export function trustOf(parts: Parts): Trust {
  let known: { readonly config: Config; readonly trusts: Trust } | undefined;
  return (address) => {
    const { config } = parts.config.current();
    if (known?.config !== config) known = { config, trusts: trustIn(config) };
    return known.trusts(address);
  };
}

/** Finds out who the client of each request is before anything else looks at it. */
export function findClients(server: Server, parts: Parts): void {
  const trusts = trustOf(parts);
  const noted = new Set<string>();
  const find = (request: IncomingMessage): void => {
    const { config } = parts.config.current();
    const socket = request.socket as TLSSocket;
    const peer = { address: socket.remoteAddress ?? '', encrypted: socket.encrypted === true };
    // Who comes in by raw TCP brings headers of his own, over a connection that looks like one of this machine's.
    const isTrusted: Trust = comesRaw(config, socket.servername) ? () => false : trusts;
    const said = FORWARDED_HEADERS.filter((name) => request.headers[name] !== undefined);
    const client = asPublished(findClient(request.headers, peer, isTrusted), config);
    if (said.length > 0 && !isTrusted(peer.address)) note(peer.address, said);
    for (const name of said) delete request.headers[name];
    if (isTrusted(peer.address)) {
      // What others of this process read, fastify first of all.
      request.headers['x-forwarded-for'] = client.address;
      request.headers['x-forwarded-proto'] = client.scheme;
      request.headers['x-forwarded-host'] = client.host;
    }
    rememberClient(request, client);
  };

  function note(address: string, headers: readonly string[]): void {
    if (noted.has(address) || noted.size >= MAX_NOTED) return;
    noted.add(address);
    parts.logger.warn(
      { peer: address, headers },
      'forwarded headers are ignored: they come from an address that is not in gateway.network.trustedProxies',
    );
  }

  server.prependListener('request', find);
  server.prependListener('upgrade', find);
}

function trustIn(config: Config): Trust {
  const isListed = addressSet(config.gateway.network.trustedProxies);
  return (address) => isListed(address) || isTailscaleProxy(config, address);
}

/** Whoever calls the gateway by its public address came by the scheme of that, even when no proxy says so. */
function asPublished(client: Client, { gateway }: Config): Client {
  const published = gateway.network.publicUrl === undefined ? null : URL.parse(gateway.network.publicUrl);
  if (published?.protocol !== 'https:' || client.host.toLowerCase() !== published.host) return client;
  return { ...client, scheme: 'https' };
}
