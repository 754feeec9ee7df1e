/**
 * The models: what a reference like `anthropic/claude` means, and the providers behind it.
 * A provider's code is loaded when it is first asked. Nothing here knows of sessions, runs or events.
 */
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelDefinition, ModelProvider } from '@openclaw-gateway/sdk';
import type { Asked } from '../asked.ts';
import type { Config, ModelPrices, ModelProviderConfig } from '../config/index.ts';
import { Endpoint, failover, type Group } from './failover/index.ts';
import { MODELS } from './manifest.ts';
import { priced, priceIn } from './prices.ts';

/** The vendors' own addresses, which their SDKs take where the configuration gives none. */
const VENDOR_URLS: Readonly<Record<string, string>> = {
  'openai-completions': 'https://api.openai.com/v1',
  'openai-responses': 'https://api.openai.com/v1',
  'anthropic-messages': 'https://api.anthropic.com/v1',
};

export type ResolvedModel = { readonly provider: Asked; readonly providerName: string; readonly model: string };

/** Finds the kind of provider that `api` names. */
export type FindKind = (api: string) => Promise<ModelDefinition | undefined>;

export type ModelsOptions = {
  /** Gives the API keys of the providers that exist by name alone. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly kind?: FindKind;
  readonly now?: () => number;
};

export type Models = {
  /**
   * The provider and model that a reference `provider/model` means; `standIns` are asked when it fails. Throws MODEL_NOT_CONFIGURED.
   * @example const { provider, model } = await models.resolve('echo/echo')
   */
  readonly resolve: (reference: string, standIns?: readonly string[]) => Promise<ResolvedModel>;
  /** What the configuration says that a model costs; `undefined` where it says nothing. Throws MODEL_NOT_CONFIGURED. */
  readonly priceOf: (reference: string) => ModelPrices[string] | undefined;
  /** How the endpoints that were asked are: their circuits, and how long their answers take to begin. */
  readonly endpoints: () => readonly EndpointStatus[];
  /** Puts another configuration in force; providers whose block did not change stay as they are. */
  readonly apply: (config: Config['models']) => void;
};

export type EndpointStatus = {
  readonly provider: string;
  readonly endpoint?: string;
  readonly circuit: 'closed' | 'open' | 'trial';
  readonly inFlight: number;
  readonly pausedUntil?: number;
  /** Until an answer begins, on average. */
  readonly latencyMs?: number;
};

type ProviderBlock = Pick<ModelProviderConfig, 'api'> & Partial<ModelProviderConfig>;
type Entry = { readonly block: string; readonly endpoints: Promise<readonly Endpoint[]>; readonly hedgeAfter?: number };

/** As events take it, with room for a number. */
const LONGEST_NAME = 120;
const CIRCUIT = { failures: 3, openFor: 10_000 };

/** The models of a configuration. */
export function createModels(
  config: Config['models'],
  { env = process.env, kind = builtInKind, now = Date.now }: ModelsOptions = {},
): Models {
  let blocks = providerBlocks(config, env);
  const loaded = new Map<string, Entry>();
  const known = new Map<string, readonly Endpoint[]>();

  const entryOf = (name: string, block: ProviderBlock): Entry => {
    const written = JSON.stringify(block);
    const before = loaded.get(name);
    if (before?.block === written) return before;
    const endpoints = loadEndpoints(name, block, { kind, now });
    const entry = { block: written, endpoints, ...(block.hedgeAfter !== undefined && { hedgeAfter: block.hedgeAfter }) };
    loaded.set(name, entry);
    void endpoints.then((list) => loaded.get(name) === entry && known.set(name, list)).catch(() => undefined);
    return entry;
  };
  const groupOf = async (reference: string): Promise<Group> => {
    const { providerName, model } = parseReference(reference);
    const block = blocks.get(providerName);
    if (!block) throw notConfigured(reference, [...blocks.keys()]);
    const { endpoints, hedgeAfter } = entryOf(providerName, block);
    const candidates = (await endpoints).map((endpoint) => ({ endpoint, providerName, model }));
    return { candidates, ...(hedgeAfter !== undefined && { hedgeAfter }) };
  };

  return {
    resolve: async (reference, standIns = []) => {
      const own = await groupOf(reference);
      // What is missing of the stand-ins is told when it is their turn.
      const others = await Promise.all(standIns.map((other) => groupOf(other).catch((error: unknown) => missing(other, error, now))));
      return { provider: failover([own, ...others], now), ...parseReference(reference) };
    },
    priceOf: (reference) => {
      const { providerName, model } = parseReference(reference);
      const block = blocks.get(providerName);
      if (!block) throw notConfigured(reference, [...blocks.keys()]);
      return priceIn(block.prices ?? {}, model);
    },
    endpoints: () => [...known].flatMap(([provider, list]) => list.map((endpoint) => statusOf(provider, endpoint, now()))),
    apply: (next) => {
      blocks = providerBlocks(next, env);
      for (const name of loaded.keys()) {
        if (blocks.has(name)) continue;
        loaded.delete(name);
        known.delete(name);
      }
    },
  };
}

