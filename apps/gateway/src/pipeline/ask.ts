/** One question to the model and what came of it: the answer as it arrives, and the events that record it. */
import {
  GatewayError,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  type NewEvent,
  type OpenMessage,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { ModelRequest, ModelToolCall, ModelUsage } from '@openclaw-gateway/sdk';
import { AllFailed, type Because, type Place, type Switch } from '../asked.ts';
import { requestHash } from './agent.ts';
import { identify, openMessage } from './context.ts';
import { commit, problemOf, type Run, stopped } from './run-context.ts';
import { createShownText } from './shown-text.ts';
import { isOther, type StandIn } from './stand-in.ts';

export type Answer = {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finishReason: string;
  readonly usage: ModelUsage;
  readonly responseModel?: string;
  readonly firstTokenMs?: number;
  readonly durationMs: number;
  /** Which of several endpoints answered. */
  readonly endpoint?: string;
  /** What is still to be recorded of endpoints that were asked and left. */
  readonly left: readonly NewEvent[];
};

export function requested(
  { runId, providerName, model }: { readonly runId: string; readonly providerName: string; readonly model: string },
  request: ModelRequest,
  step: number,
  further: { readonly endpoint?: string; readonly because?: Because } = {},
): NewEvent {
  return ModelRequested.create({
    ...further,
    runId,
    step,
    provider: providerName,
    model,
    requestHash: requestHash(request),
    messages: request.messages.length,
    tools: request.tools.map((tool) => tool.name),
  });
}

/** Asks the model, or says which stand-in for it the question does not fit yet. */
export async function ask(run: Run, request: ModelRequest, fits: (place: Place) => boolean): Promise<Answer | StandIn> {
  const { context, cell, messageId } = run;
  const { attachments } = context;
  const open = openMessage(cell, messageId);
  const identity = identify(cell, open);
  const startedAt = performance.now();
  let text = '';
  let firstTokenMs: number | undefined;
  let endpoint: string | undefined;
  const left: NewEvent[] = [];
  const toolCalls: ModelToolCall[] = [];
  let shown = createShownText(context.redactor);
  const show = (piece: string) => {
    if (piece !== '') context.progress.publish({ ...identity, type: 'delta', text: piece });
  };
  try {
    for await (const chunk of run.provider.stream(request, run.signal, {
      streaming: context.progress.hasAudience(messageId, cell.sessionId),
      ...(attachments && { readAttachment: (attachment) => attachments.read(attachment) }),
    })) {
      if (chunk.type === 'text') {
        firstTokenMs ??= performance.now() - startedAt;
        text += chunk.text;
        show(shown.add(chunk.text));
      } else if (chunk.type === 'tool-call') {
        toolCalls.push(chunk.call);
      } else if (chunk.type === 'from') {
        endpoint = chunk.endpoint;
      } else if (chunk.type === 'switch') {
        const { to } = chunk;
        if (isOther(run, to) && !fits(to)) {
          await recordSwitch(run, request, { type: 'switch', ...(chunk.left && { left: chunk.left }) }, left);
          if (left.length > 0) await commit(run, left);
          if (text !== '') context.progress.publish({ ...identity, type: 'reset' });
          return { standIn: to };
        }
        await recordSwitch(run, request, chunk, left);
        if (endpoint !== undefined || text !== '' || toolCalls.length > 0) {
          // Half an answer is nobody's: it begins anew.
          if (text !== '') context.progress.publish({ ...identity, type: 'reset' });
          [text, endpoint, firstTokenMs] = ['', undefined, undefined];
          toolCalls.length = 0;
          shown = createShownText(context.redactor);
        }
      } else {
        show(shown.rest());
        const { reason: finishReason, usage, responseModel } = chunk;
        const durationMs = performance.now() - startedAt;
        return {
          text,
          toolCalls,
          finishReason,
          usage,
          durationMs,
          left,
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(responseModel === undefined ? {} : { responseModel }),
          ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
        };
      }
    }
    throw new GatewayError('MODEL_BAD_RESPONSE', { message: "The model's answer broke off before its end." });
  } catch (thrown) {
    if (text !== '') context.progress.publish({ ...identity, type: 'reset' });
    throw callFailed(run, thrown, { left, durationMs: performance.now() - startedAt });
  }
}

/** Records that an endpoint was left, in `left` until there is a commit, and commits which is asked next before it is. */
export async function recordSwitch(run: Run, request: ModelRequest, { left: at, to }: Switch, left: NewEvent[]): Promise<void> {
  const { runId, steps } = openMessage(run.cell, run.messageId);
  if (at) left.push(modelFailed({ ...run, providerName: at.provider, model: at.model }, steps + 1, at.error, at.durationMs, at.endpoint));
  if (!to) return;
  const { provider: providerName, model, ...further } = to;
  const next = requested({ runId, providerName, model }, { ...request, model }, steps + 1, further);
  await commit(run, [...left.splice(0), next]);
}

/** What a call of the model that failed is for the run. `left`: what is still to be recorded of endpoints that were left. */
export function callFailed(
  run: Run,
  thrown: unknown,
  { left, durationMs }: { readonly left: readonly NewEvent[]; readonly durationMs: number },
): GatewayError {
  if (run.signal.aborted) return stopped(run);
  const error = toGatewayError(thrown);
  if (error.code.startsWith('LOG_')) return error;
  // What each of several places failed with was told before.
  if (thrown instanceof AllFailed) return new ModelCallFailed(error, left);
  const { steps } = openMessage(run.cell, run.messageId);
  return new ModelCallFailed(error, [...left, modelFailed(run, steps + 1, error, durationMs)]);
}

/** A model's failure together with the events that record it, which are committed along with what follows from it. */
export class ModelCallFailed extends GatewayError {
  readonly events: readonly NewEvent[];

  constructor(error: GatewayError, events: readonly NewEvent[]) {
    super(error.code, { message: error.message, ...(error.details ? { details: error.details } : {}), cause: error.cause });
    this.events = events;
  }
}

export function modelFailed(run: Run, step: number, error: GatewayError, durationMs: number, endpoint?: string): NewEvent {
  const { runId } = openMessage(run.cell, run.messageId);
  const { providerName: provider, model } = run;
  const { retryable } = error;
  return ModelFailed.create({
    ...{ runId, step, provider, model, problem: problemOf(error), retryable, durationMs },
    ...(endpoint !== undefined && { endpoint }),
  });
}

/** The answer, and the ends of what was asked beside the place that answered. */
export function responded(open: OpenMessage, { left, ...answer }: Answer): readonly NewEvent[] {
  return [ModelResponded.create({ ...answer, toolCalls: [...answer.toolCalls], runId: open.runId, step: open.steps + 1 }), ...left];
}
