import { z } from 'zod';
import { block, choice, duration, fraction, secret, table, text, url } from './values.ts';

const header = z.string({ error: 'some text, or { file: "/path" }' }).meta({ secret: true });

const dollars = () => fraction(0, 1_000_000);

const price = block({
  input: dollars().describe('US dollars for a million input tokens.'),
  output: dollars().describe('US dollars for a million output tokens.'),
  cachedInput: dollars()
    .exactOptional()
    .describe("US dollars for a million input tokens that came from the provider's cache; the price of the others when left out."),
});

const provider = block({
  api: choice(['openai-completions', 'openai-responses', 'anthropic-messages', 'echo']).describe('How the provider is spoken to.'),
  baseUrl: url().exactOptional().describe("The provider's address, such as http://127.0.0.1:11434/v1; the vendor's own when left out."),
  apiKey: secret().exactOptional().describe('The key that the provider gave.'),
  headers: z
    .record(text('the name of a header'), header.describe('The value of the header.'), { error: 'an object: { … }' })
    .prefault({})
    .describe('Further request headers.'),
  timeout: duration().prefault('60s').describe('How long to wait for the answer to begin, and between its parts.'),
  prices: table(price, "a model's name, or `*` for all others")
    .prefault({})
    .describe('What the models cost, by their names; `*` for those that are not named. Without a price no cost is recorded.'),
});

export type ModelProviderConfig = z.output<typeof provider>;
export type ModelPrices = ModelProviderConfig['prices'];

export const models = block({
  providers: table(provider, 'a provider name')
    .prefault({})
    .describe(
      'Model providers by name. `echo` is built in; `anthropic` and `openai` are there when ANTHROPIC_API_KEY or OPENAI_API_KEY is set.',
    ),
});
