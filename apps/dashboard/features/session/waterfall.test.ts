import { describe, expect, it } from 'vitest';
import { type TurnEvent, usageOf, waterfall } from './waterfall.ts';

const event = (position: number, time: number, type: string, facts: TurnEvent['facts'] = {}): TurnEvent => ({
  position,
  time,
  type,
  facts,
});

const ADMITTED = [
  event(1, 1_000, 'message.received', { channel: 'http' }),
  event(2, 1_000, 'auth.accepted', { rule: 'caller.token' }),
  event(3, 1_000, 'route.decided', { winner: 'agents.default' }),
  event(4, 1_000, 'message.queued'),
];

const summary = (events: readonly TurnEvent[], nowMs: number) =>
  waterfall(events, nowMs).bars.map(({ stage, startMs, endMs, outcome }) => [stage, startMs, endMs, outcome]);

it('the answers of models are summed up, and their price where one is known', () => {
  const answer = (facts: TurnEvent['facts']) => event(7, 1_040, 'model.responded', facts);
  expect(usageOf(ADMITTED)).toBeUndefined();
  expect(usageOf([answer({ inputTokens: 5, outputTokens: 7 }), answer({ inputTokens: 1, outputTokens: 2 })])).toEqual({
    inputTokens: 6,
    outputTokens: 9,
  });
  expect(usageOf([answer({ inputTokens: 5, outputTokens: 7, costUsd: 0.5 }), answer({ inputTokens: 1, outputTokens: 2 })])).toEqual({
    inputTokens: 6,
    outputTokens: 9,
    costUsd: 0.5,
  });
});

describe('waterfall', () => {
  it('shows every stage of an answered message on one axis', () => {
    const flow = waterfall(
      [
        ...ADMITTED,
        event(5, 1_010, 'run.started', { agentId: 'main' }),
        event(6, 1_010, 'model.requested', { provider: 'echo', model: 'echo' }),
        event(7, 1_040, 'model.responded', { firstTokenMs: 5 }),
        event(8, 1_040, 'run.completed'),
        event(9, 1_040, 'delivery.requested'),
        event(10, 1_040, 'delivery.attempted', { attempt: 1 }),
        event(11, 1_050, 'delivery.succeeded', { attempt: 1 }),
        event(12, 1_050, 'message.delivered'),
      ],
      9_999,
    );
    expect(flow).toMatchObject({ startTime: 1_000, totalMs: 50, settled: true });
    expect(flow.bars.map((bar) => bar.stage)).toEqual(['receive', 'authenticate', 'route', 'queue', 'agent', 'model', 'deliver']);
    expect(flow.bars.find((bar) => bar.stage === 'model')).toMatchObject({ label: 'echo/echo', startMs: 10, endMs: 40, firstTokenMs: 5 });
    expect(flow.bars.find((bar) => bar.stage === 'queue')).toMatchObject({ waiting: true, startMs: 0, endMs: 10 });
  });

  it('keeps failed attempts and the waits between them apart', () => {
    const rows = summary(
      [
        ...ADMITTED,
        event(5, 1_010, 'run.started', { agentId: 'main' }),
        event(6, 1_010, 'model.requested', { provider: 'p', model: 'm' }),
        event(7, 1_020, 'model.failed'),
        event(8, 1_020, 'run.failed', { retryAt: 2_000, problemCode: 'MODEL_UNAVAILABLE' }),
        event(9, 2_000, 'run.started', { agentId: 'main' }),
      ],
      2_500,
    );
    expect(rows.slice(3)).toEqual([
      ['queue', 0, 10, 'ok'],
      ['agent', 10, 20, 'failed'],
      ['model', 10, 20, 'failed'],
      ['queue', 20, 1_000, 'ok'],
      ['agent', 1_000, undefined, 'ongoing'],
    ]);
  });

  it('B15 sessions: a limit that took part has a lane of its own, until it lets the next attempt through', () => {
    const rows = summary(
      [
        ...ADMITTED,
        event(5, 1_010, 'run.started', { agentId: 'main' }),
        event(6, 1_010, 'model.requested', { provider: 'p', model: 'm' }),
        event(7, 1_020, 'model.failed', { problemCode: 'MODEL_RATE_LIMITED' }),
        event(8, 1_020, 'run.failed', { retryAt: 2_000, problemCode: 'MODEL_RATE_LIMITED' }),
        event(9, 2_000, 'run.started', { agentId: 'main' }),
        event(10, 2_010, 'run.completed'),
        event(11, 2_010, 'delivery.attempted', { attempt: 1 }),
        event(12, 2_020, 'delivery.failed', { problemCode: 'CHANNEL_RATE_LIMITED', retryAt: 3_000 }),
        event(13, 3_000, 'delivery.attempted', { attempt: 2 }),
        event(14, 3_010, 'delivery.failed', { problemCode: 'CHANNEL_RATE_LIMITED' }),
        event(15, 3_020, 'message.dead_lettered', { problemCode: 'CHANNEL_RATE_LIMITED' }),
      ],
      9_999,
    );
    expect(rows.filter(([stage]) => stage === 'rate-limit')).toEqual([
      ['rate-limit', 20, 1_000, 'ok'],
      ['rate-limit', 1_020, 2_000, 'ok'],
      ['rate-limit', 2_010, 2_020, 'failed'],
    ]);
    expect(rows.filter(([stage]) => stage === 'queue')).toHaveLength(1);
  });

  it('B15 sessions: a message that a limit turned away has the refusal in that lane, and one that met none has no such lane', () => {
    const turnedAway = [event(1, 1_000, 'message.received', {}), event(2, 1_001, 'message.rejected', { problemCode: 'RATE_LIMITED' })];
    expect(summary(turnedAway, 9_999)).toEqual([
      ['receive', 0, 0, 'ok'],
      ['rate-limit', 1, 1, 'failed'],
    ]);
    expect(summary(ADMITTED, 1_500).map(([stage]) => stage)).not.toContain('rate-limit');
  });

  it('measures tools by their call, also when two run at once', () => {
    const rows = summary(
      [
        ...ADMITTED,
        event(5, 1_000, 'tool.requested', { callId: 'a', tool: 'clock.now' }),
        event(6, 1_000, 'tool.requested', { callId: 'b', tool: 'files.read' }),
        event(7, 1_005, 'tool.failed', { callId: 'b' }),
        event(8, 1_009, 'tool.completed', { callId: 'a' }),
      ],
      1_010,
    );
    expect(rows.filter(([stage]) => stage === 'tool')).toEqual([
      ['tool', 0, 9, 'ok'],
      ['tool', 0, 5, 'failed'],
    ]);
  });

  it('ends what was cut off when the message was settled', () => {
    const flow = waterfall(
      [...ADMITTED, event(5, 1_001, 'run.started'), event(6, 1_030, 'message.no_reply', { reason: 'aborted' })],
      9_999,
    );
    expect(flow.bars.at(-1)).toMatchObject({ stage: 'agent', endMs: 30, outcome: 'failed' });
    expect(flow.totalMs).toBe(30);
  });

  it('is empty for no events', () => {
    expect(waterfall([], 5)).toEqual({ startTime: 5, totalMs: 0, settled: false, bars: [] });
  });
});
