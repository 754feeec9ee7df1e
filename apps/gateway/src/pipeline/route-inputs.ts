/** What `route` decides by: the configuration, the message, and what its conversation was before. */
import type { Config } from '../config/index.ts';
import type { Submission } from '../parts.ts';
import { agentIds, defaultAgentId } from './agent.ts';
import { type PipelineContext, sessionIdOf } from './context.ts';
import { openAgent } from './open-agent.ts';
import { type Route, type RouteConfig, type RouteRequest, route } from './route.ts';
import type { SessionCell } from './sessions.ts';

export type Routed = Extract<Route, { agentId: string }>;

export function routeConfigOf(config: Config, channelAgentId?: string): RouteConfig {
  return {
    agentIds: agentIds(config),
    defaultAgentId: defaultAgentId(config),
    bindings: config.bindings,
    channelAgentId,
    dmScope: config.session.dmScope,
    mainKey: config.session.mainKey,
    threads: config.session.threads,
  };
}

export async function routeRequestOf(
  context: PipelineContext,
  submission: Submission,
  config: RouteConfig,
): Promise<RouteRequest & { readonly at: number }> {
  const { channel, account, inbound, agentId, sessionKey, seen } = submission;
  const { peer, parent, parentKind, text, sender } = inbound;
  const request = {
    channel,
    account,
    peer,
    text,
    at: seen?.at ?? context.now(),
    ...(parent === undefined ? {} : { parent }),
    ...(parentKind === undefined ? {} : { parentKind }),
    ...(sender.roles === undefined ? {} : { roles: sender.roles }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
  };
  return seen ? { ...request, ...seen } : await openAgent(context, request, config);
}

/** The conversation a message belongs to; one that was moved to another agent stays with that agent. */
export async function conversation(
  context: Pick<PipelineContext, 'sessions' | 'store'>,
  request: RouteRequest,
  config: RouteConfig,
  first: Routed,
): Promise<{ cell: SessionCell; decision: Routed }> {
  const cell = await context.sessions.load(sessionIdOf(context, first.sessionKey));
  const historyAgentId = cell.state.agentId;
  if (historyAgentId === '' || historyAgentId === first.agentId) return { cell, decision: first };
  const again = route({ ...request, historyAgentId }, config);
  const { sessionKey, sessionKeyParts } = first;
  return { cell, decision: again.agentId === undefined ? first : { ...again, sessionKey, sessionKeyParts } };
}
