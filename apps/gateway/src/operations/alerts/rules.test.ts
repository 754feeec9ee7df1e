import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../config/schema/index.ts';
import type { Facts } from './facts.ts';
import { type Reading, readAll } from './rules.ts';
import { SlidingCount } from './sliding-count.ts';
import { UsualGaps } from './usual-gaps.ts';

const NOW = Date.UTC(2026, 10, 27, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const WELL: Facts = {
  now: NOW,
  oldestMessageAt: undefined,
  ended: 100,
  givenUp: 0,
  channels: [{ channel: 'telegram', account: 'default', enabled: true, connected: true }],
  diskFreeBytes: 50 * 1024 ** 3,
  contradiction: undefined,
  head: 5000,
  projections: [{ name: 'messages', position: 5000, stopped: false }],
  tokensToday: 0,
  costToday: 0,
  certificateExpiresAt: NOW + 60 * DAY,
  outlets: [{ name: 'metrics', state: 'well' }],
  matched: new Map(),
};

function read(facts: Partial<Facts>, rules: object = {}): Record<string, Reading> {
  const { rules: settings } = configSchema.parse({ gateway: { monitoring: { alerts: { rules } } } }).gateway.monitoring.alerts;
  return Object.fromEntries([...readAll({ ...WELL, ...facts }, settings, {})].map(([name, { reading }]) => [name, reading]));
}

const badOnes = (facts: Partial<Facts>, rules: object = {}) =>
  Object.entries(read(facts, rules))
    .filter(([, { level }]) => level === 'bad')
    .map(([name]) => name);

describe('C3 the rules', () => {
  test('have nothing to say about a gateway that is well', () => {
    expect(badOnes({})).toEqual([]);
    expect(Object.values(read({})).every(({ level }) => level === 'well')).toBe(true);
  });

  test.each([
    ['queueAge', { oldestMessageAt: NOW - 121_000 }],
    ['errorRate', { ended: 10, givenUp: 2 }],
    ['diskLow', { diskFreeBytes: 1024 ** 3 - 1 }],
    ['logContradicted', { contradiction: 'The log is another one.' }],
    ['projectionLag:messages', { head: 20_000 }],
    ['projectionStopped:messages', { projections: [{ name: 'messages', position: 4000, stopped: true }] }],
    ['certificateExpiry', { certificateExpiresAt: NOW + 13 * DAY }],
    ['exportFailing:metrics', { outlets: [{ name: 'metrics', state: 'failing', problem: 'refused' }] }],
    [
      'channelDown:telegram/default',
      {
        channels: [
          { channel: 'telegram', account: 'default', enabled: true, connected: false, error: new GatewayError('CHANNEL_UNAUTHORIZED') },
        ],
      },
    ],
    [
      'channelSilent:telegram/default',
      {
        channels: [
          { channel: 'telegram', account: 'default', enabled: true, connected: true, lastMessageAt: NOW - 13 * HOUR, usualGapMs: HOUR },
        ],
      },
    ],
  ] as const satisfies readonly (readonly [string, Partial<Facts>])[])(
    '%s is bad beyond its threshold, and nothing else is',
    (name, facts) => {
      expect(badOnes(facts)).toEqual([name]);
      expect(read(facts)[name]?.text).toMatch(/\S.*\.$|refused|channel/i);
    },
  );

  test('gateway.monitoring.alerts.rules.tokensPerDay.threshold: without it nobody watches, above it the rule is bad', () => {
    expect(read({ tokensToday: 10 ** 9 })['tokensPerDay']).toBeUndefined();
    expect(badOnes({ tokensToday: 1001 }, { tokensPerDay: { threshold: 1000 } })).toEqual(['tokensPerDay']);
    expect(badOnes({ tokensToday: 1000 }, { tokensPerDay: { threshold: 1000 } })).toEqual([]);
  });

  test('gateway.monitoring.alerts.rules.costPerDay.threshold: in US dollars, with cents', () => {
    expect(read({ costToday: 10 ** 6 })['costPerDay']).toBeUndefined();
    expect(badOnes({ costToday: 12.51 }, { costPerDay: { threshold: 12.5 } })).toEqual(['costPerDay']);
    expect(badOnes({ costToday: 12.5 }, { costPerDay: { threshold: 12.5 } })).toEqual([]);
  });

  test('gateway.monitoring.alerts.rules.errorRate.{threshold,minMessages}: few messages say nothing', () => {
    expect(badOnes({ ended: 4, givenUp: 4 })).toEqual([]);
    expect(badOnes({ ended: 4, givenUp: 4 }, { errorRate: { minMessages: 4 } })).toEqual(['errorRate']);
    expect(badOnes({ ended: 10, givenUp: 2 }, { errorRate: { threshold: 0.5 } })).toEqual([]);
  });

  test('gateway.monitoring.alerts.rules.channelSilent.{threshold,atLeast}: a multiple of what is usual, and never too soon', () => {
    const channels = [
      { channel: 'telegram', account: 'default', enabled: true, connected: true, lastMessageAt: NOW - 2 * HOUR, usualGapMs: 60_000 },
    ];
    expect(badOnes({ channels })).toEqual([]);
    expect(badOnes({ channels }, { channelSilent: { atLeast: '1h' } })).toEqual(['channelSilent:telegram/default']);
    expect(badOnes({ channels }, { channelSilent: { atLeast: '1h', threshold: 200 } })).toEqual([]);
  });

  test('gateway.monitoring.alerts.rules.{queueAge,diskLow,projectionLag,certificateExpiry}.threshold decides', () => {
    expect(badOnes({ oldestMessageAt: NOW - 121_000 }, { queueAge: { threshold: '10m' } })).toEqual([]);
    expect(badOnes({ diskFreeBytes: 1024 ** 3 - 1 }, { diskLow: { threshold: '512m' } })).toEqual([]);
    expect(badOnes({ head: 20_000 }, { projectionLag: { threshold: 20_000 } })).toEqual([]);
    expect(badOnes({ certificateExpiresAt: NOW + 13 * DAY }, { certificateExpiry: { threshold: '7d' } })).toEqual([]);
  });

  test('a figure that trembles around its threshold is between', () => {
    expect(read({ oldestMessageAt: NOW - 119_000 })['queueAge']?.level).toBe('between');
    expect(read({ oldestMessageAt: NOW - 100_000 })['queueAge']?.level).toBe('well');
    expect(read({ diskFreeBytes: 1.05 * 1024 ** 3 })['diskLow']?.level).toBe('between');
  });

  test('a rule that is off reads nothing', () => {
    expect(read({}, { queueAge: { enabled: false } })['queueAge']).toBeUndefined();
  });
});

test('a sliding count forgets what is older than its window, and stays small', () => {
  const count = new SlidingCount(3000);
  for (let time = 0; time < 10_000; time += 10) count.add(time);
  expect(count.total(10_000)).toBeGreaterThanOrEqual(280);
  expect(count.total(10_000)).toBeLessThanOrEqual(300);
  expect(count.total(13_001)).toBe(0);
});

test('what is usual is known after twenty messages', () => {
  const gaps = new UsualGaps();
  for (let index = 0; index <= 19; index++) gaps.add('telegram/default', index * 1000);
  expect(gaps.of('telegram/default')).toEqual({ lastMessageAt: 19_000 });
  gaps.add('telegram/default', 20_000);
  expect(gaps.of('telegram/default')).toEqual({ lastMessageAt: 20_000, usualGapMs: 1000 });
});
