import type { EventRow, Store } from '@openclaw-gateway/db';
import { expect, test } from 'vitest';
import { followLog, type LogPage } from './log-feed.ts';

/** A log of ten events in pages of three, of which the filter lets through those at `matching`. */
function storeWith(matching: readonly number[]): Store {
  const eventsAfter = async (_: object, { after }: { after: number }) => {
    const scannedTo = Math.min(after + 3, 10);
    const rows = matching.filter((position) => position > after && position <= scannedTo).map((position) => ({ position }) as EventRow);
    return { rows, scannedTo };
  };
  return { views: { eventsAfter } } as unknown as Store;
}

test('C4 B16 pages in which nothing fits the filter are not handed over', async () => {
  const pages: LogPage[] = [];
  const end = new AbortController();
  await followLog(storeWith([5, 10]), {}, { after: 0, signal: end.signal }, async (page) => {
    pages.push(page);
    if (page.position === 10) end.abort();
  });
  expect(pages).toMatchObject([
    { rows: [{ position: 5 }], position: 6 },
    { rows: [{ position: 10 }], position: 10 },
  ]);
});
