import { GatewayError } from '@openclaw-gateway/events';
import type { Received } from '@openclaw-gateway/sdk';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ownSubmission } from '../access/ownership.ts';
import type { Outcome, Parts, Submission } from '../parts.ts';

export type Accepted = Extract<Received, { status: 'accepted' }>;

/** Hands a message in; resolves once it is durable. Throws what rejected it, with its id in the details. */
export async function submit(parts: Parts, submission: Submission, request: FastifyRequest): Promise<Accepted> {
  const allowed = request.reach === 'own' ? ownSubmission(submission, submission.caller) : submission;
  const received = await parts.pipeline.receive({ ...allowed, ...callerSpan(request) });
  const { messageId, position } = received;
  if (received.status === 'rejected') {
    request.logged = { correlationId: messageId, position };
    throw withDetails(received.error, { messageId });
  }
  request.logged = { correlationId: messageId, sessionId: received.sessionId, position };
  return received;
}

/** What the caller says of its own trace, so that ours becomes a part of it. */
function callerSpan({ headers }: FastifyRequest): { readonly traceparent?: string } {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent) ? { traceparent } : {};
}

/** How a message ended, if it ended well. Throws what ended it otherwise, and `DEADLINE_EXCEEDED`, with its id in the details. */
export async function settledOutcome(
  parts: Parts,
  messageId: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Exclude<Outcome, { error: GatewayError }>> {
  const outcome = await parts.pipeline.outcome(messageId, options).catch((error: unknown) => {
    throw error instanceof GatewayError ? withDetails(error, { messageId }) : error;
  });
  if ('error' in outcome) throw withDetails(outcome.error, { messageId, status: outcome.status });
  if (outcome.status === 'no_reply' && outcome.reason === 'aborted') throw new GatewayError('RUN_ABORTED', { details: { messageId } });
  return outcome;
}

/** The same error with further details. */
export function withDetails(error: GatewayError, details: Readonly<Record<string, unknown>>): GatewayError {
  return new GatewayError(error.code, { message: error.message, details: { ...error.details, ...details }, cause: error.cause });
}

/** Aborted when the client goes away before it has its answer. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
