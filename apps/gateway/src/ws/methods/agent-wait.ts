import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Outcome } from '../../parts.ts';
import { messageOfRun } from './conversation.ts';
import { runId, timeoutMs } from './fields.ts';
import { defineMethod } from './method.ts';

const DEFAULT_WAIT_MS = 30_000;

/** Waits for a run to end. That it is still running after `timeoutMs` is an answer, not an error. */
export const agentWait = defineMethod({
  name: 'agent.wait',
  scope: 'operator.write',
  params: z.strictObject({ runId, timeoutMs: timeoutMs.default(DEFAULT_WAIT_MS) }),
  run: async ({ runId, timeoutMs }, context) => {
    const { parts, connection } = context;
    const messageId = await messageOfRun(context, runId);
    try {
      const outcome = await parts.pipeline.outcome(messageId, { timeoutMs, signal: connection.signal });
      return { runId, ...statusOf(outcome), endedAt: Date.now() };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.code === 'DEADLINE_EXCEEDED') return { runId, status: 'timeout' };
      throw error.code === 'MESSAGE_NOT_FOUND' ? new GatewayError('RUN_NOT_FOUND', { details: { runId } }) : error;
    }
  },
});

function statusOf(outcome: Outcome): object {
  if ('error' in outcome) return { status: 'error', error: outcome.error.message };
  if (outcome.status === 'no_reply' && outcome.reason === 'aborted') return { status: 'error', error: 'aborted', stopReason: 'aborted' };
  return { status: 'ok' };
}
