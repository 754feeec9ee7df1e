import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { GatewayError, type NewEvent } from '@openclaw-gateway/events';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../config/read.ts';
import type { RunningPipeline } from '../pipeline/index.ts';
import { allEvents, createWorld, startLife, type World } from '../pipeline/pipeline-fixture.ts';
import { createSchedules, type Schedules } from './index.ts';

const at = (text: string) => Date.parse(`2026-02-0${text}Z`);
const NINE = '0 9 * * *';
const MORNING = { cron: NINE, text: 'What is new?', channel: 'telegram', to: { id: '42' } };

let dir: string;
let world: World;
let clock: number;
let table: object;
let life: { readonly store: Store; readonly pipeline: RunningPipeline; readonly schedules: Schedules } | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'schedules-'));
  clock = at('1T08:00:00');
  world = createWorld();
});

afterEach(async () => {
  await end();
  await rm(dir, { recursive: true, force: true });
});

const configured = (schedules: object) =>
  readConfig(JSON.stringify({ schedules, channels: { telegram: { botToken: 't' } } }), { env: {} }).config.schedules;

/** One life of the process, on the log that the one before left. */
async function live(entries: object, { dieBefore }: { dieBefore?: string } = {}) {
  await end();
  table = entries;
  const store = await openStore({ dir, diskLowBytes: 0 });
  const { pipeline } = startLife({ ...world, config: JSON.stringify({ agents: { list: [{ id: 'main' }, { id: 'ops' }] } }) }, undefined, {
    store,
  });
  await pipeline.recover();
  const schedules = createSchedules({
    settings: () => configured(table),
    pipeline,
    store,
    record: async (streamId, event: NewEvent, metadata) => {
      if (event.type === dieBefore) throw new GatewayError('LOG_CORRUPT');
      await store.log.append({ events: [{ streamId, event, metadata }] });
    },
    logger: pino({ level: 'silent' }),
    now: () => clock,
  });
  life = { store, pipeline, schedules };
  await schedules.apply();
  return life;
}

async function end(): Promise<void> {
  if (!life) return;
  await life.schedules.stop();
  await life.pipeline.stop(1000);
  await life.store.close();
  life = undefined;
}

async function later(time: string): Promise<void> {
  clock = at(time);
  await life?.schedules.apply();
}

async function events(...types: string[]) {
  const all = life ? await allEvents(life.store.log) : [];
  return all.filter(({ type }) => types.includes(type));
}
const received = () => events('message.received');

test('D `schedules`: each fires at its time, once, as a message of the conversation, and the log says so', async () => {
  await live({ morning: MORNING });
  expect(await received()).toEqual([]);
  await later('1T09:00:00');
  await later('1T09:00:30');
  const [message, ...others] = await received();
  expect(others).toEqual([]);
  expect(message?.metadata.actor).toEqual({ type: 'system', id: 'gateway' });
  const [fired] = await events('schedule.fired');
  expect(fired?.data).toMatchObject({
    name: 'morning',
    plannedAt: at('1T09:00:00'),
    why: 'due',
    messageId: message?.metadata.correlationId,
  });
});

test('a schedule fires by itself when its time comes', async () => {
  clock = at('1T09:00:00') - 300;
  await live({ morning: MORNING });
  clock = at('1T09:00:00');
  await vi.waitFor(async () => expect(await events('schedule.fired')).toHaveLength(1), { timeout: 20_000, interval: 20 });
  expect(await received()).toHaveLength(1);
});

test('what the gateway could not take for the moment is submitted again', async () => {
  const { pipeline } = await live({ morning: MORNING });
  const { receive } = pipeline;
  pipeline.receive = async () => {
    throw new GatewayError('OVERLOADED');
  };
  await later('1T09:00:00');
  expect(await events('schedule.fired', 'schedule.failed')).toEqual([]);
  pipeline.receive = receive;
  await later('1T09:01:00');
  expect((await events('schedule.fired'))[0]?.data).toMatchObject({ plannedAt: at('1T09:00:00'), why: 'due' });
});

test('what will never be taken is recorded as failed, once, and the next time counts', async () => {
  const { schedules } = await live({ morning: { ...MORNING, agentId: 'nobody' } });
  await later('1T09:00:00');
  await later('1T09:01:00');
  expect(await events('schedule.failed')).toHaveLength(1);
  const last = { outcome: 'failed', plannedAt: at('1T09:00:00'), error: { code: expect.stringMatching(/AGENT/) } };
  expect(await schedules.list()).toMatchObject([{ last }]);
});

