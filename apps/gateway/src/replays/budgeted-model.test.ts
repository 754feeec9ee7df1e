import type { ModelRequest, ModelUsage } from '@openclaw-gateway/sdk';
import { expect, test } from 'vitest';
import type { Models } from '../models/index.ts';
import { costOf } from '../models/prices.ts';
import { budgetedModel } from './budgeted-model.ts';

const REQUEST: ModelRequest = { model: 'one', messages: [{ role: 'user', text: 'hi' }], tools: [], maxOutputTokens: 4_000 };
const PRICE = { input: 1, output: 10 };

/** A model that uses up what it may: 20 tokens in, and as many out as it is allowed. */
function modelAt(price: typeof PRICE | undefined) {
  const asked: ModelRequest[] = [];
  const models = {
    priceOf: () => price,
    resolve: async () => ({
      providerName: 'p',
      model: 'one',
      provider: {
        async *stream(request: ModelRequest) {
          asked.push(request);
          const tokens: ModelUsage = { inputTokens: 20, outputTokens: request.maxOutputTokens ?? 0 };
          yield { type: 'finish', reason: 'stop', usage: { ...tokens, ...(price && { costUsd: costOf(tokens, price) }) } } as const;
        },
      },
    }),
  } as unknown as Pick<Models, 'resolve' | 'priceOf'>;
  return { models, asked };
}

async function askUntilSpent({ ask }: ReturnType<typeof budgetedModel>): Promise<unknown> {
  for (let times = 0; times < 1_000; times++) {
    try {
      for await (const chunk of ask('p/one', REQUEST, new AbortController().signal)) expect(chunk.type).toBe('finish');
    } catch (error) {
      return error;
    }
  }
  throw new Error('the budget has no end');
}

test('B16 a live replay never costs more than its budget in dollars, and says what is spent', async () => {
  const { models } = modelAt(PRICE);
  const budgeted = budgetedModel(models, { tokens: 1_000_000, requests: 500, costUsd: 0.1 });
  expect(await askUntilSpent(budgeted)).toMatchObject({ code: 'BUDGET_SPENT', message: expect.stringContaining('$0.1; spent are') });
  const { costUsd = 0 } = budgeted.use();
  expect(costUsd).toBeGreaterThan(0.09);
  expect(costUsd).toBeLessThanOrEqual(0.1);
});

test('B16 a live replay with a budget in dollars does not ask a model whose price nobody knows, and says what to do', async () => {
  const { models, asked } = modelAt(undefined);
  const budgeted = budgetedModel(models, { tokens: 1_000, requests: 5, costUsd: 1 });
  expect(await askUntilSpent(budgeted)).toMatchObject({
    code: 'BUDGET_SPENT',
    message: expect.stringContaining('p/one has no price'),
    details: { remedy: expect.stringContaining('models.providers') },
  });
  expect(asked).toHaveLength(0);
});

test('B16 a live replay without a price stays within its tokens and requests, and calls its cost unknown', async () => {
  const { models, asked } = modelAt(undefined);
  const budgeted = budgetedModel(models, { tokens: 5_000, requests: 3 });
  await askUntilSpent(budgeted);
  const use = budgeted.use();
  expect(use).toEqual({ requests: asked.length, tokens: expect.any(Number) });
  expect(use.tokens).toBeLessThanOrEqual(5_000);
  expect(use.requests).toBeLessThanOrEqual(3);
});
