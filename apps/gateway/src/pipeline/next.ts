import type { OpenDelivery, OpenMessage, SessionState } from '@openclaw-gateway/events';
import { waitingCall } from './approvals.ts';
import { overtakes } from './command.ts';

/** What a session should do now. `wait` names the time in milliseconds since 1970. */
export type Next =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'go'; readonly message: OpenMessage };

const IDLE = { kind: 'idle' } as const;

/** The message whose turn it is to run: the oldest that is not answered. Later ones wait for it, also while it waits to be retried. */
export function nextRun(state: SessionState, now: number): Next {
  if (state.quarantine) return IDLE;
  for (const message of state.open.values()) {
    const call = message.run === 'running' ? waitingCall(message) : undefined;
    if (call) return whenDue(message, call.approval.expiresAt, now);
    if (message.run === 'waiting' || message.run === 'running') return { kind: 'go', message };
    if (message.run === 'retrying') return whenDue(message, message.retryAt ?? now, now);
  }
  return IDLE;
}

export type NextDelivery = Exclude<Next, { kind: 'go' }> | (Extract<Next, { kind: 'go' }> & { readonly delivery: OpenDelivery });

/**
 * What is to be sent now: the oldest reply that is neither sent nor held, for replies of a conversation keep their order; before it
 * the question about a call that waits for a person. What the gateway itself says of the conversation waits for no reply.
 */
export function nextDelivery(state: SessionState, now: number): NextDelivery {
  for (const message of state.open.values()) {
    const { command, delivery } = message;
    if (!delivery || !overtakes(command) || delivery.status === 'held' || delivery.status === 'failed') continue;
    if (delivery.status !== 'retrying' || (delivery.retryAt ?? now) <= now) return { kind: 'go', message, delivery };
  }
  for (const message of state.open.values()) {
    const { delivery } = message;
    const notice = dueNotice(message);
    if (notice) return sendWhenDue(message, notice, notice.retryAt ?? now, now);
    if (!delivery) {
      if (message.run === 'failed' || message.run === 'aborted') continue;
      return IDLE;
    }
    if (delivery.status === 'held' || delivery.status === 'failed') continue;
    return sendWhenDue(message, delivery, delivery.status === 'retrying' ? (delivery.retryAt ?? now) : now, now);
  }
  return IDLE;
}

/** A question is worth sending only as long as the call waits. */
function dueNotice({ notices, toolCalls }: OpenMessage): OpenDelivery | undefined {
  return notices.find(
    ({ status, request }) =>
      (status === 'requested' || status === 'attempting' || status === 'retrying') &&
      toolCalls.some((call) => call.callId === request.callId && call.status === 'waiting'),
  );
}

function sendWhenDue(message: OpenMessage, delivery: OpenDelivery, due: number, now: number): NextDelivery {
  return due <= now ? { kind: 'go', message, delivery } : { kind: 'wait', until: due };
}

function whenDue(message: OpenMessage, due: number, now: number): Next {
  return due <= now ? { kind: 'go', message } : { kind: 'wait', until: due };
}

/** How long to wait before attempt `attempt + 1`: doubling from one second, at most five minutes, or what the service asked for. */
export function backoffMs(attempt: number, options: { readonly retryAfterMs?: number | undefined; readonly random: () => number }): number {
  const base = Math.min(1000 * 2 ** (attempt - 1), 300_000);
  const jittered = base * (0.75 + options.random() * 0.5);
  return Math.round(Math.max(jittered, options.retryAfterMs ?? 0));
}
