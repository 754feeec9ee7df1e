import type { Store } from '@openclaw-gateway/db';
import { GatewayStopped, type StoredEvent } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { metrics } from '../operations/metrics/index.ts';
import { type LiveBatch, liveEvents } from './live.ts';

const event = (position: number): StoredEvent => ({
  ...GatewayStopped.create({ reason: `stop ${position}`, uptimeMs: 1 }),
  position,
  streamId: 'gateway/gw_1',
  version: position,
  time: position,
  metadata: { actor: { type: 'system', id: 'gateway' } },
});

/** A log of `head` events that hands out pages and then waits until it is ended. */
function storeOf(state: { head: number }, views: 'follow' | 'stand still' = 'follow'): Store {
  return {
    log: {
      head: () => state.head,
      async *subscribe({ after, pageSize, signal }: { after: number; pageSize: number; signal: AbortSignal }) {
        for (let at = after; at < state.head && !signal.aborted; at += pageSize) {
          yield Array.from({ length: Math.min(pageSize, state.head - at) }, (_, index) => event(at + index + 1));
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
    waitForViews: async () => {
      if (views === 'stand still') throw new Error('late');
    },
  } as unknown as Store;
}

async function take(store: Store, after: number, count: number): Promise<(readonly [number, LiveBatch])[]> {
  const controller = new AbortController();
  const batches: (readonly [number, LiveBatch])[] = [];
  for await (const batch of liveEvents(store, after, controller.signal)) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  controller.abort();
  return batches;
}

describe('live events', () => {
  it('come in batches of at most 500, each with the position to go on after', async () => {
    const batches = await take(storeOf({ head: 1_200 }), 0, 4);
    expect(batches.map(([position, { rows }]) => [position, rows.length])).toEqual([
      [0, 0],
      [500, 500],
      [1_000, 500],
      [1_200, 200],
    ]);
    expect(batches[1]?.[1].rows[0]).toEqual({
      position: 1,
      time: 1,
      type: 'gateway.stopped',
      severity: 'info',
      summary: 'Gateway stopped: stop 1',
      actor: 'gateway',
    });
  });

  it('are passed over, and counted, for a reader who is too far behind', async () => {
    const batches = await take(storeOf({ head: 20_000 }), 3, 2);
    expect(batches[1]).toEqual([20_000, { rows: [], head: 20_000, skipped: { skippedTo: 20_000, count: 19_997 } }]);
  });

  it('are passed over as well when the reader falls behind on the way', async () => {
    const state = { head: 1_000 };
    const batches: (readonly [number, LiveBatch])[] = [];
    const controller = new AbortController();
    for await (const batch of liveEvents(storeOf(state), 0, controller.signal)) {
      batches.push(batch);
      if (batches.length === 2) state.head = 9_000;
      if (batches.length === 3) break;
    }
    controller.abort();
    expect(batches[2]).toEqual([9_000, { rows: [], head: 9_000, skipped: { skippedTo: 9_000, count: 8_500 } }]);
    // 40 batches of 500 by the reader before, 17 by this one.
    expect(await metrics.text((name) => name === 'openclaw_sse_dropped_batches_total')).toMatch(/_total 57$/m);
  });

  it('go on while a view stands still', async () => {
    const batches = await take(storeOf({ head: 2 }, 'stand still'), 0, 2);
    expect(batches[1]?.[0]).toBe(2);
  });
});
