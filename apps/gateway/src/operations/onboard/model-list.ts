/** Asks a provider which models it has, so that nobody has to know their names. */
import { egress } from '../egress/index.ts';
import type { ProviderChoice } from './providers.ts';

export type ModelList = { readonly models: readonly string[] } | { readonly problem: string };

type Entry = { readonly id?: unknown; readonly created?: unknown };

const TIMEOUT_MS = 5000;
/** Lists of models are long; what is longer is no list of models. */
const MOST_BYTES = 8 * 1024 * 1024;
const ANTHROPIC = 'https://api.anthropic.com/v1';
const OPENAI = 'https://api.openai.com/v1';
const NO_CHAT = /embed|whisper|tts|dall-e|moderation|rerank|transcribe|image|audio|realtime|sora/i;

/** The models that chat, newest first where the provider says how old they are; or why there is no list. Never throws. */
export async function listModels(provider: ProviderChoice, env: NodeJS.ProcessEnv): Promise<ModelList> {
  const key = provider.keyVariable === undefined ? undefined : env[provider.keyVariable];
  const isAnthropic = provider.api === 'anthropic-messages';
  const base = (provider.baseUrl ?? (isAnthropic ? ANTHROPIC : OPENAI)).replace(/\/+$/, '');
  const headers = isAnthropic
    ? { 'x-api-key': key ?? '', 'anthropic-version': '2023-06-01' }
    : key
      ? { authorization: `Bearer ${key}` }
      : {};
  try {
    // A redirect would take the key along.
    const response = await egress.to(base).fetch(`${base}/models`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 401 || response.status === 403)
      return { problem: `it does not take the key in ${provider.keyVariable ?? 'use'}` };
    if (!response.ok) return { problem: `it answered with HTTP ${response.status}` };
    const { data } = JSON.parse(await boundedText(response)) as { readonly data?: readonly Entry[] };
    const entries = Array.isArray(data) ? data : [];
    const ids = entries
      .toSorted(byAge)
      .flatMap(({ id }) => (typeof id === 'string' && !NO_CHAT.test(id) ? [id.replace(/^models\//, '')] : []));
    return ids.length > 0 ? { models: ids } : { problem: 'it has no model that chats' };
  } catch (error) {
    return { problem: reason(error) };
  }
}

/** The model to begin with. */
export function preferred(models: readonly string[], prefers?: RegExp): string {
  return models.find((model) => prefers?.test(model)) ?? models[0] ?? '';
}

const byAge = (a: Entry, b: Entry) => (Number(b.created) || 0) - (Number(a.created) || 0);

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error('its list of models is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be asked';
  if (error.name === 'TimeoutError') return `it did not answer within ${TIMEOUT_MS / 1000} s`;
  if (error instanceof SyntaxError) return 'what it answered is no list of models';
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'nothing listens there' : (code ?? message);
}
