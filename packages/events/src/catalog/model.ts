import { z } from 'zod';
import { defineAggregate, defineEvent, pii, shorten } from '../define.ts';
import { costUsd, count, durationMs, explain, hash, name, problem, usage } from './shared.ts';

export const ModelRequested = defineEvent('model.requested', {
  version: 1,
  description: 'A model is about to be asked. The prompt is the fold of the session up to here; its hash is kept, not its text.',
  schema: z.object({
    runId: name,
    step: count,
    provider: name,
    model: name,
    requestHash: hash,
    messages: count,
    tools: z.array(name),
  }),
  summary: (d) => `Asked ${d.provider}/${d.model} with ${d.messages} ${d.messages === 1 ? 'message' : 'messages'}`,
  retention: 'audit',
});

export const ModelResponded = defineEvent('model.responded', {
  version: 2,
  description: 'The model answered with text, tool calls or both.',
  schema: z.object({
    runId: name,
    step: count,
    text: pii(z.string()),
    toolCalls: pii(z.array(z.object({ callId: name, tool: name, arguments: z.unknown() }))),
    finishReason: name,
    /** The cost is there where the model has a price in the configuration. Version 1 knew none. */
    usage: usage.extend({ costUsd: costUsd.optional() }),
    responseModel: name.optional(),
    firstTokenMs: durationMs.optional(),
    durationMs,
  }),
  upcast: { 1: (data) => data },
  summary: (d) =>
    d.toolCalls.length > 0
      ? `Model calls ${d.toolCalls.map((call) => call.tool).join(', ')}`
      : `Model: ${shorten(d.text, 150) || '(nothing)'}`,
  retention: 'content',
});

export const ModelFailed = defineEvent('model.failed', {
  version: 1,
  description: 'The model gave no usable answer.',
  schema: z.object({ runId: name, step: count, provider: name, model: name, problem, retryable: z.boolean(), durationMs }),
  summary: (d) => `${d.provider}/${d.model} failed: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

export type ModelState = { readonly pending: boolean };

export const Model = defineAggregate<ModelState>({
  name: 'model',
  events: [ModelRequested, ModelResponded, ModelFailed],
  initial: () => ({ pending: false }),
  evolve: (state, event) => {
    if (ModelRequested.is(event)) return { pending: true };
    if (ModelResponded.is(event) || ModelFailed.is(event)) return { pending: false };
    return state;
  },
});
