import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import type { Models } from '../models/index.ts';
import type { LiveUse } from '../replay/job.ts';
import type { LiveModel } from '../replay/sandbox.ts';

/** What a replay may spend: tokens in both directions, and requests. */
export type Budget = { readonly tokens: number; readonly requests: number };

/** A token is at least two bytes nearly everywhere, so that no estimate is too low by much. */
const BYTES_PER_TOKEN = 2;

/**
 * Models that are asked for a replay, which itself has no credential and no network. A request that might go beyond the budget is
 * not sent: it fails with BUDGET_SPENT.
 */
export function budgetedModel(models: Pick<Models, 'resolve'>, budget: Budget): { readonly ask: LiveModel; readonly use: () => LiveUse } {
  let requests = 0;
  let tokens = 0;
  const ask = async function* (reference: string, request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk> {
    const left = budget.tokens - tokens - Math.ceil(Buffer.byteLength(JSON.stringify(request)) / BYTES_PER_TOKEN);
    if (requests >= budget.requests || left < 1) throw spent(budget, { requests, tokens });
    const { provider, model } = await models.resolve(reference);
    const maxOutputTokens = Math.min(request.maxOutputTokens ?? left, left);
    requests += 1;
    let answer: ModelChunk[] = [];
    for await (const chunk of provider.stream({ ...request, model, maxOutputTokens }, signal, { streaming: false })) {
      if (chunk.type === 'switch') answer = [];
      else if (chunk.type !== 'from') answer.push(chunk);
      if (chunk.type === 'finish') tokens += chunk.usage.inputTokens + chunk.usage.outputTokens;
    }
    yield* answer;
  };
  return { ask, use: () => ({ requests, tokens }) };
}

function spent(budget: Budget, used: LiveUse): GatewayError {
  const message = `The next request may go beyond the budget of ${budget.tokens} tokens and ${budget.requests} requests; ${used.tokens} tokens and ${used.requests} requests are spent.`;
  return new GatewayError('BUDGET_SPENT', { message, details: { ...used } });
}
