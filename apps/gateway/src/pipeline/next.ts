import type { OpenMessage, SessionState } from '@openclaw-gateway/events';

/** What a session should do now. `wait` names the time in milliseconds since 1970. */
export type Next =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'go'; readonly message: OpenMessage };

const IDLE: Next = { kind: 'idle' };

/** The message whose turn it is to run: the oldest that is not answered. Later ones wait for it, also while it waits to be retried. */
export function nextRun(state: SessionState, now: number): Next {
  for (const message of state.open.values()) {
    if (message.run === 'waiting' || message.run === 'running') return { kind: 'go', message };
    if (message.run === 'retrying') return whenDue(message, message.retryAt ?? now, now);
  }
  return IDLE;
}

/** The reply whose turn it is to be sent: the oldest that is neither sent nor held. Replies of a conversation keep their order. */
export function nextDelivery(state: SessionState, now: number): Next {
  for (const message of state.open.values()) {
    const { delivery } = message;
    if (!delivery) {
      if (message.run === 'failed' || message.run === 'aborted') continue;
      return IDLE;
    }
    if (delivery.status === 'held' || delivery.status === 'failed') continue;
    if (delivery.status === 'retrying') return whenDue(message, delivery.retryAt ?? now, now);
    return { kind: 'go', message };
  }
  return IDLE;
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
