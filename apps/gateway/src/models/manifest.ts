/** The kinds of model providers: one line each, imported when a provider of the kind is first asked. */
import type { ModelDefinition } from '@openclaw-gateway/sdk';

type ModelModule = { readonly default: ModelDefinition };

export const MODELS: Readonly<Record<string, () => Promise<ModelModule>>> = {
  echo: () => import('./echo/index.ts'),
  'openai-completions': () => import('./openai-completions/index.ts'),
  'openai-responses': () => import('./openai-responses/index.ts'),
  'anthropic-messages': () => import('./anthropic-messages/index.ts'),
};
