import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryLog, type Store } from '@openclaw-gateway/db';
import { MessageDeadLettered, MessageReceived, ModelResponded, type NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configSchema } from '../../config/schema/index.ts';
import type { ChannelStatus } from '../../parts.ts';
import { instrumentLog } from '../metrics/index.ts';
import { type Alerts, createAlerts } from './index.ts';
import { RULES } from './rules.ts';

const HOUR = 3_600_000;
const certificateFile = fileURLToPath(new URL('../../http/testing/tls/cert.pem', import.meta.url));
const expiresAt = new X509Certificate(readFileSync(certificateFile)).validToDate.getTime();
const NAMES = Object.keys(RULES);

let stateDir: string;
let now: number;
let alerts: Alerts;
let log: ReturnType<typeof instrumentLog>;

/** Everything is wrong with this gateway. */
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'alerts-'));
  // The morning of the day before the certificate expires.
  now = Math.floor(expiresAt / (24 * HOUR)) * 24 * HOUR - 16 * HOUR;
  const observers = new Set<Alerts['observe']>();
  log = instrumentLog(new MemoryLog(() => now), observers);
  const store = {
    log,
    views: { matching: async () => ({ rows: [], scannedTo: 0 }) },
    checkpoints: {
      onContradiction: (listener: (size: number) => void) => {
        listener(7);
        return () => undefined;
      },
    },
    projections: () => [
      { name: 'sessions', position: -20_000, stopped: false },
      { name: 'messages', position: 3, stopped: true },
    ],
    pseudonym: () => new Uint8Array(32),
  } as unknown as Store;
  const channels: ChannelStatus[] = [
    { channel: 'telegram', account: 'down', enabled: true, connected: false },
    { channel: 'telegram', account: 'silent', enabled: true, connected: true },
  ];
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  alerts = createAlerts({
    stateDir,
    gatewayId: 'gw_test',
    version: '1.0.0',
    store,
    senders: { send: async () => ({}) },
    record: async (streamId, event, metadata = {}) => void (await log.append({ events: [{ streamId, event, metadata }] })),
    logger: quiet,
    channels: () => channels,
    oldestMessageAt: () => now - HOUR,
    outlets: () => [{ name: 'metrics', state: 'failing', problem: 'refused' }],
    certificateExpiresAt: () => expiresAt,
    now: () => now,
  });
  observers.add(alerts.observe);
});

afterEach(async () => {
  await alerts.close();
  await rm(stateDir, { recursive: true });
});

function config(rule: object, alertsOf: object = {}) {
  const rules = Object.fromEntries(NAMES.map((name) => [name, { ...rule }]));
  Object.assign(rules['channelSilent'] ?? {}, { atLeast: '30m' });
  Object.assign(rules['diskLow'] ?? {}, { threshold: '1000000g' });
  Object.assign(rules['tokensPerDay'] ?? {}, { threshold: 100 });
  Object.assign(rules['costPerDay'] ?? {}, { threshold: 5 });
  Object.assign(rules['errorRate'] ?? {}, { window: '12h' });
  return configSchema.parse({ gateway: { monitoring: { alerts: { interval: '100ms', rules, ...alertsOf } } } });
}

const append = (...events: NewEvent[]) =>
  log.append({ events: events.map((event) => ({ streamId: 'session/ses_1', event, metadata: {} })) });

/** Messages of a chatty account, most of them given up, by an expensive model. */
async function misbehave(): Promise<void> {
  const start = now;
  for (let index = 0; index < 25; index++) {
    now = start + index * 1000;
    const messageId = `msg_${index}`;
    const received = {
      messageId,
      channel: 'telegram',
      account: 'silent',
      sender: { id: '1' },
      peer: { kind: 'direct', id: '1' },
      text: 'hi',
    } as const;
    const usage = { inputTokens: 100, outputTokens: 1, costUsd: 0.5 };
    await append(
      MessageReceived.create(received),
      ModelResponded.create({ runId: 'run_1', step: 1, text: '', toolCalls: [], finishReason: 'stop', usage, durationMs: 1 }),
      MessageDeadLettered.create({ messageId, stage: 'run', attempts: 1, problem: { code: 'MODEL_TIMEOUT', message: 'late' } }),
    );
  }
}

async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const stateOf = () => Object.fromEntries(alerts.list().rules.map(({ rule, state }) => [rule, state]));
const all = (state: string) => Object.fromEntries(NAMES.map((name) => [name, state]));
const recorded = async () =>
  (await log.readStream('alerts', { limit: 1000 })).map(({ type, data }) => ({ type, ...(data as { rule: string; severity?: string }) }));

