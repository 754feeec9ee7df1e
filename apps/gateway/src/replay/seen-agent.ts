import type { DataOf, RouteDecided } from '@openclaw-gateway/events';

/** The agent that a rule about conversations found the peer with when the message was routed. */
export function seenAgent(
  { candidates }: Pick<DataOf<typeof RouteDecided>, 'candidates'>,
  rule: 'session.history' | 'session.open',
): string | undefined {
  const agentId = candidates.find((candidate) => candidate.rule === rule)?.actual['agentId'];
  return agentId === undefined || agentId === 'none' ? undefined : agentId;
}
