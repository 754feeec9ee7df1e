import type { NewEvent } from '@openclaw-gateway/events';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type MemoryState, memoryLimit, nextState, watchMemory } from './memory.ts';

const GB = 1024 ** 3;

describe('the limit', () => {
  const machine = { constrained: 0, total: 8 * GB };

  test('D gateway.limits.memory is the limit; without it that of the control group, else 75 % of the machine', () => {
    expect(memoryLimit(2 * GB, machine)).toEqual({ bytes: 2 * GB, from: 'gateway.limits.memory' });
    expect(memoryLimit(undefined, machine)).toEqual({ bytes: 6 * GB, from: 'machine' });
    expect(memoryLimit(undefined, { ...machine, constrained: GB })).toEqual({ bytes: GB, from: 'control group' });
  });

  test('a control group that allows less than is configured decides, one without a limit does not', () => {
    expect(memoryLimit(2 * GB, { ...machine, constrained: GB })).toEqual({ bytes: GB, from: 'control group' });
    expect(memoryLimit(undefined, { ...machine, constrained: 2 ** 64 })).toEqual({ bytes: 6 * GB, from: 'machine' });
  });
});

test.each([
  ['normal', 0.79, 'normal'],
  ['normal', 0.8, 'elevated'],
  ['normal', 0.85, 'high'],
  ['normal', 0.95, 'critical'],
  ['critical', 0.91, 'critical'],
  ['critical', 0.89, 'high'],
  ['high', 0.81, 'high'],
  ['high', 0.79, 'elevated'],
  ['elevated', 0.76, 'elevated'],
  ['critical', 0.74, 'normal'],
] as const)('after %s a share of %d is %s', (before: MemoryState, share, after) => {
  expect(nextState(before, share)).toBe(after);
});

describe('the watch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watch() {
    const recorded: NewEvent[] = [];
    const logged: string[] = [];
    const sample = { rss: 100, heapUsed: 0, heapLimit: 1000 };
    const work = { underWay: 1 };
    const memory = watchMemory({
      limit: () => 1000,
      record: async (event) => recorded.push(event),
      logger: pino({ level: 'info' }, { write: (line: string) => logged.push((JSON.parse(line) as { msg: string }).msg) }),
      isQuiet: () => work.underWay === 0,
      sample: () => sample,
    });
    return { memory, sample, work, recorded, logged };
  }
  const refused = (memory: ReturnType<typeof watch>['memory']) =>
    (['read', 'message', 'request'] as const).filter((demand) => memory.refusal(demand) !== undefined);

  test('A8 refuses large reads first, then messages, then everything, and takes them up again in turn', () => {
    const { memory, sample } = watch();
    const seen = [500, 820, 870, 960, 910, 880, 790, 700].map((rss) => {
      sample.rss = rss;
      vi.advanceTimersByTime(1000);
      return refused(memory).length;
    });
    expect(seen).toEqual([0, 1, 2, 3, 3, 2, 1, 0]);
  });

  test('says in the log and records each change of state, once', async () => {
    const { sample, recorded, logged } = watch();
    for (const rss of [870, 875, 880, 700, 690]) {
      sample.rss = rss;
      vi.advanceTimersByTime(1000);
    }
    expect(recorded.map(({ type, data }) => ({ type, ...(data as object) }))).toEqual([
      { type: 'gateway.memory_changed', from: 'normal', to: 'high', usedBytes: 870, limitBytes: 1000, percentage: 87 },
      { type: 'gateway.memory_changed', from: 'high', to: 'normal', usedBytes: 700, limitBytes: 1000, percentage: 70 },
    ]);
    expect(logged).toEqual(['memory is short', 'memory is freer']);
  });

  test('A8 what is left when nothing is under way does not keep messages out, and what comes on top of it counts', () => {
    const { memory, sample, work } = watch();
    const after = (rss: number, ms = 1000) => {
      sample.rss = rss;
      vi.advanceTimersByTime(ms);
      return memory.use().state;
    };
    expect(after(880, 10_000)).toBe('high');
    work.underWay = 0;
    expect(after(880)).toBe('high');
    expect(after(880, 3000)).toBe('normal');
    work.underWay = 1;
    expect(after(900)).toBe('normal');
    expect(after(945)).toBe('elevated');
    expect(after(951)).toBe('critical');
    expect(after(700)).toBe('normal');
    // It was given back after all: from now on all of it counts again.
    expect(after(860)).toBe('high');
  });

  test('a heap that is nearly full counts as much as a process that is', () => {
    const { memory, sample } = watch();
    sample.heapUsed = 900;
    vi.advanceTimersByTime(1000);
    expect(memory.use()).toMatchObject({ state: 'high', usedBytes: 100, percentage: 90 });
    expect(memory.refusal('message')).toMatchObject({
      code: 'OVERLOADED',
      message: 'The gateway uses 90 % of its memory of 0MB and takes no new messages until that is below 80 %.',
      details: { retryAfterMs: 2000 },
    });
  });

  test('asks for memory to be given back while it is short, less and less often where that does not help', () => {
    const { memory, sample } = watch();
    let asked = 0;
    memory.onPressure(() => (asked += 1));
    vi.advanceTimersByTime(10_000);
    expect(asked).toBe(0);
    sample.rss = 820;
    vi.advanceTimersByTime(5000);
    expect(asked).toBe(3);
    vi.advanceTimersByTime(60_000);
    expect(asked).toBeLessThan(16);
    // It got worse: at once again.
    const before = asked;
    sample.rss = 960;
    vi.advanceTimersByTime(400);
    expect(asked).toBe(before + 1);
  });
});
