'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { usePaused } from '../../data/feed.ts';
import { client, trpc } from '../../data/trpc.ts';
import { fits, type LogEntry, type LogInput } from './log-filter.ts';

const PAGE_ROWS = 200;
/** What came since the page was loaded; older ones than these are in the log. */
const MOST_FRESH = 1_000;

/** The pages of the log that were loaded, and above them what was written since. */
export function useLog(input: LogInput) {
  const paused = usePaused();
  const [fresh, setFresh] = useState<readonly LogEntry[]>([]);
  const [dropped, setDropped] = useState(0);
  /** Since when it cannot be followed. */
  const [lostAt, setLostAt] = useState<number>();
  const pages = useInfiniteQuery(
    trpc.logs.list.infiniteQueryOptions(
      { ...input, limit: PAGE_ROWS },
      { getNextPageParam: (page) => page.next, refetchOnWindowFocus: false, staleTime: Number.POSITIVE_INFINITY },
    ),
  );
  const { refetch } = pages;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter begins anew
  useEffect(() => {
    setFresh([]);
    setDropped(0);
  }, [input]);

  useEffect(() => {
    if (paused) return;
    let isFollowed = false;
    let wasCut = false;
    const subscription = client.logs.tail.subscribe(input.minLevel ? { minLevel: input.minLevel } : {}, {
      onStarted: () => {
        isFollowed = false;
      },
      onConnectionStateChange: ({ error }) => setLostAt((before) => (error ? (before ?? Date.now()) : undefined)),
      onData: ({ rows, dropped: more }) => {
        if (!isFollowed) {
          // The first batch says from where it is followed; what was written before is in the file, also what the page was loaded too early for.
          const again = refetch();
          if (wasCut) void again.then(() => setFresh([]));
          isFollowed = true;
          wasCut = true;
        }
        const found = rows.filter((row) => fits(input, row)).reverse();
        if (found.length > 0) setFresh((before) => [...found, ...before].slice(0, MOST_FRESH));
        if (more > 0) setDropped((before) => before + more);
      },
    });
    return () => {
      subscription.unsubscribe();
      setLostAt(undefined);
    };
  }, [input, paused, refetch]);

  const loaded = pages.data?.pages ?? [];
  const known = new Set(loaded[0]?.rows.slice(0, MOST_FRESH).map(keyOf));
  const rows: readonly LogEntry[] = [...fresh.filter((row) => !known.has(keyOf(row))), ...loaded.flatMap((page) => page.rows)];
  const reload = () => {
    setDropped(0);
    void refetch().then(() => setFresh([]));
  };
  const shown = { data: rows, error: pages.error ?? lostAt, dataUpdatedAt: lostAt ?? pages.dataUpdatedAt, refetch: reload };
  return { pages, rows, shown, dropped, reload, enabled: loaded[0]?.enabled ?? true, partial: loaded.at(-1)?.partial === true };
}

/** What names a line; those that say the same at the same time have the same. */
export const keyOf = ({ time, message, detail = '' }: LogEntry) => `${time} ${message} ${detail}`;
