import { z } from 'zod';
import { block, choice, duration, secret, table, text, url } from './values.ts';

const header = z.string({ error: 'some text, or { file: "/path" }' }).meta({ secret: true });

const provider = block({
  api: choice(['openai-completions', 'openai-responses', 'anthropic-messages', 'echo']).describe('How the provider is spoken to.'),
  baseUrl: url().exactOptional().describe("The provider's address, such as http://127.0.0.1:11434/v1; the vendor's own when left out."),
  apiKey: secret().exactOptional().describe('The key that the provider gave.'),
  headers: z
    .record(text('the name of a header'), header.describe('The value of the header.'), { error: 'an object: { … }' })
    .prefault({})
    .describe('Further request headers.'),
  timeout: duration().prefault('60s').describe('How long to wait for the answer to begin, and between its parts.'),
});

export type ModelProviderConfig = z.output<typeof provider>;

export const models = block({
  providers: table(provider, 'a provider name')
    .prefault({})
    .describe(
      'Model providers by name. `echo` is built in; `anthropic` and `openai` are there when ANTHROPIC_API_KEY or OPENAI_API_KEY is set.',
    ),
});
