/**
 * The models: what a reference like `anthropic/claude` means, and the providers behind it.
 * A provider's code is loaded when it is first asked. Nothing here knows of sessions, runs or events.
 */
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelProvider } from '@openclaw-gateway/sdk';
import type { Config, ModelProviderConfig } from '../config/index.ts';
import { MODELS } from './manifest.ts';
import { priced } from './prices.ts';

/** The vendors' own addresses, which their SDKs take where the configuration gives none. */
const VENDOR_URLS: Readonly<Record<string, string>> = {
  'openai-completions': 'https://api.openai.com/v1',
  'openai-responses': 'https://api.openai.com/v1',
  'anthropic-messages': 'https://api.anthropic.com/v1',
};

export type ResolvedModel = { readonly provider: ModelProvider; readonly providerName: string; readonly model: string };

export type Models = {
  /**
   * The provider and model that a reference `provider/model` means. Throws MODEL_NOT_CONFIGURED.
   * @example const { provider, model } = await models.resolve('echo/echo')
   */
  readonly resolve: (reference: string) => Promise<ResolvedModel>;
  /** Puts another configuration in force; providers whose block did not change stay as they are. */
  readonly apply: (config: Config['models']) => void;
};

type ProviderBlock = Pick<ModelProviderConfig, 'api'> & Partial<ModelProviderConfig>;
type Entry = { readonly block: string; provider: Promise<ModelProvider> };

/** The models of a configuration. `env` gives the API keys of the providers that exist by name alone. */
export function createModels(config: Config['models'], env: Readonly<Record<string, string | undefined>> = process.env): Models {
  let blocks = providerBlocks(config, env);
  const loaded = new Map<string, Entry>();
  return {
    resolve: async (reference) => {
      const { providerName, model } = parseReference(reference);
      const block = blocks.get(providerName);
      if (!block) throw notConfigured(reference, [...blocks.keys()]);
      const written = JSON.stringify(block);
      let entry = loaded.get(providerName);
      if (entry?.block !== written) {
        entry = { block: written, provider: load(providerName, block) };
        loaded.set(providerName, entry);
      }
      return { provider: await entry.provider, providerName, model };
    },
    apply: (next) => {
      blocks = providerBlocks(next, env);
    },
  };
}

/** Where each provider of a configuration is reached; without an address where it needs none. */
export function modelEndpoints(
  config: Config['models'],
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly api: string; readonly url?: string; readonly apiKey?: string }[] {
  return [...providerBlocks(config, env)].map(([name, { api, baseUrl, apiKey }]) => {
    const url = baseUrl ?? VENDOR_URLS[api];
    return { name, api, ...(url !== undefined && { url }), ...(apiKey !== undefined && { apiKey }) };
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

async function load(name: string, block: ProviderBlock): Promise<ModelProvider> {
  const module = await MODELS[block.api]?.();
  if (!module) throw new GatewayError('MODEL_NOT_CONFIGURED', { message: `No kind of provider is called ${JSON.stringify(block.api)}.` });
  const { api: _, prices = {}, ...own } = block;
  return priced(module.default.create(module.default.config.parse(own), name), prices);
}
