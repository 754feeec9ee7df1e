import { afterEach, expect, test, vi } from 'vitest';
import { readConfig } from '../config/read.ts';
import type { DataControl } from './data-control.ts';
import { scheduleRetention } from './schedule.ts';

afterEach(() => vi.useRealTimers());

test('D gateway.retention.interval is how often old events are looked for, also when it changes while the gateway runs', async () => {
  vi.useFakeTimers();
  let interval = '1h';
  const config = () => readConfig(`{ gateway: { retention: { interval: "${interval}" } } }`, { env: {} }).config;
  const retain = vi.fn(async () => ({ content: 0, debug: 0, removedFromArchive: 0, kept: 0, segments: [] }));
  const logger = { info: () => undefined, error: () => undefined };
  const schedule = scheduleRetention({ retain } as unknown as DataControl, config, logger as never, { type: 'system', id: 'test' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(retain).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3_600_000 - 1);
  expect(retain).toHaveBeenCalledTimes(1);
  interval = '1m';
  await vi.advanceTimersByTimeAsync(1);
  expect(retain).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(retain).toHaveBeenCalledTimes(4);
  await schedule.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(retain).toHaveBeenCalledTimes(4);
});
