'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type LiveRow, useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';

const REFRESH_MS = 500;
/** Time passes without an event: what was not decided is gone then. */
const POLL_MS = 15_000;

/** Whether an event may change what waits. */
export function concernsApprovals({ type }: LiveRow): boolean {
  return /^tool\.(approval_\w+|approved|denied)$|^run\.|^session\.closed$/.test(type);
}

/** How many calls wait for a person; nothing where the person may not decide. */
export function useWaitingCount(): number {
  const cache = useQueryClient();
  const me = useQuery(trpc.frame.me.queryOptions());
  const enabled = me.data?.permissions.includes('approvals.decide') ?? false;
  const count = useQuery({ ...trpc.approvals.count.queryOptions(), enabled, refetchInterval: POLL_MS });
  useRefresh(concernsApprovals, () => void cache.invalidateQueries(trpc.approvals.count.queryFilter()), REFRESH_MS);
  return count.data?.waiting ?? 0;
}
