/** OpenAI's responses API. */
import { createOpenAI } from '@ai-sdk/openai';
import { defineModel } from '@openclaw-gateway/sdk';
import { createHttpFetch } from '../http-fetch.ts';
import { languageModelProvider } from '../language-model.ts';
import { OPENAI_MEDIA } from '../media.ts';
import { providerConfig } from '../provider-config.ts';

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

export default defineModel({
  api: 'openai-responses',
  config: providerConfig,
  create: (config, name) => {
    const { baseUrl = DEFAULT_BASE_URL, apiKey = '', headers } = config;
    const provider = createOpenAI({
      apiKey,
      headers,
      baseURL: baseUrl,
      fetch: createHttpFetch(baseUrl),
    });
    return languageModelProvider(name, config, (model) => provider.responses(model), OPENAI_MEDIA);
  },
});
