import { setTimeout as delay } from 'node:timers/promises';
import type { EventRow, Store } from '@openclaw-gateway/db';
import { conditionOf, matches } from '@openclaw-gateway/db/query/index';
import { toEventRow } from '@openclaw-gateway/db/views/event-rows';
import { metrics } from '../operations/metrics/index.ts';

/** Rows that were just committed, or word that some were passed over because the reader fell too far behind. */
export type LiveBatch = {
  readonly rows: readonly EventRow[];
  readonly head: number;
  readonly skipped?: { readonly skippedTo: number; readonly count: number };
};

const BATCH_ROWS = 500;
const MIN_INTERVAL_MS = 100;
const MAX_BEHIND = 5_000;
const VIEW_PATIENCE_MS = 150;

/**
 * Everything after a position, then live: at most 500 rows a batch and ten batches a second, until the signal aborts.
 * Each batch comes with the position to resume after. A reader more than 5,000 events behind is told what it missed instead.
 * With a query, only what matches it is among the rows. Throws `QUERY_INVALID` before the first batch.
 */
export async function* liveEvents(
  store: Store,
  after: number,
  signal: AbortSignal,
  query = '',
): AsyncGenerator<readonly [number, LiveBatch]> {
  conditionOf({ query }, Date.now());
  let position = after;
  yield [position, { rows: [], head: store.log.head() }];
  while (!signal.aborted) {
    const skip = passOver(store, position);
    if (skip) {
      position = skip.skippedTo;
      metrics.droppedBatches(Math.ceil(skip.count / BATCH_ROWS));
      yield [position, { rows: [], head: position, skipped: skip }];
    }
    for await (const events of store.log.subscribe({ after: position, signal, pageSize: BATCH_ROWS })) {
      const sentAt = performance.now();
      position = events.at(-1)?.position ?? position;
      await viewsShow(store, position);
      // What `now` means in the query moves on with the log.
      const condition = conditionOf({ query }, Date.now());
      yield [position, { rows: events.filter((event) => matches(condition, event)).map(toEventRow), head: store.log.head() }];
      if (passOver(store, position)) break;
      await delay(Math.max(0, MIN_INTERVAL_MS - (performance.now() - sentAt)), undefined, { signal }).catch(() => undefined);
    }
  }
}

function passOver(store: Store, position: number): { skippedTo: number; count: number } | undefined {
  const head = store.log.head();
  return head - position > MAX_BEHIND ? { skippedTo: head, count: head - position } : undefined;
}

/** A page that hears of an event asks the views next, so they should know it; but a view that stands still holds nobody up. */
async function viewsShow(store: Store, position: number): Promise<void> {
  await store.waitForViews(position, VIEW_PATIENCE_MS).catch(() => undefined);
}
