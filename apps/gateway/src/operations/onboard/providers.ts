/** The model providers that onboarding knows by name, and which of them this machine has a key for or runs itself. */
import type { ModelProviderConfig } from '../../config/index.ts';

/** What is written of a provider. The key itself stays in the environment variable. */
export type ProviderChoice = {
  readonly name: string;
  readonly api: ModelProviderConfig['api'];
  readonly baseUrl?: string;
  readonly keyVariable?: string;
};

export type KnownProvider = ProviderChoice & {
  readonly label: string;
  readonly keyVariable: string;
  /** The models to begin with, where the provider lists several. */
  readonly prefers: RegExp;
};

const completions = (name: string, label: string, keyVariable: string, baseUrl: string, prefers: RegExp): KnownProvider => ({
  name,
  label,
  api: 'openai-completions',
  baseUrl,
  keyVariable,
  prefers,
});

/** In the order in which a key is preferred where there are several. */
const PROVIDERS: readonly KnownProvider[] = [
  { name: 'anthropic', label: 'Anthropic', api: 'anthropic-messages', keyVariable: 'ANTHROPIC_API_KEY', prefers: /^claude-sonnet/ },
  { name: 'openai', label: 'OpenAI', api: 'openai-responses', keyVariable: 'OPENAI_API_KEY', prefers: /^gpt-\d+(\.\d+)?$/ },
  completions('openrouter', 'OpenRouter', 'OPENROUTER_API_KEY', 'https://openrouter.ai/api/v1', /^openrouter\/auto$/),
  completions(
    'gemini',
    'Google Gemini',
    'GEMINI_API_KEY',
    'https://generativelanguage.googleapis.com/v1beta/openai',
    /gemini-[\d.]+-flash$/,
  ),
  completions('mistral', 'Mistral', 'MISTRAL_API_KEY', 'https://api.mistral.ai/v1', /^mistral-(medium|small)-latest$/),
  completions('groq', 'Groq', 'GROQ_API_KEY', 'https://api.groq.com/openai/v1', /versatile/),
  completions('deepseek', 'DeepSeek', 'DEEPSEEK_API_KEY', 'https://api.deepseek.com/v1', /^deepseek-chat$/),
  completions('xai', 'xAI', 'XAI_API_KEY', 'https://api.x.ai/v1', /^grok-\d/),
];

/** Ollama as this machine's environment has it: OLLAMA_HOST is what its own command line reads. */
export function ollama(env: NodeJS.ProcessEnv): ProviderChoice & { readonly baseUrl: string } {
  const given = env['OLLAMA_HOST']?.trim() || '127.0.0.1:11434';
  const url = URL.parse(given.includes('://') ? given : `http://${given}`) ?? new URL('http://127.0.0.1:11434');
  // 0.0.0.0 is where it listens, not where it is reached.
  const host = url.hostname === '0.0.0.0' ? '127.0.0.1' : url.hostname;
  const port = url.port || (given.includes('://') ? '' : '11434');
  return { name: 'ollama', api: 'openai-completions', baseUrl: `${url.protocol}//${host}${port ? `:${port}` : ''}/v1` };
}

/** The known providers as this machine's environment has them: two have a variable for their address that their own libraries read. */
export function knownProviders(env: NodeJS.ProcessEnv): readonly KnownProvider[] {
  const { ANTHROPIC_BASE_URL: anthropic, OPENAI_BASE_URL: openai } = env;
  const addresses: Readonly<Record<string, string | undefined>> = {
    anthropic: anthropic && `${anthropic.replace(/\/(v1\/?)?$/, '')}/v1`,
    openai,
  };
  return PROVIDERS.map((provider) => {
    const baseUrl = addresses[provider.name];
    return baseUrl ? { ...provider, baseUrl } : provider;
  });
}

/** What is written of a known provider. */
export function choiceOf({ name, api, baseUrl, keyVariable }: KnownProvider): ProviderChoice {
  return { name, api, keyVariable, ...(baseUrl !== undefined && { baseUrl }) };
}
