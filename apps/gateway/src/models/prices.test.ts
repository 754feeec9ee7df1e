import { expect, test } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { createModels } from './index.ts';
import { costOf } from './prices.ts';

const price = { input: 3, output: 15, cachedInput: 0.3 };

test.each([
  ['input and output', { inputTokens: 1000, outputTokens: 100 }, price, 0.0045],
  ['input from the cache at its own price', { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 900 }, price, 0.00057],
  [
    'input from the cache at the price of the rest',
    { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 900 },
    { input: 3, output: 15 },
    0.003,
  ],
  ['no more from the cache than there was', { inputTokens: 10, outputTokens: 0, cachedInputTokens: 900 }, price, 0.000003],
])('%s', (_, usage, each, cost) => {
  expect(costOf(usage, each)).toBeCloseTo(cost, 12);
});

async function costOfAnswer(prices: object, model: string): Promise<number | undefined> {
  const echo = { api: 'echo', headers: {}, timeout: 1000, prices } as const;
  const { provider } = await createModels({ providers: { mine: echo } } as never, { env: {} }).resolve(`mine/${model}`);
  const request = { model, messages: [{ role: 'user', text: 'a b c' } as const], tools: [] };
  for await (const chunk of provider.stream(request, new AbortController().signal)) if (chunk.type === 'finish') return chunk.usage.costUsd;
  throw new Error('no end');
}

test('A9 models.providers.*.prices and models.providers.*.prices.*.{input,output,cachedInput} say what an answer cost, by name or for all others', async () => {
  const million = { input: 1_000_000, output: 0 };
  expect(await costOfAnswer({ small: million }, 'small')).toBeGreaterThan(0);
  expect(await costOfAnswer({ small: million }, 'large')).toBeUndefined();
  expect(await costOfAnswer({ small: { input: 0, output: 0 }, '*': million }, 'large')).toBeGreaterThan(0);
  expect(await costOfAnswer({ small: { input: 0, output: 0 }, '*': million }, 'small')).toBe(0);
  expect(await costOfAnswer({}, 'small')).toBeUndefined();
});

test('A9 prices are read for every name that models have, and for all others by a star', () => {
  const prices = { '*': price, 'meta-llama/llama-4:free': price, 'claude-sonnet@20250514': price };
  const read = configSchema.parse({ models: { providers: { mine: { api: 'openai-completions', prices } } } });
  expect(Object.keys(read.models.providers['mine']?.prices ?? {})).toEqual(Object.keys(prices));
  expect(configSchema.safeParse({ models: { providers: { mine: { api: 'echo', prices: { 'a b': price } } } } }).success).toBe(false);
});
