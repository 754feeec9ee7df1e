'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { client, trpc } from '../../data/trpc.ts';

const PAGE_TICKS = 1_000;
const REFRESH_MS = 500;

/** The events of a session in their order, the newest thousand first; `loadEarlier` gets those before. */
export function useTicks(sessionId: string) {
  const cache = useQueryClient();
  const queryKey = [...trpc.sessions.events.queryKey({ sessionId, limit: PAGE_TICKS }), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.sessions.events.query({ sessionId, limit: PAGE_TICKS, ...(pageParam === undefined ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    (row) => row.sessionId === sessionId,
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  const ticks = useMemo(() => pages.data?.pages.toReversed().flatMap((page) => page.rows.toReversed()), [pages.data]);
  return {
    ticks,
    error: pages.error,
    retry: () => void pages.refetch(),
    hasEarlier: pages.hasNextPage,
    loadEarlier: () => void pages.fetchNextPage(),
  };
}
