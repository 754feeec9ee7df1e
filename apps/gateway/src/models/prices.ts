/** What answers cost, by the prices that the configuration gives for a provider's models. */
import type { ModelProvider, ModelUsage } from '@openclaw-gateway/sdk';
import type { ModelPrices } from '../config/index.ts';

/** Stands for every model that is not named. */
const ANY_MODEL = '*';
const TOKENS_A_PRICE = 1_000_000;

/** The provider, whose answers say what they cost as soon as their model has a price. */
export function priced(provider: ModelProvider, prices: ModelPrices): ModelProvider {
  if (Object.keys(prices).length === 0) return provider;
  return {
    async *stream(request, signal, options) {
      for await (const chunk of provider.stream(request, signal, options)) {
        const price = priceIn(prices, request.model);
        yield chunk.type === 'finish' && price ? { ...chunk, usage: { ...chunk.usage, costUsd: costOf(chunk.usage, price) } } : chunk;
      }
    },
  };
}

/** The price of a model, or that of those that are not named. */
export function priceIn(prices: ModelPrices, model: string): ModelPrices[string] | undefined {
  return prices[model] ?? prices[ANY_MODEL];
}

/** US dollars. Tokens from the provider's cache are counted once, at their own price where they have one. */
export function costOf({ inputTokens, outputTokens, cachedInputTokens = 0 }: ModelUsage, price: ModelPrices[string]): number {
  const { input, output, cachedInput = input } = price;
  const cached = Math.min(cachedInputTokens, inputTokens);
  return ((inputTokens - cached) * input + cached * cachedInput + outputTokens * output) / TOKENS_A_PRICE;
}
