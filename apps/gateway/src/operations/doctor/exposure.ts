/** Who can reach the gateway, and what keeps out those who should not. */
import { readFile } from 'node:fs/promises';
import { isLoopback } from '../../config/relations.ts';
import { exposureWarning } from '../tailscale/rules.ts';
import type { Check, ConfigCheck } from './check.ts';
import type { Machine } from './machine.ts';

const SHORTEST_TOKEN = 16;
const FEWEST_CHARACTERS = 8;
const scopes = ['security'] as const;

export const plainHttp: ConfigCheck = {
  id: 'exposure.no-tls',
  severity: 'warning',
  scopes,
  finds: 'a gateway that other machines reach without encryption',
  cause: 'gateway.network.host is not this machine alone, and https is off: the token and every message can be read on the way.',
  remedy:
    'Listen on 127.0.0.1 behind a reverse proxy or Tailscale (`openclaw config set gateway.network.host 127.0.0.1`), or set gateway.network.https.',
  look: async (machine) => {
    const { host, https } = (await machine.config()).gateway.network;
    if (https.enabled || isLoopback(host)) return [];
    const who = host === '0.0.0.0' || host === '::' ? 'every network this machine is in' : host;
    return [{ found: `The gateway listens on ${who} over plain HTTP.`, details: { host } }];
  },
};

export const noSignIn: ConfigCheck = {
  id: 'exposure.no-auth',
  severity: 'warning',
  scopes,
  finds: 'a gateway that asks nobody who they are',
  cause: 'gateway.auth.type is "disabled": every program and every user of this machine can give the agents orders.',
  remedy: '`openclaw config set gateway.auth.type token`',
  look: async (machine) => {
    const { auth, tailscale, network } = (await machine.config()).gateway;
    if (auth.type !== 'disabled') return [];
    const ways = [
      tailscale.enabled && 'Tailscale publishes the gateway to other machines',
      !isLoopback(network.host) && `the gateway listens on ${network.host}`,
      network.publicUrl !== undefined && `people reach it at ${network.publicUrl}`,
    ].filter((way) => way !== false);
    return [
      {
        found: `Sign-in is turned off${ways.map((way) => `, and ${way}`).join('')}.`,
        ...(ways.length > 0 && { severity: 'error' as const }),
      },
    ];
  },
};

export const anyOrigin: ConfigCheck = {
  id: 'exposure.cors',
  severity: 'warning',
  scopes,
  finds: 'an API that the pages of any website may call',
  cause: 'gateway.auth.cors.origins has "*". A page that gets hold of the token can use it from any browser.',
  remedy: 'Name the origins that need it: `openclaw config set gateway.auth.cors.origins \'["https://example.com"]\'`.',
  look: async (machine) => {
    const { enabled, origins } = (await machine.config()).gateway.auth.cors;
    return enabled && origins.includes('*') ? [{ found: 'gateway.auth.cors.origins allows every website.' }] : [];
  },
};

export const openFunnel: ConfigCheck = {
  id: 'exposure.funnel-open',
  severity: 'warning',
  scopes,
  finds: 'a Funnel whose visitors are told things without signing in',
  cause: 'gateway.tailscale.funnel.auth is "none": anyone on the internet learns whether there is a gateway, its version and how it is.',
  remedy: '`openclaw config set gateway.tailscale.funnel.auth password`',
  look: async (machine) => {
    const warning = exposureWarning(await machine.config());
    return warning === undefined ? [] : [{ found: `${warning.charAt(0).toUpperCase()}${warning.slice(1)}.` }];
  },
};

const notPublished: Check = {
  id: 'tailscale.not-published',
  severity: 'warning',
  scopes: ['network'],
  finds: 'a gateway that Tailscale should publish and does not',
  cause:
    'gateway.tailscale.enabled is true, but what Tailscale was asked to do it did not do. The gateway goes on without, and tries again by itself.',
  remedy: 'See `openclaw status`, `tailscale status` and `tailscale serve status`.',
  look: async (machine) => {
    const status = await machine.status();
    if (status === undefined || status instanceof Error || status.remote?.state !== 'failed') return [];
    const { code, message, remedy, details } = status.remote.error;
    return [{ found: message, remedy: typeof details?.['remedy'] === 'string' ? details['remedy'] : remedy, details: { code } }];
  },
};

const weakToken: Check = {
  id: 'token.weak',
  severity: 'error',
  scopes,
  finds: 'a gateway token that can be guessed',
  cause: 'It was chosen by a person. The gateway makes tokens of 32 random bytes.',
  remedy:
    'Remove it from the configuration and the environment, and let the gateway make one: `openclaw gateway token --regenerate`. Or: `openssl rand -base64 32`.',
  look: async (machine) => {
    const token = await tokenInForce(machine);
    if (!token) return [];
    const { value, where } = token;
    const characters = new Set(value).size;
    if (value.length >= SHORTEST_TOKEN && characters >= FEWEST_CHARACTERS) return [];
    const why = value.length < SHORTEST_TOKEN ? `has ${value.length} characters` : `repeats the same ${characters} characters`;
    return [{ found: `The gateway token in ${where} ${why}.`, details: { where, length: value.length } }];
  },
};

async function tokenInForce(machine: Machine): Promise<{ readonly value: string; readonly where: string } | undefined> {
  const fromEnvironment = (await machine.gatewayEnv())['OPENCLAW_GATEWAY_TOKEN'];
  if (fromEnvironment) return { value: fromEnvironment, where: 'OPENCLAW_GATEWAY_TOKEN' };
  const { value } = (await machine.config()).gateway.auth.token;
  if (value !== undefined) return /^\$\{\w+\}$/.test(value) ? undefined : { value, where: 'gateway.auth.token' };
  const made = (await readFile(machine.paths.token, 'utf8').catch(() => '')).trim();
  return made === '' ? undefined : { value: made, where: machine.paths.token };
}

export const EXPOSURE_CHECKS: readonly Check[] = [plainHttp, noSignIn, anyOrigin, openFunnel, notPublished, weakToken];
