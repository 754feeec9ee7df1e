/** What Tailscale says of this machine: its state in the tailnet, what it serves, and its preferences. */
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Tailscale } from './command.ts';

const status = z.object({
  BackendState: z.string(),
  AuthURL: z.string().nullish(),
  Self: z.object({ DNSName: z.string().nullish(), TailscaleIPs: z.array(z.string()).nullish() }).nullish(),
  /** The names that certificates are to be had for; none while HTTPS is off in the tailnet. */
  CertDomains: z.array(z.string()).nullish(),
});

const tcpHandler = z.object({ HTTPS: z.boolean().optional(), HTTP: z.boolean().optional(), TCPForward: z.string().optional() });
const serveConfig = z
  .object({
    TCP: z.record(z.string(), tcpHandler).nullish(),
    Web: z.record(z.string(), z.object({ Handlers: z.record(z.string(), z.object({ Proxy: z.string().optional() })).nullish() })).nullish(),
    AllowFunnel: z.record(z.string(), z.boolean()).nullish(),
  })
  .nullable();

const prefs = z.object({
  Hostname: z.string().nullish(),
  RouteAll: z.boolean().nullish(),
  AdvertiseRoutes: z.array(z.string()).nullish(),
});

export type Machine = {
  /** Its name in the tailnet, such as `openclaw-gateway.tail1a2b3.ts.net`. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly hasCertificate: boolean;
};

export type ServeConfig = NonNullable<z.output<typeof serveConfig>>;

/** What `tailscale set` changes. An empty host name is the machine's own. */
export type Preferences = { readonly hostname: string; readonly acceptRoutes: boolean; readonly exitNode: boolean };

/** This machine in the tailnet. Throws TAILSCALE_LOGGED_OUT and TAILSCALE_STOPPED where it is not in one, and what `tailscale` throws. */
export async function readMachine(tailscale: Tailscale): Promise<Machine> {
  const { BackendState, AuthURL, Self, CertDomains } = parse(status, await tailscale(['status', '--json', '--peers=false']));
  const name = Self?.DNSName?.replace(/\.$/, '') ?? '';
  if (BackendState === 'NeedsLogin') {
    throw new GatewayError('TAILSCALE_LOGGED_OUT', {
      ...(AuthURL && { details: { remedy: `Sign in at ${AuthURL} ; the gateway tries again by itself.`, url: AuthURL } }),
    });
  }
  if (BackendState === 'NeedsMachineAuth') {
    throw new GatewayError('TAILSCALE_LOGGED_OUT', {
      message: 'This machine waits for an admin of the tailnet to let it in.',
      details: { remedy: 'Approve it at https://login.tailscale.com/admin/machines ; the gateway tries again by itself.' },
    });
  }
  if (BackendState !== 'Running') throw new GatewayError('TAILSCALE_STOPPED', { details: { state: BackendState } });
  if (name === '') throw failed('this machine has no name in the tailnet; MagicDNS may be off');
  return { name, addresses: Self?.TailscaleIPs ?? [], hasCertificate: (CertDomains ?? []).length > 0 };
}

export async function readServeConfig(tailscale: Tailscale): Promise<ServeConfig> {
  const text = await tailscale(['serve', 'status', '--json']);
  return text.trim() === '' ? {} : (parse(serveConfig, text) ?? {});
}

export async function readPreferences(tailscale: Tailscale): Promise<Preferences> {
  const { Hostname, RouteAll, AdvertiseRoutes } = parse(prefs, await tailscale(['debug', 'prefs']));
  return { hostname: Hostname ?? '', acceptRoutes: RouteAll ?? false, exitNode: (AdvertiseRoutes ?? []).includes('0.0.0.0/0') };
}

export async function writePreferences(tailscale: Tailscale, { hostname, acceptRoutes, exitNode }: Preferences): Promise<void> {
  await tailscale(['set', `--hostname=${hostname}`, `--accept-routes=${acceptRoutes}`, `--advertise-exit-node=${exitNode}`]);
}

function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw failed('its answer is not understood; this gateway needs Tailscale 1.52 or newer');
  }
}

function failed(reason: string): GatewayError {
  return new GatewayError('TAILSCALE_FAILED', { message: `Tailscale cannot be used: ${reason}.` });
}
