import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LogCheckState } from './log-check.ts';
import { createScheduledCheck } from './scheduled-check.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOUR_MS = 3_600_000;

function setUp() {
  let state: Partial<LogCheckState> | undefined;
  let head = 100;
  const started: unknown[] = [];
  const scheduled = createScheduledCheck({
    check: {
      start: (...asked) => {
        started.push(asked);
        return {} as LogCheckState;
      },
      state: () => state as LogCheckState | undefined,
    },
    head: () => head,
  });
  const ended = (part: Partial<LogCheckState>, newHead: number) => {
    state = part;
    head = newHead;
  };
  return { scheduled, started, ended };
}

it('D gateway.logging.audit.verifyEvery: what is new is checked by itself, gently, and 0 ends it', () => {
  const { scheduled, started } = setUp();
  scheduled.apply({ verifyEvery: HOUR_MS });
  expect(scheduled.nextAt()).toBe(Date.now() + HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS);
  expect(started).toEqual([[{}, { type: 'system', id: 'scheduled-check' }, { gently: true }]]);
  vi.advanceTimersByTime(HOUR_MS);
  expect(started).toHaveLength(2);
  scheduled.apply({ verifyEvery: 0 });
  expect(scheduled.nextAt()).toBeUndefined();
  vi.advanceTimersByTime(10 * HOUR_MS);
  expect(started).toHaveLength(2);
});

it('the same configuration again does not put a check off', () => {
  const { scheduled, started } = setUp();
  scheduled.apply({ verifyEvery: HOUR_MS });
  vi.advanceTimersByTime(HOUR_MS - 1);
  scheduled.apply({ verifyEvery: HOUR_MS });
  vi.advanceTimersByTime(1);
  expect(started).toHaveLength(1);
});

it('leaves it when a check runs, and when nothing came but the record of the last one', () => {
  const { scheduled, started, ended } = setUp();
  scheduled.apply({ verifyEvery: HOUR_MS });
  ended({ state: 'running' }, 200);
  vi.advanceTimersByTime(HOUR_MS);
  ended({ state: 'done', result: { ok: true, to: 200 } as LogCheckState['result'] & object }, 201);
  vi.advanceTimersByTime(HOUR_MS);
  expect(started).toHaveLength(0);
  ended({ state: 'done', result: { ok: true, to: 200 } as LogCheckState['result'] & object }, 202);
  vi.advanceTimersByTime(HOUR_MS);
  expect(started).toHaveLength(1);
  scheduled.close();
});
