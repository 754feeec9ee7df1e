import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import { afterEach, expect, it, vi } from 'vitest';
import { allEvents, createWorld, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 20_000 };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function ready(world: World, death?: Parameters<typeof startLife>[1]) {
  const { pipeline, dead } = startLife(world, death);
  stops.push(() => Promise.race([dead, pipeline.stop(0)]));
  await pipeline.recover();
  return { pipeline, dead };
}

async function delivered(world: World) {
  const { pipeline } = await ready(world);
  const { messageId } = await pipeline.receive(submission('42:7', 'hello'));
  expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
  await has(world, 'message.delivered', 1);
  return { pipeline, messageId, deliveryId: world.sent.at(-1)?.deliveryId ?? '' };
}

/** Resolves once the log has so many events of a type. */
async function has(world: World, type: string, times: number): Promise<StoredEvent[]> {
  for (;;) {
    const events = (await allEvents(world.log)).filter((event) => event.type === type);
    if (events.length >= times) return events;
    await world.log.waitForHead(world.log.head() + 1, 20_000);
  }
}

const count = async (world: World, type: string) => (await allEvents(world.log)).filter((event) => event.type === type).length;
const temporary = new GatewayError('CHANNEL_RATE_LIMITED', { message: 'Too many.', details: { retryAfterMs: 6000 } });
const final = new GatewayError('CHANNEL_REFUSED', { message: 'Not on WhatsApp.' });

it('A6 a reply that did not arrive for a passing reason is sent again after the time the service names, once, and is no possible double', async () => {
  const world = createWorld();
  const { pipeline, messageId, deliveryId } = await delivered(world);
  await Promise.all([1, 2].map(() => pipeline.undelivered({ messageId, deliveryId, error: temporary })));
  const [failed] = await has(world, 'delivery.failed', 1);
  expect(failed?.data).toMatchObject({
    attempt: 1,
    problem: { code: 'CHANNEL_RATE_LIMITED', message: 'Too many.' },
    retryAt: world.now + 6000,
  });
  await pipeline.stop(0);
  world.now += 6000;
  await ready(world);
  await has(world, 'message.delivered', 2);
  expect(world.sent).toMatchObject([{ attempt: 1 }, { attempt: 2, text: 're: hello', replyTo: '42:7' }]);
  expect(world.sent[1]?.deliveryId).not.toBe(deliveryId);
  expect(await count(world, 'message.undelivered')).toBe(1);
  expect(JSON.stringify(await allEvents(world.log))).not.toContain('possiblyDuplicate');
});

it('A6 one that can never arrive becomes a dead letter with the reason, also when it is said after a restart and twice, and can be sent again', async () => {
  const world = createWorld();
  const first = await delivered(world);
  await first.pipeline.stop(0);
  const { pipeline } = await ready(world);
  const report = { messageId: first.messageId, deliveryId: first.deliveryId, error: final };
  await pipeline.undelivered(report);
  const [letter] = await has(world, 'message.dead_lettered', 1);
  expect(letter?.data).toMatchObject({ stage: 'deliver', attempts: 1, problem: { code: 'CHANNEL_REFUSED', message: 'Not on WhatsApp.' } });
  const ended = { status: 'dead_lettered', error: { code: 'CHANNEL_REFUSED' } };
  await vi.waitFor(async () => expect(await pipeline.outcome(first.messageId, LONG)).toMatchObject(ended));
  await pipeline.undelivered(report);
  expect(await count(world, 'message.undelivered')).toBe(1);
  await pipeline.resubmit(first.messageId, { type: 'user', id: 'usr_1' });
  await has(world, 'message.delivered', 2);
  expect(world.sent).toHaveLength(2);
});

