import { describe, expect, test } from 'vitest';
import { messageFlow } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';

const HOUR_MS = 3_600_000;
const one = { channel: 'telegram', account: 'one' };
const two = { channel: 'telegram', account: 'two' };
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('C1 what came and went by an account', () => {
  test('is told of each account of a channel apart, with failed attempts and what was given up', () => {
    using store = new InThreadStore();
    const flows = [
      messageFlow('ses_a', one),
      messageFlow('ses_a', { ...one, outcome: 'delivered_after_retry' }),
      messageFlow('ses_b', { ...two, outcome: 'dead_lettered' }),
      messageFlow('ses_c', { ...two, channel: 'slack' }),
    ];
    for (const { commits } of flows) store.append(...commits);
    const reader = store.viewReader(store.project('views'));
    const totals = (of: typeof one) => {
      const { received, delivered, failed } = reader.traffic(of, Date.now());
      return [received, delivered, failed].map(sum);
    };
    expect(totals(one)).toEqual([2, 2, 1]);
    expect(totals(two)).toEqual([1, 0, 1]);
    expect(totals({ ...two, channel: 'slack' })).toEqual([1, 1, 0]);
    expect(totals({ ...one, account: 'other' })).toEqual([0, 0, 0]);
  });

  test('stands in the hour that it happened in, for 24 hours; the newest times stay', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', one).commits);
    const reader = store.viewReader(store.project('views'));
    const now = Date.now();
    const hours = (later: number) => reader.traffic(one, now + later * HOUR_MS);
    expect(hours(0).received).toHaveLength(24);
    expect(hours(0).received.at(-1)).toBe(1);
    expect(hours(3).received.at(-4)).toBe(1);
    expect(sum(hours(25).received)).toBe(0);
    const { lastReceivedAt = 0, lastDeliveredAt = 0 } = hours(25);
    expect(now - lastReceivedAt).toBeLessThan(60_000);
    expect(lastDeliveredAt).toBeGreaterThanOrEqual(lastReceivedAt);
    expect(reader.traffic(two, now)).not.toHaveProperty('lastReceivedAt');
  });

  test('dead letters are listed by account', () => {
    using store = new InThreadStore();
    const [first, second] = [one, two].map((of) => messageFlow('ses_a', { ...of, outcome: 'dead_lettered' }));
    for (const flow of [first, second]) store.append(...(flow?.commits ?? []));
    const reader = store.viewReader(store.project('views'));
    const listed = reader.messages({ status: 'dead_lettered', ...two }, { limit: 5 }).rows;
    expect(listed.map(({ messageId }) => messageId)).toEqual([second?.messageId]);
  });
});