/** The kinds that come with the gateway. */
export const builtInKind: FindKind = async (api) => (await MODELS[api]?.())?.default;

/** A model that is asked in vain. */
function missing(reference: string, error: unknown, now: () => number): Group {
  const provider: ModelProvider = {
    // biome-ignore lint/correctness/useYield: it only fails
    async *stream() {
      throw error;
    },
  };
  const endpoint = new Endpoint({ weight: 1, provider, rules: CIRCUIT, now });
  const slash = reference.indexOf('/');
  return { candidates: [{ endpoint, providerName: reference.slice(0, slash), model: reference.slice(slash + 1) }] };
}

function statusOf(provider: string, endpoint: Endpoint, now: number): EndpointStatus {
  const { inFlight, pausedUntil, latency } = endpoint.health;
  return {
    provider,
    ...(endpoint.name !== undefined && { endpoint: endpoint.name }),
    circuit: endpoint.state,
    inFlight,
    ...(pausedUntil > now && { pausedUntil }),
    ...(latency && { latencyMs: Math.round(latency.ms) }),
  };
}

/** Where each provider of a configuration is reached; without an address where it needs none. */
export function modelEndpoints(
  config: Config['models'],
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly api: string; readonly url?: string; readonly apiKey?: string }[] {
  return [...providerBlocks(config, env)].flatMap(([name, { api, baseUrl, apiKey, endpoints = [] }]) => {
    const addresses = endpoints.length > 0 ? endpoints : [{ ...(baseUrl !== undefined && { baseUrl }) }];
    return addresses.map((own: { readonly baseUrl?: string; readonly apiKey?: string }) => {
      const url = own.baseUrl ?? VENDOR_URLS[api];
      const key = own.apiKey ?? apiKey;
      return { name, api, ...(url !== undefined && { url }), ...(key !== undefined && { apiKey: key }) };
    });
  });
}

function providerBlocks(config: Config['models'], env: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, ProviderBlock> {
  const blocks = new Map<string, ProviderBlock>([['echo', { api: 'echo' }]]);
  const { ANTHROPIC_API_KEY, OPENAI_API_KEY } = env;
  if (ANTHROPIC_API_KEY) blocks.set('anthropic', { api: 'anthropic-messages', apiKey: ANTHROPIC_API_KEY });
  if (OPENAI_API_KEY) blocks.set('openai', { api: 'openai-responses', apiKey: OPENAI_API_KEY });
  for (const [name, block] of Object.entries(config.providers)) {
    // A block that only changes, say, the address keeps the key of the environment.
    const known = blocks.get(name);
    blocks.set(name, known?.api === block.api ? { ...known, ...block } : block);
  }
  return blocks;
}

function parseReference(reference: string): { readonly providerName: string; readonly model: string } {
  const slash = reference.indexOf('/');
  if (slash <= 0 || slash === reference.length - 1) {
    throw new GatewayError('MODEL_NOT_CONFIGURED', {
      message: `The model ${JSON.stringify(reference)} is not of the form "provider/model".`,
      details: { model: reference },
    });
  }
  return { providerName: reference.slice(0, slash), model: reference.slice(slash + 1) };
}

function notConfigured(reference: string, configured: readonly string[]): GatewayError {
  return new GatewayError('MODEL_NOT_CONFIGURED', {
    message: `The model ${JSON.stringify(reference)} names a provider that is not configured; configured are: ${configured.join(', ')}.`,
    details: { model: reference, configured },
  });
}

/** The endpoints of a provider; without a list of them, its one address. */
async function loadEndpoints(
  name: string,
  { api, prices = {}, endpoints = [], circuit = CIRCUIT, hedgeAfter: _, ...shared }: ProviderBlock,
  { kind, now }: { readonly kind: FindKind; readonly now: () => number },
): Promise<readonly Endpoint[]> {
  const definition = await kind(api);
  if (!definition) throw new GatewayError('MODEL_NOT_CONFIGURED', { message: `No kind of provider is called ${JSON.stringify(api)}.` });
  const create = (own: object) => priced(definition.create(definition.config.parse({ ...shared, ...own }), name), prices);
  if (endpoints.length === 0) return [new Endpoint({ weight: 1, provider: create({}), rules: circuit, now })];
  const names = endpointNames(endpoints.map(({ baseUrl }) => baseUrl));
  return endpoints.map(({ weight, ...own }, index) => {
    return new Endpoint({ name: names[index] ?? `${index + 1}`, weight, provider: create(own), rules: circuit, now });
  });
}

/** Host and port, with a number where there are several such. */
export function endpointNames(addresses: readonly string[]): readonly string[] {
  const hosts = addresses.map((address) => new URL(address).host.slice(0, LONGEST_NAME));
  return hosts.map((host, index) => {
    const before = hosts.slice(0, index).filter((other) => other === host).length;
    return before === 0 ? host : `${host}#${before + 1}`;
  });
}
