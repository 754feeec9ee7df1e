/** Whether the rules about networks do what they are meant to: who may connect, what the gateway may connect to, and the firewall. */
import { isLoopback } from '../../access/addresses.ts';
import type { Config } from '../../config/index.ts';
import { modelEndpoints } from '../../models/index.ts';
import { hostOf, portOf } from '../egress/index.ts';
import { firewallMachine, planFirewall, sudoLine } from '../firewall/index.ts';
import type { Check, Found } from './check.ts';
import { CHANNEL_URLS } from './services.ts';

const scopes = ['security', 'network'] as const;

const nobody: Check = {
  id: 'isolation.nobody',
  severity: 'warning',
  scopes,
  finds: 'a gateway that listens to other machines and lets none of them connect',
  cause: 'gateway.security.networkIsolation.enabled is true and allowedInbound is empty, so only this machine may connect.',
  remedy: 'Name the networks: `openclaw config set gateway.security.networkIsolation.allowedInbound \'["10.0.0.0/8"]\'`.',
  look: async (machine) => {
    const { network, security } = (await machine.config()).gateway;
    const { enabled, allowedInbound } = security.networkIsolation;
    if (!enabled || allowedInbound.length > 0 || isLoopback(network.host) || network.host === 'localhost') return [];
    return [{ found: `The gateway listens on ${network.host}, and no network is in gateway.security.networkIsolation.allowedInbound.` }];
  },
};

const unseen: Check = {
  id: 'isolation.unseen-clients',
  severity: 'warning',
  scopes,
  finds: 'networks that are to be kept out and cannot be told apart, because a proxy stands in between that is not trusted',
  cause: 'Everybody seems to come from the proxy, which is on this machine and always may connect.',
  remedy:
    'Trust the proxy, so that it says who the client is: `openclaw config set gateway.network.trustedProxies \'["127.0.0.1", "::1"]\'`.',
  look: async (machine) => {
    const { network, security, tailscale } = (await machine.config()).gateway;
    const isBehind = isLoopback(network.host) && network.publicUrl !== undefined && !tailscale.enabled;
    if (!security.networkIsolation.enabled || !isBehind || network.trustedProxies.length > 0) return [];
    return [{ found: `People reach the gateway at ${network.publicUrl}, and gateway.network.trustedProxies is empty.` }];
  },
};

const outbound: Check = {
  id: 'isolation.outbound-blocked',
  severity: 'error',
  scopes,
  finds: 'a server in the configuration that the gateway may not connect to',
  cause: 'Its address is in a network of gateway.security.networkIsolation.blockedOutbound.',
  remedy: 'Add the address to gateway.security.networkIsolation.allowedOutbound, which wins, or take the server out of the configuration.',
  look: async (machine) => {
    const config = await machine.config();
    if (!config.gateway.security.networkIsolation.enabled) return [];
    const egress = await machine.egress();
    const found = destinationsOf(config, await machine.gatewayEnv()).map(async ({ key, address }): Promise<Found[]> => {
      const url = URL.parse(address);
      if (!url || url.hostname === '') return [];
      const refused = await egress
        .to(url)
        .resolve({ host: hostOf(url), port: portOf(url) })
        .then(() => undefined)
        .catch((error: { code?: string; message: string; details?: { rule?: string; address?: string } }) => error);
      if (refused?.code !== 'EGRESS_REFUSED') return [];
      return [{ found: `${key}: ${refused.message}`, details: { key, address: refused.details?.address, rule: refused.details?.rule } }];
    });
    return (await Promise.all(found)).flat();
  },
};

const firewallDrift: Check = {
  id: 'firewall.drift',
  severity: 'warning',
  scopes,
  finds: 'a firewall that does not have the rules of the configuration',
  cause: 'Only root can put them in force, they are lost when the machine is started anew, and somebody may have changed them by hand.',
  remedy: '`openclaw gateway firewall plan` shows them; `openclaw gateway firewall apply` as root puts them in force.',
  look: async (machine) => {
    const config = await machine.config();
    const { enabled, type } = config.gateway.security.firewall;
    if (!enabled) return [];
    const firewall = { ...firewallMachine(machine.paths.dir), isRoot: machine.uid === 0 };
    const plan = await planFirewall(config, firewall).catch((error: Error) => error);
    if (plan instanceof Error) return [{ found: `The firewall cannot be looked at. ${plan.message}`, severity: 'error' }];
    if (plan.state === 'current') return [];
    const remedy = `\`${firewall.isRoot ? 'openclaw gateway firewall apply' : sudoLine('apply', machine.paths.dir)}\``;
    return [
      {
        found: `gateway.security.firewall.enabled is true, but ${WORDS[plan.state]} ${type}.`,
        remedy,
        details: { type, state: plan.state },
      },
    ];
  },
};

const WORDS = {
  absent: 'none of its rules are in force in',
  different: 'other rules than these are in force in',
  unknown: 'since this machine was started nobody has put its rules into',
} as const;

type Destination = { readonly key: string; readonly address: string };

/** Every server that the configuration names, with the key that does. */
function destinationsOf(config: Config, env: NodeJS.ProcessEnv): readonly Destination[] {
  const { logging, monitoring, network } = config.gateway;
  const { metrics, alerts, traces } = monitoring;
  const known: (Destination | undefined)[] = [
    ...modelEndpoints(config.models, env).map(({ name, url }) => entry(`models.providers.${name}`, url)),
    ...Object.entries(config.channels).flatMap(([channel, { accounts }]) =>
      Object.entries(accounts)
        .filter(([, { enabled }]) => enabled)
        .map(([account, { apiRoot }]) => entry(`channels.${channel}.accounts.${account}`, apiRoot ?? CHANNEL_URLS[channel])),
    ),
    metrics.export.enabled ? entry('gateway.monitoring.metrics.export.endpoint', metrics.export.endpoint) : undefined,
    traces.enabled ? entry('gateway.monitoring.traces.endpoint', traces.endpoint) : undefined,
    ...alerts.destinations.map((one) => (one.type === 'webhook' ? entry('gateway.monitoring.alerts.destinations', one.url) : undefined)),
    entry('gateway.logging.audit.export.destination', logging.audit.export?.destination),
    ...logging.audit.witnesses.map(({ destination }) => entry('gateway.logging.audit.witnesses', destination)),
    network.https.letsEncrypt.enabled
      ? entry('gateway.network.https.letsEncrypt.directoryUrl', network.https.letsEncrypt.directoryUrl)
      : undefined,
  ];
  return known.filter((one) => one !== undefined);
}

function entry(key: string, address: unknown): Destination | undefined {
  return typeof address === 'string' && /^[a-z][a-z+]*:\/\//.test(address) ? { key, address } : undefined;
}

export const ISOLATION_CHECKS: readonly Check[] = [nobody, unseen, outbound, firewallDrift];
