import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { addressSet } from '../../access/addresses.ts';
import { nginxSite } from '../../operations/nginx/site.ts';
import type { Context } from '../context.ts';

type Options = {
  readonly domain?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly instances?: string;
  readonly httpsPort: number;
  readonly httpPort: number;
};

/** Prints a complete site for nginx on stdout, and what else is to be done on stderr. */
export async function nginx(context: Context, options: Options): Promise<undefined> {
  const { network } = (await context.configOrDefaults()).config.gateway;
  const published = network.publicUrl === undefined ? null : URL.parse(network.publicUrl);
  const domain = options.domain ?? published?.hostname;
  if (domain === undefined) {
    throw new GatewayError('USAGE', {
      message: 'By what name shall people reach the gateway?',
      details: { remedy: 'Give it with --domain gateway.example.com, or set gateway.network.publicUrl.' },
    });
  }
  const { host, protocol } = new URL((await context.address()).url);
  const letsEncrypt = `/etc/letsencrypt/live/${domain}`;
  const site = nginxSite({
    domain,
    certificate: options.cert === undefined ? `${letsEncrypt}/fullchain.pem` : resolve(options.cert),
    key: options.key === undefined ? `${letsEncrypt}/privkey.pem` : resolve(options.key),
    instances: options.instances?.split(',').map((instance) => instance.trim()) ?? [host],
    upstreamTls: protocol === 'https:',
    httpsPort: options.httpsPort,
    httpPort: options.httpPort,
  });

  const publicUrl = `https://${domain}${options.httpsPort === 443 ? '' : `:${options.httpsPort}`}`;
  const commands = [
    ...(network.publicUrl === publicUrl ? [] : [`openclaw config set gateway.network.publicUrl ${publicUrl}`]),
    ...(addressSet(network.trustedProxies)('127.0.0.1') || options.instances !== undefined
      ? []
      : [`openclaw config set gateway.network.trustedProxies '["127.0.0.1", "::1"]'`]),
  ];
  context.out.result({ ok: true, domain, publicUrl, site, commands }, () => [site.trimEnd()]);
  if (context.out.json) return;
  if (options.instances !== undefined) {
    context.out.note('Each instance must trust this proxy: name the address of this machine in its gateway.network.trustedProxies.');
  }
  if (commands.length > 0)
    context.out.note(['Tell the gateway that it stands behind this proxy:', ...commands.map((command) => `  ${command}`)].join('\n'));
  context.out.note('Then check the site and take it up: sudo nginx -t && sudo systemctl reload nginx');
}
