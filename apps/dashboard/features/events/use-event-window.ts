'use client';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useBatches, usePaused } from '../../data/feed.ts';
import { leaveForSignIn } from '../../data/sign-in-redirect.ts';
import { client, isSignedOut } from '../../data/trpc.ts';
import {
  EMPTY_WINDOW,
  type EventWindow,
  type Gap,
  gapUpTo,
  isGap,
  type ListRow,
  withFilled,
  withNewer,
  withOlder,
} from './event-window.ts';
import type { EventFilter } from './filter.ts';
import { AROUND, firstPage, PAGE_ROWS } from './first-page.ts';
import { RateLimiter } from './rate-limiter.ts';

const GAP_ROWS = 200;
const MAX_PENDING = 1_000;

export type EventList = EventWindow & {
  readonly loading: boolean;
  readonly error: unknown;
  /** When the gateway last said what is newest. */
  readonly dataUpdatedAt: number;
  /** Rows that came while the list stood still. */
  readonly pending: number;
  /** Rows come so fast that one in so many is shown. */
  readonly oneIn: number;
  /** The search had looked back to here when its time was over; it goes on when older rows are asked for. */
  readonly searchedTo: number | undefined;
  /** Rows after this position came in while the person was looking. */
  readonly freshAfter: number;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  readonly fill: (gap: Gap) => void;
  /** Goes to the newest rows and follows again. */
  readonly resume: () => void;
  readonly reload: () => void;
};

/**
 * The list of events behind a filter: pages in both directions, and live rows at the top while `held` is false.
 * `anchor` is a position that must be in the first page.
 */
