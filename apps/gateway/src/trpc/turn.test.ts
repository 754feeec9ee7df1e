import type { EventDetail, MessageJourney } from '@openclaw-gateway/db';
import type { TranscriptEntry } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { conversation } from './conversation.ts';
import { recordedRoute, toTurnEvent } from './turn.ts';

const detail = (type: string, data: unknown): EventDetail => ({
  position: 3,
  time: 1,
  type,
  severity: 'info',
  summary: '',
  id: 'evt_1',
  streamId: 's',
  version: 1,
  schemaVersion: 1,
  data,
  dataTruncated: false,
  metadata: {},
  hash: '',
  previousHash: '',
});

describe('a turn', () => {
  it('carries the short single values of an event, never its payload', () => {
    const { facts } = toTurnEvent(
      detail('run.failed', { attempt: 2, text: 'x'.repeat(201), nested: { a: 1 }, problem: { code: 'MODEL_TIMEOUT', message: 'late' } }),
    );
    expect(facts).toEqual({ attempt: 2, problemCode: 'MODEL_TIMEOUT', problemMessage: 'late' });
    expect(toTurnEvent(detail('run.failed', null)).facts).toEqual({});
    expect(toTurnEvent(detail('model.responded', { step: 1, usage: { inputTokens: 5, outputTokens: 7, costUsd: 0.01 } })).facts).toEqual({
      step: 1,
      inputTokens: 5,
      outputTokens: 7,
      costUsd: 0.01,
    });
  });

  it('shows the recorded decision, and nothing where it was erased or cut', () => {
    const decision = { candidates: [], configHash: 'abcdef01', evaluatorVersion: 1, durationUs: 5, agentId: 'main' };
    expect(recordedRoute([detail('auth.accepted', {}), detail('route.decided', decision)])).toEqual({ position: 3, ...decision });
    expect(recordedRoute([detail('route.decided', { erased: true })])).toBeUndefined();
    expect(recordedRoute([{ ...detail('route.decided', decision), dataTruncated: true }])).toBeUndefined();
    expect(recordedRoute([])).toBeUndefined();
  });
});

describe('a conversation', () => {
  const journey = (messageId: string, position: number, more: Partial<MessageJourney> = {}): MessageJourney => ({
    messageId,
    position,
    channel: 'http',
    senderId: 'alice',
    text: messageId,
    status: 'delivered',
    settled: true,
    receivedAt: position,
    duplicates: 0,
    attempts: 1,
    ...more,
  });
  const at = { time: 1, position: 1 };
  const transcript: TranscriptEntry[] = [
    { role: 'user', text: 'a', messageId: 'msg_a', ...at },
    { role: 'assistant', text: '', toolCalls: [{ callId: 'c1', tool: 'clock.now', arguments: { zone: 'UTC' } }], ...at },
    { role: 'tool', callId: 'c1', tool: 'clock.now', result: { time: 'noon' }, failed: false, ...at },
    { role: 'assistant', text: 'noon', toolCalls: [], ...at },
    { role: 'user', text: 'b', messageId: 'msg_b', ...at },
  ];

  it('is in the order things were said, each message with its own tool calls', () => {
    const turns = conversation([journey('msg_b', 9), journey('msg_a', 1)], transcript);
    expect(turns.map((turn) => [turn.messageId, turn.tools.length])).toEqual([
      ['msg_a', 1],
      ['msg_b', 0],
    ]);
    expect(turns[0]?.tools[0]).toMatchObject({ tool: 'clock.now', arguments: '{"zone":"UTC"}', result: '{"time":"noon"}', failed: false });
  });

  it('cuts what is too long for a page and says so', () => {
    const [turn] = conversation([journey('msg_a', 1, { text: 'x'.repeat(9_000), reply: 'short' })], transcript);
    expect(turn).toMatchObject({ textTruncated: true, reply: 'short', replyTruncated: false });
    expect(turn?.text).toHaveLength(8_192);
  });
});
