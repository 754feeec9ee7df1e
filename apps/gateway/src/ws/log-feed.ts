/** A subscription by log position: everything after it, then what comes, without gap or duplicate. */
import type { EventFilter, EventRow, Store } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';

const PAGE_ROWS = 500;
const HEAD_WAIT_MS = 30_000;
const VIEWS_WAIT_MS = 5_000;
const PAUSE_MS = 100;

export type LogPage = { readonly rows: readonly EventRow[]; readonly position: number };

/**
 * Hands over pages in position order until the signal aborts; none is empty. `position` says how far the filter has looked
 * by then. The next page is read when the last one is taken, so a slow reader costs nothing.
 */
export async function followLog(
  store: Store,
  filter: EventFilter,
  options: { readonly after: number; readonly signal: AbortSignal },
  take: (page: LogPage) => Promise<void>,
): Promise<void> {
  const { signal } = options;
  let position = options.after;
  while (!signal.aborted) {
    const { rows, scannedTo } = await store.views.eventsAfter(filter, { after: position, limit: PAGE_ROWS });
    if (signal.aborted) return;
    if (scannedTo > position) {
      position = scannedTo;
      if (rows.length > 0) await take({ rows, position });
    } else {
      await nextEvent(store, position, signal);
    }
  }
}

async function nextEvent(store: Store, position: number, signal: AbortSignal): Promise<void> {
  try {
    await unlessAborted(store.log.waitForHead(position + 1, HEAD_WAIT_MS), signal);
    await unlessAborted(store.waitForViews(position + 1, VIEWS_WAIT_MS), signal);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
    // A view that stands still must not be asked in a tight loop.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    wait.catch(() => undefined);
  }
}
