/** OpenAI's responses API. */
import { createOpenAI } from '@ai-sdk/openai';
import { defineModel } from '@openclaw-gateway/sdk';
import { createHttpFetch } from '../http-fetch.ts';
import { languageModelProvider } from '../language-model.ts';
import { providerConfig } from '../provider-config.ts';

export default defineModel({
  api: 'openai-responses',
  config: providerConfig,
  create: (config, name) => {
    const { baseUrl, apiKey = '', headers } = config;
    const provider = createOpenAI({
      apiKey,
      headers,
      fetch: createHttpFetch(),
      ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    });
    return languageModelProvider(name, config, (model) => provider.responses(model));
  },
});
