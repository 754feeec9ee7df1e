import type { EventRow, MessageJourney, Overview } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { needsAttention } from './attention.ts';

const NOW = 10 * 86_400_000;
const overview: Overview = {
  head: 1,
  headTime: 1,
  receivedPerMinute: 0,
  deliveredPerMinute: 0,
  replyMs: { sample: 0 },
  errorsLastHour: 0,
  settledLastHour: 0,
  givenUpLastHour: 0,
  eventsLastDay: 0,
  unsettled: 0,
  held: 0,
  deadLetteredLastDay: 0,
  rejectedLastDay: 0,
  sessions: 0,
  projections: [{ name: 'messages', version: 1, position: 1, lagEvents: 0 }],
};
const message: MessageJourney = {
  messageId: 'msg_1',
  position: 4,
  channel: 'http',
  senderId: 'alice',
  text: 'hello\nthere',
  sessionId: 'ses_1',
  status: 'held',
  settled: false,
  problem: { code: 'DELIVERY_UNCERTAIN', message: 'It may have arrived.' },
  receivedAt: NOW - 5_000,
  duplicates: 0,
  attempts: 1,
};
const well = { overview, channels: [], held: [], deadLettered: [], nowMs: NOW };

describe('what needs a person', () => {
  it('is nothing when all is well', () => {
    expect(needsAttention(well)).toEqual([]);
  });

  it('A8 names a conversation that is in quarantine, and none that was released since', () => {
    const event = (position: number, sessionId: string, type: string) =>
      ({ position, sessionId, type, time: 7, summary: 'why' }) as EventRow;
    const quarantines = [
      event(9, 'ses_2', 'session.released'),
      event(8, 'ses_2', 'session.quarantined'),
      event(7, 'ses_1', 'session.quarantined'),
    ];
    expect(needsAttention({ ...well, quarantines })).toMatchObject([
      { kind: 'quarantined', sessionId: 'ses_1', problem: 'why', position: 7 },
    ]);
  });

  it('B15 leads from messages without an answer and from rejected ones to the one to look at first', () => {
    const rejected = { position: 8, correlationId: 'msg_2', type: 'message.rejected', time: 7, summary: 'no' } as EventRow;
    const waiting = { ...overview, unsettled: 2, oldestUnsettledAt: NOW - 120_000, rejectedLastDay: 3 };
    expect(needsAttention({ ...well, overview: waiting, unsettled: message, rejected })).toMatchObject([
      { kind: 'unsettled', count: 2, example: { position: 4, messageId: 'msg_1', sessionId: 'ses_1' } },
      { kind: 'rejected', count: 3, example: { position: 8, messageId: 'msg_2' } },
    ]);
    expect(needsAttention({ ...well, overview: { ...waiting, oldestUnsettledAt: NOW } })).toEqual([
      { kind: 'rejected', severity: 'warn', count: 3 },
    ]);
  });

  it('comes with the gravest first', () => {
    const items = needsAttention({
      ...well,
      overview: {
        ...overview,
        unsettled: 3,
        oldestUnsettledAt: NOW - 61_000,
        rejectedLastDay: 2,
        projections: [
          { name: 'messages', version: 1, position: 1, lagEvents: 5_000 },
          { name: 'sessions', version: 1, position: 1, lagEvents: 9_000, stoppedAt: { position: 7, message: 'boom' } },
        ],
      },
      held: [message],
      deadLettered: [{ ...message, messageId: 'msg_2', status: 'dead_lettered', settled: true }],
      channels: [
        {
          channel: 'telegram',
          account: 'main',
          enabled: true,
          connected: false,
          since: 3,
          error: new GatewayError('CHANNEL_UNAUTHORIZED'),
        },
      ],
    });
    expect(items.map((item) => item.kind)).toEqual([
      'projection_stopped',
      'held',
      'dead_lettered',
      'channel_down',
      'unsettled',
      'projection_lagging',
      'rejected',
    ]);
    expect(items[0]).toMatchObject({ subject: 'sessions', position: 7, problem: 'boom' });
    expect(items[1]).toMatchObject({ subject: 'hello there', messageId: 'msg_1', sessionId: 'ses_1', problem: 'It may have arrived.' });
    expect(items[3]).toMatchObject({ subject: 'telegram/main', since: 3 });
  });

  it('leaves alone what is still young, old news, and channels that are off', () => {
    const items = needsAttention({
      ...well,
      overview: { ...overview, unsettled: 1, oldestUnsettledAt: NOW - 59_000 },
      deadLettered: [{ ...message, status: 'dead_lettered', receivedAt: NOW - 25 * 3_600_000 }],
      channels: [{ channel: 'telegram', account: 'main', enabled: false, connected: false }],
    });
    expect(items).toEqual([]);
  });
});
