import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TurnComparison, TurnVerdict } from './job.ts';
import { Spread, spanOf } from './spread.ts';
import { TURN_VERDICTS } from './turns.ts';

const USED = { inputTokens: 10, outputTokens: 5, costUsd: 0.5, unpriced: 0, modelMs: 1 };

const turn = (message: number, verdict: TurnVerdict, reply: string, used = USED): TurnComparison => {
  const side = { effects: [], failed: false, ...used };
  return {
    message,
    messageId: `msg_${message}`,
    position: message,
    text: 'hello',
    verdict,
    recorded: { ...side, reply: 'then' },
    replayed: { ...side, reply },
    missed: [],
    events: [{ patch: [] }],
  };
};

test('B16 several live runs: each message says how many answers and verdicts there were, and shows the first of the worst', () => {
  const spread = new Spread(3);
  spread.add([turn(1, 'text changed', 'yes')], USED);
  spread.add([turn(1, 'new effect', 'no', { ...USED, outputTokens: 25 })], { ...USED, outputTokens: 25 });
  spread.add([turn(1, 'new effect', 'yes')], { ...USED, costUsd: 2 });
  expect(spread.turns()).toMatchObject([
    {
      message: 1,
      run: 2,
      verdict: 'new effect',
      replayed: { reply: 'no' },
      events: [{ patch: [] }],
      spread: {
        runs: 3,
        distinctAnswers: 2,
        answers: [
          { text: 'yes', runs: [1, 3] },
          { text: 'no', runs: [2] },
        ],
        verdicts: { 'text changed': 1, 'new effect': 2 },
        tokens: { min: 15, median: 15, max: 35 },
      },
    },
  ]);
  expect(spread.runs()).toEqual({
    wanted: 3,
    completed: 3,
    tokens: { min: 15, median: 15, max: 35 },
    costUsd: { min: 0.5, median: 0.5, max: 2 },
  });
});

test('B16 a run that the budget stopped counts for its messages and not for the spread of whole runs; an unknown cost is none', () => {
  const spread = new Spread(5);
  spread.add([turn(1, 'identical', 'then'), turn(2, 'identical', 'then')], { ...USED, unpriced: 1 });
  spread.add([turn(1, 'text changed', 'now')], USED, { message: 2, of: 2, reason: 'spent' });
  expect(spread.runs()).toEqual({
    wanted: 5,
    completed: 1,
    stopped: { run: 2, message: 2, of: 2, reason: 'spent' },
    tokens: { min: 15, median: 15, max: 15 },
  });
  expect(spread.turns().map(({ message, spread: found }) => [message, found?.runs])).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('B16 the verdict of a message is the worst of its runs, whatever their order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TURN_VERDICTS), { minLength: 1, maxLength: 10 }), (verdicts) => {
      const spread = new Spread(verdicts.length);
      for (const verdict of verdicts) spread.add([turn(1, verdict, verdict)], USED);
      const [shown] = spread.turns();
      const worst = TURN_VERDICTS.find((verdict) => verdicts.includes(verdict));
      expect(shown?.verdict).toBe(worst);
      expect(shown?.run).toBe(verdicts.indexOf(worst ?? 'identical') + 1);
      expect(shown?.events).toHaveLength(1);
      expect(Object.values(shown?.spread?.verdicts ?? {}).reduce((a, b) => a + b, 0)).toBe(verdicts.length);
    }),
  );
});

test('B16 least, middle and most of numbers', () => {
  expect(spanOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(spanOf([7])).toEqual({ min: 7, median: 7, max: 7 });
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
      const { min, median, max } = spanOf(numbers);
      expect(min).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(max);
    }),
  );
});
