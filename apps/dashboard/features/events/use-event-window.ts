'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type LiveRow, useBatches, useFeed } from '../../data/feed.ts';
import { leaveForSignIn } from '../../data/sign-in-redirect.ts';
import { client, isSignedOut } from '../../data/trpc.ts';
import { EMPTY_WINDOW, type EventWindow, withNewer, withOlder } from './event-window.ts';
import { type EventFilter, matches } from './filter.ts';

const PAGE_ROWS = 100;
const MAX_PENDING = 1_000;
const AROUND = 20;

export type EventList = EventWindow & {
  readonly loading: boolean;
  readonly error: unknown;
  /** Rows that came while the list stood still. */
  readonly pending: number;
  /** Events that were passed over because they came too fast. */
  readonly skipped: number;
  /** Rows after this position came in while the person was looking. */
  readonly freshAfter: number;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** Goes to the newest rows and follows again. */
  readonly resume: () => void;
  readonly reload: () => void;
};

/**
 * The list of events behind a filter: pages in both directions, and live rows at the top while `held` is false.
 * `anchor` is a position that must be in the first page.
 */
export function useEventWindow(filter: EventFilter, held: boolean, anchor: number | null): EventList {
  const { paused } = useFeed();
  const [window, setWindow] = useState<EventWindow>(EMPTY_WINDOW);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState<readonly LiveRow[]>([]);
  const [pendingCount, setPendingCount] = useState(0);
  const [skipped, setSkipped] = useState(0);
  const [freshAfter, setFreshAfter] = useState(Number.POSITIVE_INFINITY);
  const generation = useRef(0);
  const busy = useRef(false);
  const firstAnchor = useRef(anchor);
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
      const wanted = JSON.parse(key) as EventFilter;
      setPending([]);
      setPendingCount(0);
      setFreshAfter(Number.POSITIVE_INFINITY);
      void attempt(async (isCurrent) => {
        const page = await client.events.list.query({
          filter: wanted,
          limit: PAGE_ROWS,
          ...(from === null ? {} : { before: from + AROUND }),
        });
        if (!isCurrent()) return;
        setWindow({ rows: page.rows, hasOlder: page.next !== undefined, hasNewer: from !== null && from + AROUND <= page.head });
        setFreshAfter(page.head);
      });
    },
    [key, attempt],
  );

  useEffect(() => {
    setWindow(EMPTY_WINDOW);
    setSkipped(0);
    start(firstAnchor.current);
    firstAnchor.current = null;
  }, [start]);

  const loadOlder = useCallback(() => {
    const last = window.rows.at(-1);
    if (busy.current || !window.hasOlder || !last) return;
    void attempt(async (isCurrent) => {
      const page = await client.events.list.query({ filter: JSON.parse(key) as EventFilter, before: last.position, limit: PAGE_ROWS });
      if (isCurrent()) setWindow((now) => withOlder(now, page.rows, page.next !== undefined));
    });
  }, [window, key, attempt]);

  const loadNewer = useCallback(() => {
    const first = window.rows[0];
    if (busy.current || !window.hasNewer || !first) return;
    void attempt(async (isCurrent) => {
      const page = await client.events.after.query({ filter: JSON.parse(key) as EventFilter, after: first.position, limit: PAGE_ROWS });
      if (isCurrent()) setWindow((now) => withNewer(now, page.rows, page.rows.length === PAGE_ROWS));
    });
  }, [window, key, attempt]);

  useBatches((batch) => {
    if (batch.skipped) {
      setSkipped((count) => count + (batch.skipped?.count ?? 0));
      if (!held && !paused && !window.hasNewer) start(null);
      return;
    }
    const rows = batch.rows.filter((row) => matches(filter, row));
    if (rows.length === 0) return;
    if (held || paused || window.hasNewer || busy.current) {
      setPending((waiting) => (waiting.length + rows.length > MAX_PENDING ? waiting : [...waiting, ...rows]));
      setPendingCount((count) => count + rows.length);
    } else {
      setWindow((now) => withNewer(now, rows, false));
    }
  });

  const resume = useCallback(() => {
    if (window.hasNewer || pendingCount > pending.length) {
      start(null);
      return;
    }
    setWindow((now) => withNewer(now, pending, false));
    setPending([]);
    setPendingCount(0);
  }, [window.hasNewer, pending, pendingCount, start]);

  // What came while a page was on its way joins as soon as the list follows again.
  const still = held || paused || window.hasNewer || loading;
  useEffect(() => {
    if (!still && pendingCount > 0) resume();
  }, [still, pendingCount, resume]);

  const reload = useCallback(() => start(null), [start]);
  return { ...window, loading, error, pending: pendingCount, skipped, freshAfter, loadOlder, loadNewer, resume, reload };
}
