import type { SessionRow } from '@openclaw-gateway/db';

/** A session as lists show it. `idle`: nothing new for `gateway.sessions.timeout` and nothing under way; the next message goes on with it. */
export type ListedSession = SessionRow & { readonly state: 'active' | 'idle' };

/** Says of a session whether it is idle. Milliseconds. */
export function withState(row: SessionRow, timeoutMs: number, nowMs: number): ListedSession {
  const isIdle = row.openMessages === 0 && nowMs - row.lastTime >= timeoutMs;
  return { ...row, state: isIdle ? 'idle' : 'active' };
}
