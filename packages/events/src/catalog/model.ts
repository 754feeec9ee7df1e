import { z } from 'zod';
import { defineAggregate, defineEvent, pii, shorten } from '../define.ts';
import { costUsd, count, durationMs, explain, hash, name, problem, usage } from './shared.ts';

const BECAUSE = { failed: 'another place failed', unavailable: 'the model may not be asked now', late: 'the answer is late' } as const;

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
    /** The endpoint, where the provider has several and this one is asked after another. */
    endpoint: name.optional(),
    /** Why the same question goes to a further place: one failed, none of the model's own may be asked, or its answer is late. */
    because: z.enum(['failed', 'unavailable', 'late']).optional(),
  }),
  summary: (d) => {
    const place = `${d.provider}/${d.model}${d.endpoint === undefined ? '' : ` at ${d.endpoint}`}`;
    const why = d.because === undefined ? '' : `, because ${BECAUSE[d.because]}`;
    return `Asked ${place} with ${d.messages} ${d.messages === 1 ? 'message' : 'messages'}${why}`;
  },
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
    /** Who answered, where that is not the place that was asked first. */
    endpoint: name.optional(),
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
  schema: z.object({
    runId: name,
    step: count,
    provider: name,
    model: name,
    problem,
    retryable: z.boolean(),
    durationMs,
    endpoint: name.optional(),
  }),
  summary: (d) => `${d.provider}/${d.model}${d.endpoint === undefined ? '' : ` at ${d.endpoint}`} failed: ${explain(d.problem)}`,
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
