import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { agentId, attachments, idempotencyKey, sessionKey, timeoutMs, unsupported } from './fields.ts';
import type { MethodContext } from './method.ts';
import { defineMethod } from './method.ts';
import { type Submitted, submit } from './submit.ts';

/** Sends a message into a session. Answered when the message is durable; the reply comes as `chat` events. */
export const chatSend = defineMethod({
  name: 'chat.send',
  scope: 'operator.write',
  params: z.strictObject({
    sessionKey,
    agentId: agentId.optional(),
    sessionId: z.string().min(1).optional(),
    message: z.string(),
    idempotencyKey,
    // Wishes about how the agent works. The agent's own configuration decides.
    thinking: z.string().optional(),
    fastMode: z.union([z.boolean(), z.literal('auto')]).optional(),
    fastAutoOnSeconds: z.int().min(1).optional(),
    queueMode: z.enum(['steer', 'followup', 'collect', 'interrupt']).optional(),
    timeoutMs: timeoutMs.optional(),
    suppressCommandInterpretation: z.boolean().optional(),
    // Where the reply goes is where the message came from.
    deliver: z.boolean().optional(),
    originatingChannel: z.string().optional(),
    originatingTo: z.string().optional(),
    originatingAccountId: z.string().optional(),
    originatingThreadId: z.string().optional(),
    systemInputProvenance: z.unknown().optional(),
    systemProvenanceReceipt: z.string().optional(),
    replyToId: unsupported,
    intent: unsupported,
    attachments,
    toolBindings: unsupported,
    expectedLeafEntryId: unsupported,
    expectedSessionRoutingContract: unsupported,
    expectedPermissionMode: unsupported,
    expectedToolOverrides: unsupported,
  }),
  run: async (params, context) => {
    if (params.message.trim() === '' && !params.attachments?.length) throw new GatewayError('BAD_REQUEST', { message: 'message is empty' });
    const submitted = await submit(context, {
      ...params,
      text: params.message,
      queueMode: params.queueMode === 'followup' ? 'queue' : params.queueMode,
    });
    const status = submitted.duplicate ? await repeatedStatus(context, submitted) : { status: 'started' };
    return { runId: params.idempotencyKey, ...status };
  },
});

/** How far the message is that came with this key before. */
async function repeatedStatus({ parts }: MethodContext, { messageId }: Submitted): Promise<object> {
  const message = await parts.store.pipeline.message(messageId);
  if (!message?.settled) return { status: 'in_flight' };
  return message.status === 'dead_lettered' ? { status: 'error', summary: message.problem?.message ?? message.status } : { status: 'ok' };
}
