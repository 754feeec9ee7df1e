import { GatewayError, isId, type OpenMessage, type SessionState } from '@openclaw-gateway/events';
import type { Moment } from './moment.ts';
import type { HistoryReader } from './reader.ts';

/** A conversation's state as JSON: the unfinished messages by their id. */
export type SessionSnapshot = Omit<SessionState, 'open'> & { readonly open: Readonly<Record<string, OpenMessage>> };

export type SessionAt = { readonly at: Moment; readonly state: SessionSnapshot };

/** A conversation, by id or key, as it was at a moment. Throws SESSION_NOT_FOUND when it had not begun. */
export async function sessionAt(reader: HistoryReader, idOrKey: string, at: Moment): Promise<SessionAt> {
  const sessionId = await sessionIdOf(reader, idOrKey);
  // Folded where it is read: of a long conversation only the state need come over.
  const state = await reader.views.sessionState(sessionId, at.position);
  if (state.version === 0) throw notFound(idOrKey, at);
  return { at, state: snapshotOf({ ...state, sessionId }) };
}

/** The id of a session that is named by its id or its key. Throws SESSION_NOT_FOUND. */
export async function sessionIdOf({ views }: HistoryReader, idOrKey: string): Promise<string> {
  if (isId('session', idOrKey)) return idOrKey;
  const session = await views.sessionByKey(idOrKey);
  if (!session) throw new GatewayError('SESSION_NOT_FOUND', { message: `No session has the id or key ${idOrKey}.` });
  return session.sessionId;
}

export function snapshotOf({ open, ...state }: SessionState): SessionSnapshot {
  return { ...state, open: Object.fromEntries(open) };
}

function notFound(idOrKey: string, at: Moment): GatewayError {
  return new GatewayError('SESSION_NOT_FOUND', { message: `The session ${idOrKey} did not exist at position ${at.position}.` });
}
