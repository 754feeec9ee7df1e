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
import { requestHash } from './agent.ts';
import { identify, openMessage } from './context.ts';
import { problemOf, type Run, stopped } from './run-context.ts';
import { createShownText } from './shown-text.ts';

export type Answer = {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finishReason: string;
  readonly usage: ModelUsage;
  readonly responseModel?: string;
  readonly firstTokenMs?: number;
  readonly durationMs: number;
};

export function requested(
  { runId, providerName, model }: { readonly runId: string; readonly providerName: string; readonly model: string },
  request: ModelRequest,
  step: number,
): NewEvent {
  return ModelRequested.create({
    runId,
    step,
    provider: providerName,
    model,
    requestHash: requestHash(request),
    messages: request.messages.length,
    tools: request.tools.map((tool) => tool.name),
  });
}

export async function ask(run: Run, request: ModelRequest): Promise<Answer> {
  const { context, cell, messageId } = run;
  const { attachments } = context;
  const open = openMessage(cell, messageId);
  const identity = identify(cell, open);
  const startedAt = performance.now();
  let text = '';
  let firstTokenMs: number | undefined;
  const toolCalls: ModelToolCall[] = [];
  const shown = createShownText(context.redactor);
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
          ...(responseModel === undefined ? {} : { responseModel }),
          ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
        };
      }
    }
    throw new GatewayError('MODEL_BAD_RESPONSE', { message: "The model's answer broke off before its end." });
  } catch (thrown) {
    if (text !== '') context.progress.publish({ ...identity, type: 'reset' });
    throw run.signal.aborted
      ? stopped(run)
      : new ModelCallFailed(
          toGatewayError(thrown),
          modelFailed(run, open.steps + 1, toGatewayError(thrown), performance.now() - startedAt),
        );
  }
}

/** A model's failure together with the event that records it, which is committed along with what follows from it. */
export class ModelCallFailed extends GatewayError {
  readonly event: NewEvent;

  constructor(error: GatewayError, event: NewEvent) {
    super(error.code, { message: error.message, ...(error.details ? { details: error.details } : {}), cause: error.cause });
    this.event = event;
  }
}

export function modelFailed(run: Run, step: number, error: GatewayError, durationMs: number): NewEvent {
  const { runId } = openMessage(run.cell, run.messageId);
  const { providerName: provider, model } = run;
  return ModelFailed.create({ runId, step, provider, model, problem: problemOf(error), retryable: error.retryable, durationMs });
}

export function responded(open: OpenMessage, answer: Answer): NewEvent {
  return ModelResponded.create({ ...answer, toolCalls: [...answer.toolCalls], runId: open.runId, step: open.steps + 1 });
}
