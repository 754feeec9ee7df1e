/** Anthropic's messages API. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { defineModel } from '@openclaw-gateway/sdk';
import { createHttpFetch } from '../http-fetch.ts';
import { languageModelProvider } from '../language-model.ts';
import { ANTHROPIC_MEDIA } from '../media.ts';
import { providerConfig } from '../provider-config.ts';

const DEFAULT_BASE_URL = 'https://api.anthropic.com/v1';

export default defineModel({
  api: 'anthropic-messages',
  config: providerConfig,
  create: (config, name) => {
    const { baseUrl = DEFAULT_BASE_URL, apiKey = '', headers } = config;
    const provider = createAnthropic({
      apiKey,
      headers,
      baseURL: baseUrl,
      fetch: createHttpFetch(baseUrl),
    });
    return languageModelProvider(name, config, (model) => provider.languageModel(model), ANTHROPIC_MEDIA);
  },
});
