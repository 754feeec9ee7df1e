/** Which conversation, and which run, a client means: somebody who reaches only his own has no others. */
import { ownerOf, ownKey, ownsMessage } from '../../access/ownership.ts';
import type { Own } from '../runs.ts';
import type { MethodContext } from './method.ts';

export function conversationOf({ parts, member, reach }: MethodContext, sessionKey: string, agentId: string | undefined) {
  return parts.pipeline.resolveSession(reach === 'own' ? ownKey(member.caller, sessionKey) : sessionKey, agentId);
}

/** The message of a run. Throws `RUN_NOT_FOUND`. */
export function messageOfRun(context: MethodContext, runId: string): Promise<string> {
  return context.runs.messageId(runId, ownIn(context));
}

function ownIn({ parts, member: { caller }, reach }: MethodContext): Own | undefined {
  if (reach === 'all') return undefined;
  return { owner: ownerOf(ownKey(caller, 'any')) ?? '', owns: (message) => ownsMessage(parts.store.views, caller, message) };
}
