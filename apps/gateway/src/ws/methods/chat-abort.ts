import { z } from 'zod';
import { conversationOf, messageOfRun } from './conversation.ts';
import { agentId, runId, sessionKey } from './fields.ts';
import { defineMethod } from './method.ts';

/** Cancels one run of a session, or all that runs or waits there. */
export const chatAbort = defineMethod({
  name: 'chat.abort',
  scope: 'operator.write',
  params: z.strictObject({
    sessionKey,
    agentId: agentId.optional(),
    runId: runId.optional(),
    preserveSideRuns: z.boolean().optional(),
  }),
  run: async ({ sessionKey, agentId, runId }, context) => {
    const { parts, runs } = context;
    const { sessionId } = conversationOf(context, sessionKey, agentId);
    const target = runId === undefined ? { sessionId } : { sessionId, messageId: await messageOfRun(context, runId) };
    const cancelled = await parts.pipeline.abort(target, 'chat.abort');
    return { ok: true, aborted: cancelled.length > 0, runIds: await Promise.all(cancelled.map((messageId) => runs.runId(messageId))) };
  },
});