export function useEventWindow(filter: EventFilter, held: boolean, anchor: number | null): EventList {
  const paused = usePaused();
  const [window, setWindow] = useState<EventWindow>(EMPTY_WINDOW);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const [pendingCount, setPendingCount] = useState(0);
  const [oneIn, setOneIn] = useState(1);
  const [searchedTo, setSearchedTo] = useState<number>();
  const [freshAfter, setFreshAfter] = useState(Number.POSITIVE_INFINITY);
  const dataUpdatedAt = useRef(0);
  const generation = useRef(0);
  const busy = useRef(false);
  const firstAnchor = useRef(anchor);
  const limiter = useRef(new RateLimiter());
  /** The rows that came while the list stood still, unless they are too many. */
  const waiting = useRef<readonly ListRow[]>([]);
  /** Where the next older page begins, and up to where newer events were looked at. */
  const older = useRef<number | undefined>(undefined);
  const known = useRef(0);
  const top = useRef(0);
  top.current = window.rows[0]?.position ?? 0;
  const pulling = useRef(false);
  const key = JSON.stringify(filter);

  const attempt = useCallback(async (work: (isCurrent: () => boolean) => Promise<void>) => {
    const mine = generation.current;
    busy.current = true;
    setLoading(true);
    try {
      await work(() => generation.current === mine);
      if (generation.current === mine) setError(undefined);
    } catch (failure) {
      if (isSignedOut(failure)) leaveForSignIn();
      if (generation.current === mine) setError(failure);
    } finally {
      if (generation.current === mine) {
        busy.current = false;
        setLoading(false);
      }
    }
  }, []);

  const start = useCallback(
    (from: number | null) => {
      generation.current += 1;
      waiting.current = [];
      known.current = 0;
      setPendingCount(0);
      setFreshAfter(Number.POSITIVE_INFINITY);
      void attempt(async (isCurrent) => {
        const page = await firstPage(JSON.parse(key) as EventFilter, from).catch((failure) => {
          // What is shown stays, and what came meanwhile is a gap above it.
          if (isCurrent()) {
            waiting.current = [];
            setPendingCount(0);
            known.current = top.current;
          }
          throw failure;
        });
        if (!isCurrent()) return;
        older.current = page.next;
        known.current = from === null ? page.head : Math.min(page.head, from + AROUND - 1);
        const newest = waiting.current.at(-1)?.position ?? 0;
        if (from === null && newest > page.head) {
          waiting.current = [gapUpTo(newest, newest - page.head)];
          known.current = newest;
          setPendingCount(1);
        }
        setSearchedTo(page.partial ? page.next : undefined);
        dataUpdatedAt.current = Date.now();
        setWindow({ rows: page.rows, hasOlder: page.next !== undefined, hasNewer: from !== null && from + AROUND <= page.head });
        setFreshAfter(page.head);
      });
    },
    [key, attempt],
  );

  // Before the paint: an answer that was asked for ahead is not to wait for it.
  useLayoutEffect(() => {
    setWindow(EMPTY_WINDOW);
    limiter.current = new RateLimiter();
    setOneIn(1);
    start(firstAnchor.current);
    firstAnchor.current = null;
  }, [start]);

  const loadOlder = useCallback(() => {
    const before = older.current;
    if (busy.current || before === undefined) return;
    void attempt(async (isCurrent) => {
      const page = await client.events.list.query({ filter: JSON.parse(key) as EventFilter, before, limit: PAGE_ROWS });
      if (!isCurrent()) return;
      older.current = page.next;
      setSearchedTo(page.partial ? page.next : undefined);
      setWindow((now) => withOlder(now, page.rows, page.next !== undefined));
    });
  }, [key, attempt]);

  const loadNewer = useCallback(() => {
    const first = window.rows[0];
    if (busy.current || !window.hasNewer || !first) return;
    void attempt(async (isCurrent) => {
      const page = await client.events.after.query({ filter: JSON.parse(key) as EventFilter, after: first.position, limit: PAGE_ROWS });
      if (!isCurrent()) return;
      known.current = Math.max(known.current, page.scannedTo);
      setWindow((now) => withNewer(now, page.rows, page.rows.length === PAGE_ROWS));
    });
  }, [window, key, attempt]);

  const fill = useCallback(
    (gap: Gap) => {
      if (busy.current) return;
      void attempt(async (isCurrent) => {
        const page = await client.events.after.query({ filter: JSON.parse(key) as EventFilter, after: gap.after, limit: GAP_ROWS });
        if (isCurrent()) setWindow((now) => withFilled(now, gap, page.rows, Math.min(page.scannedTo, gap.before - 1)));
      });
    },
    [key, attempt],
  );

  const still = held || paused || window.hasNewer;

  const take = (rows: readonly ListRow[]) => {
    if (rows.length === 0) return;
    // What follows on waiting rows waits with them, or they would come too late.
    if (still || busy.current || waiting.current.length > 0) {
      if (waiting.current.length + rows.length <= MAX_PENDING) waiting.current = [...waiting.current, ...rows];
      setPendingCount((count) => count + rows.length);
    } else {
      setWindow((now) => withNewer(now, rows, false));
    }
  };

  /** What was committed and matches the query: the gateway says which that is. */
  const pull = async () => {
    if (pulling.current || busy.current || known.current === 0) return;
    pulling.current = true;
    const mine = generation.current;
    try {
      const page = await client.events.after.query({ filter: JSON.parse(key) as EventFilter, after: known.current, limit: GAP_ROWS });
      if (generation.current !== mine) return;
      setError(undefined);
      known.current = Math.max(known.current, page.scannedTo);
      dataUpdatedAt.current = Date.now();
      take(page.rows);
    } catch (failure) {
      if (isSignedOut(failure)) leaveForSignIn();
      if (generation.current === mine) setError(failure);
    } finally {
      pulling.current = false;
    }
  };

  useBatches(({ rows: committed, skipped }) => {
    if (filter.query !== undefined || filter.toTime !== undefined) {
      if (committed.length > 0 || skipped) void pull();
      return;
    }
    const before = skipped ? skipped.skippedTo - skipped.count : (committed[0]?.position ?? 0) - 1;
    // Committed between the reading of the list and the beginning of the stream.
    if (known.current > 0 && before > known.current && !window.hasNewer) take([gapUpTo(before, before - known.current)]);
    known.current = Math.max(known.current, skipped?.skippedTo ?? 0, committed.at(-1)?.position ?? 0);
    if (skipped) take([gapUpTo(skipped.skippedTo, skipped.count)]);
    const { rows, oneIn: now } = limiter.current.pass(committed, performance.now());
    setOneIn(now);
    dataUpdatedAt.current = Date.now();
    take(rows);
  });

  const resume = useCallback(() => {
    const rows = waiting.current;
    if (window.hasNewer || pendingCount > rows.length) {
      start(null);
      return;
    }
    waiting.current = [];
    setWindow((now) => withNewer(now, rows, false));
    setPendingCount(0);
  }, [window.hasNewer, pendingCount, start]);

  // What came while a page was on its way joins as soon as the list follows again.
  const waits = still || loading;
  useEffect(() => {
    if (!waits && pendingCount > 0) resume();
  }, [waits, pendingCount, resume]);

  // What fits a page is not worth a click.
  const small = window.rows.find((row): row is Gap => isGap(row) && row.count <= GAP_ROWS);
  useEffect(() => {
    if (!waits && small) fill(small);
  }, [waits, small, fill]);

  const reload = useCallback(() => start(null), [start]);
  return {
    ...window,
    loading,
    error,
    dataUpdatedAt: dataUpdatedAt.current,
    pending: pendingCount,
    oneIn,
    searchedTo,
    freshAfter,
    loadOlder,
    loadNewer,
    fill,
    resume,
    reload,
  };
}