test('C3 gateway.monitoring.alerts.rules.{queueAge,errorRate,channelDown,channelSilent,diskLow,logContradicted,projectionLag,projectionStopped,tokensPerDay,costPerDay,certificateExpiry,exportFailing}.{enabled,for,severity}: each waits, fires with its severity, and is over when it is switched off', async () => {
  await alerts.start(config({ for: '2h', severity: 'info' }));
  await misbehave();
  now += HOUR;
  await until(() => JSON.stringify(stateOf()) === JSON.stringify(all('pending')));
  expect(await recorded()).toEqual([]);
  now += 2 * HOUR;
  await until(() => JSON.stringify(stateOf()) === JSON.stringify(all('firing')));
  const fired = await recorded();
  expect(new Set(fired.map(({ type, severity }) => `${type} ${severity}`))).toEqual(new Set(['alert.fired info']));
  expect(new Set(fired.map(({ rule }) => rule))).toEqual(new Set(NAMES));
  alerts.apply(config({ enabled: false }));
  await until(() => JSON.stringify(stateOf()) === JSON.stringify(all('off')) && alerts.list().alerts.length === 0);
  expect((await recorded()).filter(({ type }) => type === 'alert.resolved')).toHaveLength(fired.length);
});

test('a log that contradicts its checkpoint is told with the size of that', async () => {
  await alerts.start(config({ for: '0s' }));
  await until(() => stateOf()['logContradicted'] === 'firing');
  expect(alerts.list().alerts.find(({ rule }) => rule === 'logContradicted')?.text).toContain('checkpoint of 7 events');
});

test('gateway.monitoring.alerts.enabled false: nothing is looked at', async () => {
  await alerts.start(config({ for: '0s' }, { enabled: false }));
  expect(alerts.list()).toMatchObject({ enabled: false, alerts: [] });
  expect(stateOf()).toEqual(all('off'));
  expect(await recorded()).toEqual([]);
});

test('one silence of everything holds for each rule, and an unknown rule is refused', async () => {
  await alerts.start(config({}));
  const actor = { type: 'user', id: 'usr_1' } as const;
  const { until: end } = await alerts.silence('all', HOUR, { actor });
  expect(end).toBe(now + HOUR);
  expect(alerts.list().rules.every(({ silencedUntil }) => silencedUntil === end)).toBe(true);
  expect(await alerts.unsilence('all', { actor })).toBe(true);
  expect(alerts.list().rules.every(({ silencedUntil }) => silencedUntil === undefined)).toBe(true);
  await expect(alerts.silence('nope', HOUR, { actor })).rejects.toMatchObject({ code: 'ALERT_RULE_UNKNOWN' });
});

test('C3 gateway.monitoring.alerts.queries and gateway.monitoring.alerts.queries.*.{enabled,query,window,threshold,for,severity}: so many events that match a query fire an alert of its own, which is over when they are past', async () => {
  const own = { query: 'type:message.dead_lettered data.problem.code:MODEL_TIMEOUT', window: '10m', threshold: 20, severity: 'critical' };
  const off = { query: 'type:message.*', enabled: false };
  const late = { query: 'type:message.received', for: '9h' };
  await alerts.start(config({ enabled: false }, { resolveAfter: '1s', queries: { slow: own, off, late } }));
  await misbehave();
  await until(() => stateOf()['query:slow'] === 'firing' && stateOf()['query:late'] === 'pending');
  expect(stateOf()['query:off']).toBe('off');
  expect(await recorded()).toMatchObject([
    { type: 'alert.fired', alert: 'query:slow', rule: 'query:slow', severity: 'critical', value: 25 },
  ]);
  await expect(alerts.silence('query:nobody', HOUR, { actor: { type: 'system', id: 'test' } })).rejects.toMatchObject({
    code: 'ALERT_RULE_UNKNOWN',
    message: expect.stringContaining('query:slow'),
  });
  await alerts.silence('query:slow', HOUR, { actor: { type: 'system', id: 'test' } });
  expect(alerts.list().rules.find(({ rule }) => rule === 'query:slow')).toMatchObject({ silencedUntil: now + HOUR, threshold: 20 });
  now += HOUR;
  await until(() => {
    now += 1000;
    return stateOf()['query:slow'] === 'well';
  });
  expect((await recorded()).map(({ type }) => type)).toEqual(['alert.fired', 'alert.silenced', 'alert.resolved']);
});
