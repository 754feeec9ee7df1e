import type { SessionState } from '@openclaw-gateway/events';
import { type PipelineContext, sessionIdOf } from './context.ts';
import { conversationsByText, type RouteConfig, type RouteRequest } from './route.ts';

/** The request with the agent that the peer talks with because of an earlier text: of several, the one that was talked with last. */
export async function openAgent<R extends RouteRequest & { readonly at: number }>(
  context: Pick<PipelineContext, 'sessions' | 'store' | 'config'>,
  request: R,
  routes: RouteConfig,
): Promise<R> {
  const { stickyFor } = context.config().config.session;
  let last: { readonly agentId: string; readonly position: number } | undefined;
  for (const { agentId, sessionKey } of stickyFor > 0 ? conversationsByText(request, routes) : []) {
    const { state } = await context.sessions.load(sessionIdOf(context, sessionKey));
    const said = lastSaid(state);
    if (said && request.at - said.time <= stickyFor && said.position > (last?.position ?? 0)) last = { agentId, position: said.position };
  }
  return last ? { ...request, openAgentId: last.agentId } : request;
}

/** The newest message of a person in a conversation that goes on. */
function lastSaid({ closed, transcript, open }: SessionState): { readonly time: number; readonly position: number } | undefined {
  if (closed) return undefined;
  const waiting = [...open.values()].at(-1);
  if (waiting) return { time: waiting.receivedAt, position: waiting.position };
  return transcript.findLast(({ role }) => role === 'user');
}
