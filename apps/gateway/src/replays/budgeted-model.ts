import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import type { Models } from '../models/index.ts';
import { costOf } from '../models/prices.ts';
import type { LiveUse } from '../replay/job.ts';
import type { LiveModel } from '../replay/sandbox.ts';

/** What a replay may spend in all its runs: tokens in both directions, requests, and US dollars where that is said. */
export type Budget = { readonly tokens: number; readonly requests: number; readonly costUsd?: number | undefined };

/** A token is at least two bytes nearly everywhere, so that no estimate is too low by much. */
const BYTES_PER_TOKEN = 2;

/**
 * Models that are asked for a replay, which itself has no credential and no network. A request that might go beyond the budget is
 * not sent: it fails with BUDGET_SPENT, as does one whose cost nobody knows where the budget is in dollars.
 */
export function budgetedModel(
  models: Pick<Models, 'resolve' | 'priceOf'>,
  budget: Budget,
): { readonly ask: LiveModel; readonly use: () => LiveUse } {
  const used = { requests: 0, tokens: 0, costUsd: 0, unpriced: 0 };
  const use = (): LiveUse => {
    const { requests, tokens, costUsd, unpriced } = used;
    return { requests, tokens, ...(unpriced === 0 && { costUsd }) };
  };
  /** How many tokens an answer may have. */
  const mostOutput = (reference: string, inputTokens: number): number => {
    if (used.requests >= budget.requests) return 0;
    const left = budget.tokens - used.tokens - inputTokens;
    if (budget.costUsd === undefined) return left;
    const price = models.priceOf(reference);
    if (!price) throw unpriced(reference, budget.costUsd);
    const leftUsd = budget.costUsd - used.costUsd - costOf({ inputTokens, outputTokens: 0 }, price);
    if (leftUsd < 0) return 0;
    const perToken = costOf({ inputTokens: 0, outputTokens: 1 }, price);
    return perToken === 0 ? left : Math.min(left, Math.floor(leftUsd / perToken));
  };
  const ask = async function* (reference: string, request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk> {
    const most = mostOutput(reference, Math.ceil(Buffer.byteLength(JSON.stringify(request)) / BYTES_PER_TOKEN));
    if (most < 1) throw spent(budget, used);
    const { provider, model } = await models.resolve(reference);
    const maxOutputTokens = Math.min(request.maxOutputTokens ?? most, most);
    used.requests += 1;
    let answer: ModelChunk[] = [];
    for await (const chunk of provider.stream({ ...request, model, maxOutputTokens }, signal, { streaming: false })) {
      if (chunk.type === 'switch') answer = [];
      else if (chunk.type !== 'from') answer.push(chunk);
      if (chunk.type !== 'finish') continue;
      used.tokens += chunk.usage.inputTokens + chunk.usage.outputTokens;
      used.costUsd += chunk.usage.costUsd ?? 0;
      if (chunk.usage.costUsd === undefined) used.unpriced += 1;
    }
    yield* answer;
  };
  return { ask, use };
}

function spent(
  { tokens, requests, costUsd }: Budget,
  used: { readonly tokens: number; readonly requests: number; readonly costUsd: number },
) {
  const cap = costUsd === undefined ? '' : `, $${costUsd}`;
  const cost = costUsd === undefined ? '' : `, $${used.costUsd.toFixed(4)}`;
  const message = `The next request may go beyond the budget of ${tokens} tokens, ${requests} requests${cap}; spent are ${used.tokens} tokens, ${used.requests} requests${cost}.`;
  return new GatewayError('BUDGET_SPENT', { message, details: { ...used } });
}

function unpriced(reference: string, costUsd: number): GatewayError {
  const message = `The model ${reference} has no price, so that nobody knows whether the next request stays within $${costUsd}.`;
  const remedy = 'Give its price under models.providers.<name>.prices, or leave out the limit in dollars: that in tokens holds.';
  return new GatewayError('BUDGET_SPENT', { message, details: { model: reference, remedy } });
}
