/** What follows for a request from the gateway being published by Tailscale. Pure, and small enough to be always there. */
import type { IncomingHttpHeaders } from 'node:http';
import { addressSet, isLoopback } from '../../access/addresses.ts';
import type { Config } from '../../config/index.ts';

/** The addresses that Tailscale gives to machines of a tailnet. */
const isTailnetAddress = addressSet(['100.64.0.0/10', 'fd7a:115c:a1e0::/48']);

/** Whether connections from this address may be those of Tailscale's proxy, which runs on this machine. */
export function isTailscaleProxy({ gateway }: Config, address: string | undefined): boolean {
  return gateway.tailscale.enabled && !isRaw(gateway.tailscale) && isLoopback(address);
}

/** Whether a TLS connection was passed on by Tailscale as it came: it asks for this machine by its name in the tailnet. */
export function comesRaw({ gateway }: Config, servername: string | false | null | undefined): boolean {
  return gateway.tailscale.enabled && isRaw(gateway.tailscale) && typeof servername === 'string' && isTailnetName(servername);
}

/**
 * Whether a request came from the internet by the Funnel. Tailscale marks those; one that it did not mark is told by its
 * client's address, which is none of the tailnet.
 */
export function comesByFunnel(
  config: Config,
  request: {
    readonly headers: IncomingHttpHeaders;
    readonly peer: string | undefined;
    readonly servername: string | false | null | undefined;
  },
  client: { readonly address: string; readonly host: string },
): boolean {
  const { tailscale } = config.gateway;
  if (!tailscale.enabled || !tailscale.funnel.enabled) return false;
  if (isRaw(tailscale)) return comesRaw(config, request.servername);
  if (!isLoopback(request.peer)) return false;
  if (request.headers['tailscale-funnel-request'] !== undefined) return true;
  return isTailnetName(client.host.replace(/:\d+$/, '')) && !isTailnetAddress(client.address);
}

export function isTailnetName(name: string): boolean {
  return name.toLowerCase().endsWith('.ts.net');
}

/** The Funnel passes TLS on as it comes, for the gateway to answer with its own certificate. */
function isRaw({ funnel }: Config['gateway']['tailscale']): boolean {
  return funnel.enabled && !funnel.https;
}

/** What an operator should know about how the gateway is exposed; nothing where there is nothing to warn of. */
export function exposureWarning({ gateway }: Config): string | undefined {
  const { enabled, funnel } = gateway.tailscale;
  if (!enabled || !funnel.enabled || funnel.auth !== 'none') return undefined;
  return 'anyone on the internet is told, without signing in, whether the gateway is well: gateway.tailscale.funnel.auth is "none"';
}
