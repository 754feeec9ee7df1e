import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { ownsKey } from '../../access/ownership.ts';
import type { Outcome } from '../../parts.ts';
import { agentId, attachments, idempotencyKey, sessionKey, timeoutMs, unsupported } from './fields.ts';
import { defineMethod, type MethodContext } from './method.ts';
import { submit } from './submit.ts';

const LONGEST_WAIT_MS = 24 * 60 * 60_000;

const hint = z.unknown().optional();

/** Runs an agent on a message. Answered twice: when the message is durable, and with the reply. */
export const agent = defineMethod({
  name: 'agent',
  scope: 'operator.write',
  params: z.strictObject({
    message: z.string().trim().min(1),
    idempotencyKey,
    agentId: agentId.optional(),
    sessionKey: sessionKey.optional(),
    sessionId: z.string().min(1).optional(),
    extraSystemPrompt: z.string().max(65_536).optional(),
    timeout: timeoutMs.optional(),
    // The agent's own configuration decides about these.
    thinking: hint,
    provider: hint,
    model: unsupported,
    lane: hint,
    label: hint,
    promptMode: hint,
    bestEffortDeliver: hint,
    bootstrapContextMode: hint,
    bootstrapContextRunKind: hint,
    inputProvenance: hint,
    voiceWakeTrigger: hint,
    deliver: z.literal(false, { error: 'delivery to another chat is not supported' }).optional(),
    to: unsupported,
    replyTo: unsupported,
    channel: unsupported,
    replyChannel: unsupported,
    accountId: unsupported,
    replyAccountId: unsupported,
    threadId: unsupported,
    groupId: unsupported,
    groupChannel: unsupported,
    groupSpace: unsupported,
    attachments,
    expectedExistingSessionId: unsupported,
    cwd: unsupported,
  }),
  run: async (params, context) => {
    const { idempotencyKey: runId } = params;
    const submitted = await submit(context, {
      ...params,
      sessionKey: params.sessionKey ?? (await sessionKeyOf(context, params.sessionId)),
      text: params.message,
      system: params.extraSystemPrompt,
    });
    context.respond({ runId, status: 'accepted', acceptedAt: Date.now() });
    const outcome = await context.parts.pipeline.outcome(submitted.messageId, {
      timeoutMs: LONGEST_WAIT_MS,
      signal: context.connection.signal,
    });
    return { runId, status: 'ok', summary: 'completed', result: resultOf(outcome, submitted.sessionId) };
  },
});

async function sessionKeyOf({ parts, member, reach }: MethodContext, sessionId: string | undefined): Promise<string> {
  if (sessionId === undefined) return parts.config.current().config.session.mainKey;
  const session = await parts.store.views.session(sessionId);
  if (!session || (reach === 'own' && !ownsKey(member.caller, session.sessionKey)))
    throw new GatewayError('SESSION_NOT_FOUND', { details: { sessionId } });
  return session.sessionKey;
}

function resultOf(outcome: Outcome, sessionId: string): object {
  if ('error' in outcome) throw outcome.error;
  if (outcome.status === 'no_reply') {
    if (outcome.reason === 'aborted') throw new GatewayError('RUN_ABORTED');
    return { payloads: [], meta: { agentMeta: { sessionId } } };
  }
  const { inputTokens: input, outputTokens: output } = outcome;
  return { payloads: [{ text: outcome.reply }], meta: { agentMeta: { sessionId, usage: { input, output, total: input + output } } } };
}