test('D schedules.*.{text,channel,account,agentId} and schedules.*.to.{kind,id} say who answers what, and where the answer goes', async () => {
  await live({ morning: { ...MORNING, account: 'second', agentId: 'ops', to: { kind: 'group', id: '-7' } } });
  await later('1T09:00:00');
  const [message] = await received();
  expect(message?.data).toMatchObject({ text: 'What is new?', channel: 'telegram', account: 'second', peer: { kind: 'group', id: '-7' } });
  expect(message?.metadata.agentId).toBe('ops');
  await life?.pipeline.outcome(message?.metadata.correlationId ?? '', { timeoutMs: 10_000 });
  expect(world.sent).toMatchObject([{ to: { kind: 'group', id: '-7' }, text: 're: What is new?' }]);
  expect(world.sent[0]?.replyTo).toBeUndefined();
});

test('D schedules.*.cron and schedules.*.timeZone say when, and a change counts from then on', async () => {
  await live({ morning: { ...MORNING, timeZone: 'Europe/Berlin' } });
  expect((await life?.schedules.list())?.[0]?.next).toBe(at('2T08:00:00'));
  table = { morning: { ...MORNING, cron: '*/10 * * * *' } };
  await later('1T08:05:00');
  expect(await received()).toEqual([]);
  await later('1T08:10:00');
  expect(await received()).toHaveLength(1);
});

test('D schedules.*.cron that is none, or has no time, is refused with its path and what was expected', () => {
  for (const cron of ['soon', '61 * * * *', '* * * * * *', '0 0 30 2 *', '']) {
    expect(() => configured({ morning: { ...MORNING, cron } })).toThrow(/schedules\.morning\.cron.*a cron expression of five fields/s);
  }
  expect(() => configured({ morning: { ...MORNING, timeZone: 'Moon' } })).toThrow(/schedules\.morning\.timeZone.*a time zone such as/s);
});

test('D schedules.*.enabled: what is off does not fire, nor for the time it was off once it is on again', async () => {
  await live({ morning: { ...MORNING, enabled: false } });
  await later('1T09:00:00');
  table = { morning: MORNING };
  await later('1T10:00:00');
  expect(await received()).toEqual([]);
  await later('2T09:00:00');
  expect(await received()).toHaveLength(1);
});

test('a schedule that was taken out and put back does not make up for the time between', async () => {
  await live({ morning: MORNING });
  table = {};
  await later('1T08:30:00');
  table = { morning: MORNING };
  await later('1T10:00:00');
  expect(await received()).toEqual([]);
});

test('D schedules.*.missed is "run-once": times that passed while nothing ran make one message', async () => {
  await live({ morning: MORNING });
  await end();
  clock = at('4T12:00:00');
  await live({ morning: MORNING });
  expect(await received()).toHaveLength(1);
  expect((await events('schedule.fired'))[0]?.data).toMatchObject({ plannedAt: at('4T09:00:00'), why: 'missed' });
  await live({ morning: MORNING });
  expect(await received()).toHaveLength(1);
});

test('D schedules.*.missed is "skip": times that passed while nothing ran make none, and the log says so once', async () => {
  const skipping = { morning: { ...MORNING, missed: 'skip' } };
  await live(skipping);
  await end();
  clock = at('4T12:00:00');
  await live(skipping);
  await live(skipping);
  expect(await received()).toEqual([]);
  expect((await events('schedule.skipped')).map(({ data }) => data)).toMatchObject([{ plannedAt: at('4T09:00:00') }]);
  await later('5T09:00:00');
  expect(await received()).toHaveLength(1);
});

test('a crash between the message and the record of its firing does not make a second message', async () => {
  await live({ morning: MORNING }, { dieBefore: 'schedule.fired' });
  await later('1T09:00:00');
  expect(await received()).toHaveLength(1);
  expect(await events('schedule.fired')).toEqual([]);
  await live({ morning: MORNING });
  expect(await received()).toHaveLength(1);
  const [message] = await received();
  expect((await events('schedule.fired')).map(({ data }) => data)).toMatchObject([{ messageId: message?.metadata.correlationId }]);
});

test('one is run when asked for, by whom is recorded, and is listed with what became of it', async () => {
  const { schedules } = await live({ morning: MORNING });
  const actor = { type: 'user', id: 'ann' } as const;
  const { messageId } = await schedules.run('morning', actor);
  const [fired] = await events('schedule.fired');
  expect(fired).toMatchObject({ data: { why: 'asked', messageId }, metadata: { actor } });
  expect(await schedules.list()).toMatchObject([{ name: 'morning', next: at('1T09:00:00'), last: { outcome: 'fired', messageId } }]);
  await expect(schedules.run('evening', actor)).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
  await later('1T09:00:00');
  expect(await received()).toHaveLength(2);
});

test('nothing fires in safe mode, and what is asked for is refused', async () => {
  const { pipeline, schedules } = await live({});
  pipeline.hold(new GatewayError('SAFE_MODE'));
  table = { morning: MORNING };
  await expect(schedules.run('morning', { type: 'user', id: 'ann' })).rejects.toMatchObject({ code: 'SAFE_MODE' });
  expect(await received()).toEqual([]);
});
