import { GatewayError } from '@openclaw-gateway/events';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchOutage } from './outage.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function outageOf() {
  const lines: string[] = [];
  const logger = pino(
    { base: null, timestamp: false },
    { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  let reason: GatewayError | undefined;
  const outage = watchOutage(() => reason, logger);
  const away = (isAway: boolean) => {
    reason = isAway ? new GatewayError('DATABASE_UNAVAILABLE') : undefined;
  };
  return { outage, away, lines };
}

test('what ends in time ends as it does', async () => {
  const { outage, away } = outageOf();
  const work = Promise.withResolvers<string>();
  const answer = outage.inTime(work.promise);
  away(true);
  await vi.advanceTimersByTimeAsync(1500);
  away(false);
  await vi.advanceTimersByTimeAsync(60_000);
  work.resolve('stored');
  expect(await answer).toBe('stored');
  await expect(outage.inTime(Promise.reject(new GatewayError('OVERLOADED')))).rejects.toMatchObject({ code: 'OVERLOADED' });
});

test('who waits is told that nothing is known once the database has been out of reach for two seconds', async () => {
  const { outage, away } = outageOf();
  const answer = expect(outage.inTime(new Promise(() => undefined))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  away(true);
  await vi.advanceTimersByTimeAsync(2500);
  await answer;
});

test('the log has one line when the database goes and one when it is back', async () => {
  const { outage, away, lines } = outageOf();
  await vi.advanceTimersByTimeAsync(5000);
  away(true);
  await vi.advanceTimersByTimeAsync(5000);
  away(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toEqual(['the database is out of reach: no message is taken', 'the database is back']);
  outage.close();
  away(true);
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toHaveLength(2);
});
