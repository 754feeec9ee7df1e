/** Any server with OpenAI's chat completions: Ollama, vLLM, LM Studio, OpenRouter and the like. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { defineModel } from '@openclaw-gateway/sdk';
import { createHttpFetch } from '../http-fetch.ts';
import { languageModelProvider } from '../language-model.ts';
import { OPENAI_MEDIA } from '../media.ts';
import { providerConfig } from '../provider-config.ts';

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

export default defineModel({
  api: 'openai-completions',
  config: providerConfig,
  create: (config, name) => {
    const { baseUrl = DEFAULT_BASE_URL, apiKey, headers } = config;
    const provider = createOpenAICompatible({
      name,
      baseURL: baseUrl,
      headers,
      includeUsage: true,
      fetch: createHttpFetch(baseUrl),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    return languageModelProvider(name, config, (model) => provider.chatModel(model), OPENAI_MEDIA);
  },
});
