import type { SessionRow } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { ownsKey } from '../access/ownership.ts';
import type { Reach } from '../access/permissions.ts';
import type { Context } from './procedure.ts';

/** The session, which who reaches the own conversations only must own. Throws SESSION_NOT_FOUND. */
export async function reachedSession(
  { parts, caller, reach }: Pick<Context, 'parts' | 'caller'> & { readonly reach: Reach },
  sessionId: string,
): Promise<SessionRow> {
  const session = await parts.store.views.session(sessionId);
  if (!session || (reach === 'own' && !ownsKey(caller, session.sessionKey)))
    throw new GatewayError('SESSION_NOT_FOUND', { details: { sessionId } });
  return session;
}

/** Only for who reaches the own conversations only; to the others the look-up would cost something and say nothing. */
export async function demandOwn(ctx: Parameters<typeof reachedSession>[0], sessionId: string): Promise<void> {
  if (ctx.reach === 'own') await reachedSession(ctx, sessionId);
}
