/** Which of Tailscale's commands publish the gateway, and whether the way is free. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { ServeConfig } from './machine.ts';

/** The one port that browsers need not be told. */
const PORT = '443';

/** `https`: Tailscale answers TLS and passes requests on. `tcp`: it passes connections on as they come. */
export type Published = { readonly kind: 'https' | 'tcp'; readonly target: string };
export type Plan = Published & {
  readonly via: 'tailscale_serve' | 'tailscale_funnel';
  readonly auth?: 'password' | 'none';
};

/** How the configuration wants the gateway at `address` to be published; nothing when it does not. */
export function planOf({ gateway }: Config, address: { readonly host: string; readonly port: number }): Plan | undefined {
  const { enabled, funnel } = gateway.tailscale;
  if (!enabled) return undefined;
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '[::1]' : bracketed(address.host);
  const at = `${host}:${address.port}`;
  if (funnel.enabled && !funnel.https) return { kind: 'tcp', target: `tcp://${at}`, via: 'tailscale_funnel', auth: funnel.auth };
  // The certificate of a gateway that speaks TLS itself is not made for this address.
  const target = `${gateway.network.https.enabled ? 'https+insecure' : 'http'}://${at}`;
  if (!funnel.enabled) return { kind: 'https', target, via: 'tailscale_serve' };
  return { kind: 'https', target, via: 'tailscale_funnel', auth: funnel.auth };
}

export function publishArgs({ via, kind, target }: Plan): readonly string[] {
  return [via === 'tailscale_funnel' ? 'funnel' : 'serve', '--bg', `--${kind}=${PORT}`, target];
}

/** Takes off what is ours and nothing else. */
export function withdrawArgs({ kind }: Published): readonly string[] {
  return kind === 'tcp' ? ['serve', `--tcp=${PORT}`, 'off'] : ['serve', `--https=${PORT}`, '--set-path=/', 'off'];
}

/** Whether this is what Tailscale serves already, by the name that the machine has now. */
export function isPublished(config: ServeConfig, plan: Plan, name: string): boolean {
  const isPublic = config.AllowFunnel?.[`${name}:${PORT}`] === true;
  if (isPublic !== (plan.via === 'tailscale_funnel')) return false;
  if (plan.kind === 'tcp') return config.TCP?.[PORT]?.TCPForward === hostOf(plan);
  return config.Web?.[`${name}:${PORT}`]?.Handlers?.['/']?.Proxy === plan.target;
}

/** Whether what was published by this gateway is still there. */
export function isThere(config: ServeConfig, published: Published): boolean {
  if (published.kind === 'tcp') return config.TCP?.[PORT]?.TCPForward === hostOf(published);
  return webHandlers(config).some(([path, proxy]) => path === '/' && proxy === published.target);
}

/**
 * Throws TAILSCALE_PORT_TAKEN when the port serves something that is not ours: in our place, or beside it where publishing
 * ours would bring it to the internet, too, or take it away from there.
 */
export function checkFree(config: ServeConfig, plan: Plan, ours: Published | undefined): void {
  const handler = config.TCP?.[PORT];
  const isOurs = (kind: Published['kind'], target: string) => [plan, ours].some((each) => each?.kind === kind && each.target === target);
  if (handler?.TCPForward !== undefined) {
    if (isOurs('tcp', `tcp://${handler.TCPForward}`)) return;
    throw taken(`forwards to ${handler.TCPForward}`);
  }
  const others = webHandlers(config).filter(([path, proxy]) => path !== '/' || !isOurs('https', proxy));
  const [other] = others;
  if (!other) return;
  const wasPublic = Object.entries(config.AllowFunnel ?? {}).some(([at, is]) => is && at.endsWith(`:${PORT}`));
  const inOurPlace = others.find(([path]) => path === '/');
  if (inOurPlace || plan.via === 'tailscale_funnel' || wasPublic || plan.kind === 'tcp' || handler?.HTTP) {
    const [path, proxy] = inOurPlace ?? other;
    throw taken(`serves ${proxy || 'something else'} at ${path}`);
  }
}

function taken(what: string): GatewayError {
  return new GatewayError('TAILSCALE_PORT_TAKEN', { message: `Port ${PORT} of this machine in the tailnet is taken: it ${what}.` });
}

function webHandlers(config: ServeConfig): [path: string, proxy: string][] {
  return Object.entries(config.Web ?? {})
    .filter(([at]) => at.endsWith(`:${PORT}`))
    .flatMap(([, web]) => Object.entries(web.Handlers ?? {}).map(([path, { Proxy: proxy = '' }]): [string, string] => [path, proxy]));
}

function hostOf({ target }: Published): string {
  return target.slice('tcp://'.length);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host === 'localhost' ? '127.0.0.1' : host;
}
