import { z } from 'zod';
import { block, duration, fraction, list, secret, table, text, url, whole } from './values.ts';

const header = z.string({ error: 'some text, or { file: "/path" }' }).meta({ secret: true });

const dollars = () => fraction(0, 1_000_000);

const price = block({
  input: dollars().describe('US dollars for a million input tokens.'),
  output: dollars().describe('US dollars for a million output tokens.'),
  cachedInput: dollars()
    .exactOptional()
    .describe("US dollars for a million input tokens that came from the provider's cache; the price of the others when left out."),
});

const API = '"openai-completions", "openai-responses", "anthropic-messages", "echo" or "extension/<name>"';

const endpoint = block({
  baseUrl: url().describe('The address of this endpoint.'),
  apiKey: secret().exactOptional().describe("The key for this endpoint; the provider's when left out."),
  weight: whole(1, 1000).prefault(1).describe('An endpoint of weight 2 is given twice as many requests as one of weight 1.'),
});

const circuit = block({
  failures: whole(1, 1000).prefault(3).describe('After so many failures in a row an endpoint is left alone for a while.'),
  openFor: duration({ minMs: 100 })
    .prefault('10s')
    .describe('How long it is left alone at first; each time that it fails again, twice as long.'),
});

const provider = block({
  api: z
    .string({ error: API })
    .regex(/^(openai-completions|openai-responses|anthropic-messages|echo|extension\/[a-z][a-z0-9-]{0,31})$/, { error: API })
    .describe('How the provider is spoken to. A kind that an extension adds is written as extension/<name>.'),
  baseUrl: url().exactOptional().describe("The provider's address, such as http://127.0.0.1:11434/v1; the vendor's own when left out."),
  apiKey: secret().exactOptional().describe('The key that the provider gave.'),
  endpoints: list(endpoint, 'endpoints: { baseUrl, apiKey, weight }')
    .prefault([])
    .describe(
      'Several addresses that answer alike, in place of `baseUrl`: requests are shared out among them, and when one fails another is asked.',
    ),
  hedgeAfter: duration()
    .prefault('10s')
    .describe(
      'Where there are several endpoints: when an answer has not begun after this long, another one is asked as well; the first to begin answers.',
    ),
  circuit: circuit.prefault({}),
  headers: z
    .record(text('the name of a header'), header.describe('The value of the header.'), { error: 'an object: { … }' })
    .prefault({})
    .describe('Further request headers.'),
  timeout: duration().prefault('60s').describe('How long to wait for the answer to begin, and between its parts.'),
  prices: z
    .record(z.string().regex(/^(\*|[A-Za-z0-9][\w.:/@-]{0,127})$/, { error: "a model's name, or `*` for all others" }), price, {
      error: 'an object: { … }',
    })
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
