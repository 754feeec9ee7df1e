/** The way to what the gateway talks to: model providers and chat services, stage by stage, and what their clocks say. */
import type { Config } from '../../config/index.ts';
import { modelEndpoints } from '../../models/index.ts';
import type { Check, Found } from './check.ts';
import { perMachine } from './machine.ts';
import { type Reach, reach, type Stage, type StageName } from './reach.ts';

const SKEW_MS = 2 * 60_000;
const scopes = ['network'] as const;

/** The addresses of chat services whose adapters take none from the configuration. */
export const CHANNEL_URLS: Readonly<Record<string, string>> = {
  telegram: 'https://api.telegram.org',
  discord: 'https://discord.com/api/v10',
  slack: 'https://slack.com/api/',
  whatsapp: 'https://graph.facebook.com',
};

type Service = { readonly name: string; readonly url: URL; readonly headers?: Readonly<Record<string, string>>; readonly hasKey: boolean };
type Reached = { readonly service: Service; readonly reached: Reach };

/** A check of one stage, of all services. */
function stage(name: StageName, severity: Check['severity'], words: Pick<Check, 'finds' | 'cause' | 'remedy'>): Check {
  return {
    id: `network.${name}`,
    severity,
    scopes,
    ...words,
    look: async (machine) =>
      (await reachAll(machine)).flatMap(({ service, reached }): Found[] => {
        const problem = problemAt(name, reached);
        if (problem === undefined) return [];
        const found = `${service.name} at ${service.url.host}: ${problem} (${describe(reached.stages)}).`;
        return [{ found, details: { service: service.name, url: service.url.href, stages: reached.stages, status: reached.status } }];
      }),
  };
}

function problemAt(name: StageName, { failed, status }: Reach): string | undefined {
  // What was refused has a check of its own.
  if (failed) return failed.stage === name && !failed.refused ? failed.problem : undefined;
  return name === 'http' && status !== undefined && status >= 500 ? `it answers with ${status}` : undefined;
}

function describe(stages: readonly Stage[]): string {
  return stages.map(({ stage: name, ok, durationMs }) => `${name} ${ok ? '' : 'failed after '}${Math.round(durationMs)} ms`).join(', ');
}

const keyRefused: Check = {
  id: 'network.key-refused',
  severity: 'error',
  scopes,
  finds: 'a model provider that refuses the API key (with `--network`)',
  cause: 'The key is wrong, was withdrawn, or belongs to another account or address.',
  remedy: 'Make a new key at the provider and set it where the old one is: models.providers.<name>.apiKey, or the environment.',
  look: async (machine) => {
    if (!machine.deep) return [];
    const refused = (await reachAll(machine)).filter(({ service, reached }) => service.hasKey && [401, 403].includes(reached.status ?? 0));
    return refused.map(({ service, reached }) => ({
      found: `${service.name} at ${service.url.host} answers the key with ${reached.status}.`,
    }));
  },
};

const clockSkew: Check = {
  id: 'clock.skew',
  severity: 'warning',
  scopes,
  finds: `a clock that is more than ${SKEW_MS / 60_000} minutes away from those of the services`,
  cause: 'The clock of this machine is not set by a time server. Certificates and signed requests are refused then.',
  remedy: 'Set the clock: `timedatectl set-ntp true`, and look at `timedatectl status`.',
  look: async (machine) => {
    const heard = (await reachAll(machine)).flatMap(({ service, reached: { date } }) =>
      date ? [{ service, aheadMs: date.heardAt - date.theirs }] : [],
    );
    const off = heard.filter(({ aheadMs }) => Math.abs(aheadMs) > SKEW_MS);
    // One that is off alone is wrong itself.
    if (off.length === 0 || off.length * 2 <= heard.length) return [];
    return off.slice(0, 1).map(({ service, aheadMs }) => ({
      found: `This clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${service.url.host}.`,
      details: { aheadMs },
    }));
  },
};

/** All services at a time. */
const reachAll = perMachine(async (machine): Promise<readonly Reached[]> => {
  const { deadlineMs } = machine;
  const egress = await machine.egress();
  const services = servicesOf(await machine.config(), await machine.gatewayEnv(), machine.deep);
  return await Promise.all(
    services.map(async (service) => ({
      service,
      reached: await reach(service.url, { egress, deadlineMs, ...(service.headers && { headers: service.headers }) }),
    })),
  );
});

function servicesOf({ models, channels }: Config, env: NodeJS.ProcessEnv, withKeys: boolean): readonly Service[] {
  const providers = modelEndpoints(models, env).flatMap(({ name, api, url, apiKey }): Service[] => {
    if (url === undefined || isUnresolved(url)) return [];
    const hasKey = withKeys && apiKey !== undefined;
    // The list of models: every provider has it, it costs nothing, and it needs the key.
    const target = new URL(hasKey ? `${url.replace(/\/+$/, '')}/models` : url);
    return [{ name: `the model provider ${name}`, url: target, hasKey, ...(hasKey && { headers: keyHeaders(api, apiKey) }) }];
  });
  const chats = Object.entries(channels).flatMap(([channel, { accounts }]) =>
    Object.entries(accounts).flatMap(([account, { enabled, apiRoot }]): Service[] => {
      const url = typeof apiRoot === 'string' ? apiRoot : CHANNEL_URLS[channel];
      return enabled && url !== undefined && !isUnresolved(url)
        ? [{ name: `the channel ${channel}/${account}`, url: new URL(url), hasKey: false }]
        : [];
    }),
  );
  return [...providers, ...chats];
}

/** It names a variable that is not set, which another check says. */
const isUnresolved = (url: string) => url.includes('${');

function keyHeaders(api: string, apiKey: string): Readonly<Record<string, string>> {
  return api === 'anthropic-messages' ? { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' } : { authorization: `Bearer ${apiKey}` };
}

export const SERVICE_CHECKS: readonly Check[] = [
  stage('dns', 'error', {
    finds: 'a model provider or chat service whose name has no address',
    cause: 'The name is misspelt, this machine is offline, or its name server does not answer.',
    remedy: '`getent hosts <name>` asks the same question; look at /etc/resolv.conf and the address in the configuration.',
  }),
  stage('tcp', 'error', {
    finds: 'a model provider or chat service that takes no connection',
    cause: 'It is not running (a local model server?), or a firewall drops or refuses the connection.',
    remedy: '`curl -v <address>` tries the same. Start the service, or open the way for outgoing connections.',
  }),
  stage('tls', 'error', {
    finds: 'a model provider or chat service whose encryption cannot be trusted',
    cause: 'A proxy in between opens the connections, the clock is wrong, or the service has a certificate of its own.',
    remedy:
      '`openssl s_client -connect <host>:443 -servername <host>` shows the certificate; NODE_EXTRA_CA_CERTS names an authority of your own.',
  }),
  stage('http', 'error', {
    finds: 'a model provider or chat service that gives no answer or an error of its own (5xx)',
    cause: 'The service is overloaded or down, or a proxy in between answers in its place.',
    remedy: 'Look at the status page of the service, and try again later.',
  }),
  keyRefused,
  clockSkew,
];
