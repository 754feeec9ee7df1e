import { ModelResponded, type NewEvent, SessionCompacted, type StoredEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import type { Config } from '../config/index.ts';
import { readConfig } from '../config/read.ts';
import { type Budgets, createBudgets } from './index.ts';

const NOON = Date.parse('2026-05-05T12:00:00Z');

function setUp(budgets: object, history: readonly StoredEvent[] = []) {
  const { config } = readConfig(JSON.stringify({ budgets }), { env: {} });
  const recorded: NewEvent[] = [];
  const clock = { now: NOON };
  const made: Budgets = createBudgets({
    settings: (): Config['budgets'] => config.budgets,
    store: {
      log: { head: () => history.length },
      waitForViews: async () => undefined,
      views: {
        matching: async ({ fromTime = 0, types = [] }, { after, limit }) => {
          const isAsked = ({ type, position, time }: StoredEvent) => types.includes(type) && position > after && time >= fromTime;
          const rows = history.filter(isAsked).slice(0, limit);
          return { rows, scannedTo: rows.at(-1)?.position ?? history.length };
        },
      },
    },
    record: async (_stream, event) => void recorded.push(event),
    onError: (error) => {
      throw error;
    },
    now: () => clock.now,
  });
  return { made, recorded, clock };
}

function summedUp(tokens: number, costUsd: number): StoredEvent {
  const usage = { inputTokens: tokens - 1, outputTokens: 1, costUsd };
  const event = SessionCompacted.create({
    ...{ sessionId: 'ses_1', summary: 'We spoke.', summarisedEntries: 4, keptEntries: 1, usage, durationMs: 1 },
  });
  position += 1;
  const where = { position: position + 1000, time: NOON, streamId: 'session/ses_1', version: 1 };
  return { ...event, ...where, metadata: { agentId: 'main', sessionId: 'ses_1' } } as unknown as StoredEvent;
}

let position = 0;
function used(tokens: number, { agentId = 'main', sessionId = 'ses_1', time = NOON, costUsd = 0, at = 0 } = {}): StoredEvent {
  const usage = { inputTokens: tokens, outputTokens: 0, costUsd };
  const event = ModelResponded.create({ runId: 'r', step: 1, text: '', toolCalls: [], finishReason: 'stop', usage, durationMs: 1 });
  position += 1;
  return {
    ...event,
    position: at || position + 1000,
    time,
    streamId: `session/${sessionId}`,
    version: 1,
    metadata: { agentId, sessionId },
  } as unknown as StoredEvent;
}

test('D budgets.perDay.tokens and budgets.warnAt warn once, then refuse, and say so in words and in the log', async () => {
  const { made, recorded } = setUp({ perDay: { tokens: 100 } });
  made.observe([used(79)]);
  expect(made.refusal('main', 'ses_1')).toBeUndefined();
  made.observe([used(1), used(5)]);
  await made.close();
  expect(recorded.map(({ type, data }) => [type, (data as { used: number }).used])).toEqual([['budget.warned', 80]]);
  made.observe([used(15), used(15)]);
  await made.close();
  expect(recorded.map(({ type }) => type)).toEqual(['budget.warned', 'budget.spent']);
  expect(made.refusal('other', 'ses_2')).toMatchObject({
    code: 'BUDGET_EXCEEDED',
    retryable: false,
    message: "Today's budget of 100 tokens is used up. Ask again after 00:00 (UTC).",
  });
  expect(made.list()).toMatchObject({
    day: '2026-05-05',
    budgets: [{ scope: 'day', unit: 'tokens', used: 115, limit: 100, state: 'spent' }],
  });
});

test('A8 what a summary of the conversation uses counts like an answer, for the day, its agent and its conversation, also after a restart', async () => {
  for (const budget of [{ perDay: { tokens: 100 } }, { perAgent: { tokens: 100 } }, { perSession: { costUsd: 1 } }]) {
    const { made } = setUp(budget);
    made.observe([used(60), summedUp(39, 0.9)]);
    expect(made.refusal('main', 'ses_1')).toBeUndefined();
    made.observe([summedUp(2, 0.1)]);
    expect(made.refusal('main', 'ses_1')?.code, JSON.stringify(budget)).toBe('BUDGET_EXCEEDED');
  }
  const { made } = setUp({ perDay: { tokens: 100 } }, [used(60, { at: 1 }), { ...summedUp(40, 0), position: 2 }]);
  await made.read();
  expect(made.refusal('main', 'ses_1')?.code).toBe('BUDGET_EXCEEDED');
});

test('D budgets.{perAgent,perSession}.{tokens,costUsd} and budgets.perDay.costUsd are counted apart', () => {
  const { made } = setUp({ perAgent: { tokens: 10, costUsd: 1 }, perSession: { tokens: 5, costUsd: 1 }, perDay: { costUsd: 2 } });
  made.observe([used(6, { agentId: 'a', sessionId: 's1' })]);
  expect([made.refusal('a', 's1')?.details?.['scope'], made.refusal('a', 's2'), made.refusal('b', 's3')]).toEqual([
    'session',
    undefined,
    undefined,
  ]);
  made.observe([used(4, { agentId: 'a', sessionId: 's2' })]);
  expect(made.refusal('a', 's2')?.details).toMatchObject({ scope: 'agent', unit: 'tokens', used: 10 });
  made.observe([used(0, { agentId: 'b', sessionId: 's3', costUsd: 1.5 })]);
  expect(made.refusal('b', 's4')?.details).toMatchObject({ scope: 'agent', unit: 'usd' });
  made.observe([used(0, { agentId: 'c', sessionId: 's5', costUsd: 0.5 })]);
  expect(made.refusal('d', 's6')?.message).toContain("Today's budget of $2.00 is used up");
});

test('D budgets.timeZone says when a budget is whole again', () => {
  const { made, clock } = setUp({ timeZone: 'America/New_York', perDay: { tokens: 10 } });
  made.observe([used(10)]);
  clock.now = Date.parse('2026-05-06T03:59:00Z');
  expect(made.refusal('main', 'ses_1')?.message).toContain('Ask again after 00:00 (America/New_York)');
  clock.now = Date.parse('2026-05-06T04:00:00Z');
  expect(made.refusal('main', 'ses_1')).toBeUndefined();
});

test('A8 what was used survives a restart, and what was told is not told again', async () => {
  const history = [used(50, { at: 1, time: NOON - 86_400_000 }), used(60, { at: 2 }), used(30, { at: 3 })];
  const first = setUp({ perDay: { tokens: 100 } }, history);
  first.made.observe([used(10)]);
  await first.made.read();
  await first.made.read();
  await first.made.close();
  expect(first.made.list().budgets[0]).toMatchObject({ used: 100, state: 'spent' });
  expect(first.recorded.map(({ type }) => type)).toEqual(['budget.warned', 'budget.spent']);
  const told = first.recorded.map(
    (event, index) =>
      ({ ...event, position: 4 + index, time: NOON, streamId: 'budgets', version: 1, metadata: {} }) as unknown as StoredEvent,
  );
  const second = setUp({ perDay: { tokens: 100 } }, [...history, ...told, used(10, { at: 6 })]);
  await second.made.read();
  await second.made.close();
  expect([second.made.refusal('main', 'x')?.code, second.recorded]).toEqual(['BUDGET_EXCEEDED', []]);
});

test('A8 without a budget nothing is read and nobody is refused', async () => {
  const { made, recorded } = setUp({});
  await made.read();
  made.observe([used(1_000_000)]);
  expect([made.refusal('main', 'ses_1'), recorded, made.list().budgets]).toEqual([undefined, [], []]);
});
