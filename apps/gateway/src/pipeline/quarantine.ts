/** When a conversation is set aside, so that it can do no harm to others. Pure. */
import { GatewayError, type NewEvent, type OpenMessage, SessionQuarantined, type SessionState } from '@openclaw-gateway/events';
import type { ModelMessage } from '@openclaw-gateway/sdk';
import { problemOf } from './run-context.ts';

/** So often may the process end while a run waits for the same answer or tool. */
const MOST_INTERRUPTIONS = 3;
/** So many messages of a conversation in a row may be refused by the model. */
const MOST_REFUSALS = 3;

/** Why a run must not be taken up again. */
export function crashLoop({ interruptions }: OpenMessage): GatewayError | undefined {
  if (interruptions < MOST_INTERRUPTIONS) return undefined;
  const message = `The process ended ${interruptions} times while this message was being answered.`;
  return new GatewayError('RUN_CRASHES', { message, details: { interruptions } });
}

/** Throws CONVERSATION_BROKEN when a tool call has no result, or a result no call. */
export function refuseBroken(messages: readonly ModelMessage[]): void {
  if (!isWhole(messages)) throw broken();
}

/** Whether each tool call has its result and each result its call: no model takes anything else. */
export function isWhole(messages: readonly ModelMessage[]): boolean {
  let open = new Set<string>();
  for (const message of messages) {
    const isFine = message.role === 'tool' ? open.delete(message.callId) : open.size === 0;
    if (!isFine) return false;
    if (message.role === 'assistant') open = new Set(message.toolCalls.map(({ callId }) => callId));
  }
  return open.size === 0;
}

/** The quarantine that follows from a message that was given up, if any. */
export function quarantineAfter(state: SessionState, messageId: string, error: GatewayError): NewEvent[] {
  const reason = reasonOf(state, error);
  return reason ? [SessionQuarantined.create({ sessionId: state.sessionId, reason, messageId, problem: problemOf(error) })] : [];
}

function reasonOf({ refusals, turns }: SessionState, { code }: GatewayError) {
  if (code === 'RUN_CRASHES') return 'crashes';
  if (code === 'CONVERSATION_BROKEN') return 'broken_conversation';
  // One that was never answered may be refused for the model's name or the like, which is no fault of the conversation.
  return code === 'MODEL_REFUSED' && turns > 0 && refusals + 1 >= MOST_REFUSALS ? 'refused' : undefined;
}

function broken(): GatewayError {
  return new GatewayError('CONVERSATION_BROKEN', { message: 'A tool call of the conversation has no result, or a result no call.' });
}

/** What a message is refused with while its conversation is set aside. */
export function quarantined({ quarantine }: SessionState): GatewayError | undefined {
  if (!quarantine) return undefined;
  const { problem, since, reason } = quarantine;
  return new GatewayError('SESSION_QUARANTINED', {
    message: `The conversation is in quarantine since ${new Date(since).toISOString()}: ${problem.message}`,
    details: { reason, code: problem.code },
  });
}
