/** Routers of extensions: asked where nothing that was configured decides, once; what they say is part of the recorded decision. */
import type { RouteQuestion } from '@openclaw-gateway/sdk';
import type { PipelineContext } from './context.ts';
import { type Route, type RouteConfig, type RouteRequest, route } from './route.ts';

/** The request with what the routers say, where they are to be asked. */
export async function withRouters<R extends RouteRequest>(
  { routers }: Pick<PipelineContext, 'routers'>,
  request: R,
  config: RouteConfig,
  senderId: string,
): Promise<{ readonly request: R; readonly first: Route }> {
  const first = route(request, config);
  if (!routers || request.routers !== undefined || !leavesOpen(first)) return { request, first };
  const { channel, account, peer, roles, text = '' } = request;
  const question: RouteQuestion = { channel, account, peer, senderId, text, agentIds: config.agentIds, ...(roles && { roles }) };
  const said = await routers(question);
  if (said.length === 0) return { request, first };
  const asked = { ...request, routers: said };
  return { request: asked, first: route(asked, config) };
}

/** Whether the channel's own agent or the default one would answer. */
function leavesOpen(first: Route): boolean {
  return first.agentId !== undefined && (first.winner === 'agents.default' || first.winner.startsWith('channels.'));
}
