import type { DataOf, RouteDecided } from '@openclaw-gateway/events';
import type { RouteRequest } from '../pipeline/route.ts';

/** What routers of extensions said when a message was decided about; nothing where they were not asked. */
export function seenRouters({ candidates }: Pick<DataOf<typeof RouteDecided>, 'candidates'>): NonNullable<RouteRequest['routers']> {
  return candidates
    .filter(({ rule }) => rule.startsWith('extensions.'))
    .map(({ rule, reason, actual }) => {
      const agentId = actual['agentId'];
      return { rule, reason, ...(agentId !== undefined && agentId !== 'none' && { agentId }) };
    });
}
