/** Anthropic's messages API. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { defineModel } from '@openclaw-gateway/sdk';
import { createHttpFetch } from '../http-fetch.ts';
import { languageModelProvider } from '../language-model.ts';
import { providerConfig } from '../provider-config.ts';

export default defineModel({
  api: 'anthropic-messages',
  config: providerConfig,
  create: (config, name) => {
    const { baseUrl, apiKey = '', headers } = config;
    const provider = createAnthropic({
      apiKey,
      headers,
      fetch: createHttpFetch(),
      ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    });
    return languageModelProvider(name, config, (model) => provider.languageModel(model));
  },
});