it('A6 the attempts that were made count: after the last one it is given up, and a reply that is a day late is not sent', async () => {
  for (const [attempts, laterMs] of [
    [1, 0],
    [12, 25 * 3_600_000],
  ] as const) {
    const world = createWorld(`{
      channels: { telegram: { botToken: "t", dmPolicy: "open" } }, messages: { retry: { delivery: { maxAttempts: ${attempts} } } } }`);
    const { pipeline, messageId, deliveryId } = await delivered(world);
    world.now += laterMs;
    await pipeline.undelivered({ messageId, deliveryId, error: temporary });
    const [letter] = await has(world, 'message.dead_lettered', 1);
    expect(letter?.data).toMatchObject({ problem: { code: 'CHANNEL_RATE_LIMITED' } });
    expect(world.sent).toHaveLength(1);
  }
});

it('A6 of several messages that are one reply the others may have arrived: the second sending says so', async () => {
  const world = createWorld();
  const { pipeline, messageId, deliveryId } = await delivered(world);
  const passing = new GatewayError('CHANNEL_UNAVAILABLE', { details: { retryAfterMs: 0 } });
  await pipeline.undelivered({ messageId, deliveryId, error: passing, isPart: true });
  await has(world, 'delivery.failed', 1);
  await pipeline.stop(0);
  world.now += 60_000;
  await ready(world);
  const [, again] = await has(world, 'message.delivered', 2);
  expect(again?.data).toMatchObject({ possiblyDuplicate: true });
});

it('A6 a reply that is held because nobody knew whether it arrived is decided about once the service says that it did not', async () => {
  const world = createWorld('{ channels: { telegram: { botToken: "t", dmPolicy: "open", delivery: "hold" } } }');
  world.beforeSend = ({ attempt }) => {
    if (attempt === 1) throw new GatewayError('CHANNEL_UNAVAILABLE', { details: { mayHaveArrived: true } });
  };
  const { pipeline } = await ready(world);
  const { messageId } = await pipeline.receive(submission('1', 'hello'));
  expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'held' });
  const [uncertain] = await has(world, 'delivery.uncertain', 1);
  const { deliveryId = '' } = (uncertain?.data ?? {}) as { deliveryId?: string };
  await pipeline.undelivered({ messageId, deliveryId, error: final });
  await has(world, 'message.dead_lettered', 1);
  await vi.waitFor(async () => expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'dead_lettered' }));
});

it('A6 what is said of a message that is not known, or of a reply that is not its newest, changes nothing', async () => {
  const world = createWorld();
  const { pipeline, messageId } = await delivered(world);
  const before = world.log.head();
  await pipeline.undelivered({ messageId, deliveryId: 'dlv_other', error: final });
  await pipeline.undelivered({ messageId: 'msg_other', deliveryId: 'dlv_other', error: final });
  expect(world.log.head()).toBe(before);
});

it('A6 A7 wherever the process dies meanwhile, the reply is sent again once, and the message ends', async () => {
  // Two steps before the wait for the next attempt, three after it.
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= 5; at++) {
      const world = createWorld();
      world.channelIdempotency = 'native';
      const { pipeline, messageId, deliveryId } = await delivered(world);
      await pipeline.stop(0);
      const report = { messageId, deliveryId, error: new GatewayError('CHANNEL_UNAVAILABLE') };
      const second = await ready(world, { at, when });
      void second.pipeline.undelivered(report);
      await Promise.race([second.dead, has(world, 'delivery.failed', 1).then(() => second.pipeline.stop(0))]);
      // The service brings again what was not taken.
      const third = await ready(world);
      await third.pipeline.undelivered(report);
      await has(world, 'delivery.failed', 1);
      await third.pipeline.stop(0);
      world.now += 600_000;
      const fourth = await ready(world, { at: at - 2, when });
      await Promise.race([fourth.dead, has(world, 'message.delivered', 2)]);
      await Promise.race([fourth.dead, fourth.pipeline.stop(0)]);
      await ready(world);
      await has(world, 'message.delivered', 2);
      expect(new Set(world.sent.map((sent) => sent.deliveryId)).size, `${when} ${at}`).toBe(2);
      expect(await count(world, 'message.undelivered')).toBe(1);
    }
  }
});
