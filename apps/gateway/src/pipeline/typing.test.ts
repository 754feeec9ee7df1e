import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showTyping } from './typing.ts';

const received = { channel: 'telegram', account: 'default', peer: { kind: 'direct', id: '42' } } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('A6 typing is shown at once and every four seconds until the run ends', async () => {
  const shown: unknown[] = [];
  const end = showTyping({ typing: () => async (to) => void shown.push(to) }, received);
  expect(shown).toEqual([received.peer]);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(shown).toHaveLength(3);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown).toHaveLength(3);
});

test('A6 typing that fails is shown again, typing that hangs is given up and never doubled, and it ends with the run', async () => {
  let failures = 0;
  const endFailing = showTyping(
    {
      typing: () => async () => {
        failures++;
        throw new Error('no');
      },
    },
    received,
  );
  const signals: AbortSignal[] = [];
  const hang = (_: unknown, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<void>(() => undefined);
  };
  const endHanging = showTyping({ typing: () => hang }, received);
  await vi.advanceTimersByTimeAsync(9_000);
  expect([failures, signals.length]).toEqual([3, 1]);
  endFailing();
  endHanging();
  expect(signals[0]?.aborted).toBe(true);
});

test('A6 typing is not shown for ever', async () => {
  let shown = 0;
  showTyping({ typing: () => async () => void shown++ }, received);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(shown).toBe(151);
});

test('A6 a channel that cannot show typing needs no timer', () => {
  showTyping({}, received);
  showTyping({ typing: () => undefined }, received);
  expect(vi.getTimerCount()).toBe(0);
});
