'use client';
/**
 * What the gateway commits, as it happens. One stream, shared by everything on the page and by all tabs: pages filter
 * it themselves. Its ids are log positions, so that it resumes where it broke off, without gap or repetition.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { type Connection, type LiveBatch, type LiveRow, openLink } from './feed-link.ts';

export type { LiveBatch, LiveRow } from './feed-link.ts';

export type FeedState = { readonly connection: Connection; readonly head: number; readonly paused: boolean; readonly lagMs?: number };

let state: FeedState = { connection: 'connecting', head: 0, paused: false };
const watchers = new Set<() => void>();
const readers = new Set<(batch: LiveBatch) => void>();
let stop: (() => void) | undefined;

function set(change: Partial<FeedState>): void {
  state = { ...state, ...change };
  for (const watcher of watchers) watcher();
}

/** Opens the stream; it stays open until the returned function is called. */
export function openFeed(): () => void {
  stop ??= openLink({ onPiece: receive, onConnection: (connection) => set({ connection }) });
  return () => {
    stop?.();
    stop = undefined;
  };
}

/** A greater difference is one of the clocks. */
const MOST_LAG_MS = 60_000;

/** How long the newest event was on its way; nothing where the clocks of both machines do not tell. */
function lagOf(batch: LiveBatch): { readonly lagMs?: number } {
  const newest = batch.rows.at(-1);
  const lagMs = newest ? Date.now() - newest.time : -1;
  return lagMs >= 0 && lagMs < MOST_LAG_MS ? { lagMs } : {};
}

function receive(batch: LiveBatch): void {
  if (batch.head !== state.head || state.connection !== 'live')
    set({ connection: 'live', head: Math.max(state.head, batch.head), ...lagOf(batch) });
  if (batch.rows.length === 0 && !batch.skipped) return;
  for (const reader of readers) reader(batch);
}

export function togglePaused(): void {
  set({ paused: !state.paused });
}

/** One thing of the stream's state, for what must be drawn anew only when that changes: each batch changes something. */
export function useFeed<T>(select: (feed: FeedState) => T): T {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => select(state),
    () => select(state),
  );
}

/** Whether the person has stopped the updates. */
export const usePaused = (): boolean => useFeed((feed) => feed.paused);

/** Calls back on every batch while the component is there, also while updates are paused. */
export function useBatches(onBatch: (batch: LiveBatch) => void): void {
  const latest = useRef(onBatch);
  useEffect(() => {
    latest.current = onBatch;
  });
  useEffect(() => {
    const reader = (batch: LiveBatch) => latest.current(batch);
    readers.add(reader);
    return () => {
      readers.delete(reader);
    };
  }, []);
}

/**
 * Calls `refresh` when something that concerns the page was committed: at once, then at most every `everyMs`.
 * Not while updates are paused or the tab is hidden; what was missed then is made up for afterwards.
 */
export function useRefresh(concerns: (row: LiveRow) => boolean, refresh: () => void, everyMs: number): void {
  const paused = usePaused();
  const due = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const run = useRef(refresh);
  useEffect(() => {
    run.current = refresh;
  });

  const flush = () => {
    if (!due.current || timer.current !== undefined || document.hidden || paused) return;
    due.current = false;
    run.current();
    timer.current = setTimeout(() => {
      timer.current = undefined;
      flush();
    }, everyMs);
  };
  const latestFlush = useRef(flush);
  useEffect(() => {
    latestFlush.current = flush;
    flush();
  });

  useBatches((batch) => {
    if (!batch.skipped && !batch.rows.some(concerns)) return;
    due.current = true;
    latestFlush.current();
  });

  useEffect(() => {
    const onVisible = () => latestFlush.current();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, []);
}
