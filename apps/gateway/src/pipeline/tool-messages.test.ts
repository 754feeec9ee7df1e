import type { StoredEvent } from '@openclaw-gateway/events';
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk } from '@openclaw-gateway/sdk';
import { expect, it } from 'vitest';
import { allEvents, answer, createWorld, type Death, startLife, submission, type World } from './pipeline-fixture.ts';

const MESSAGE = { channel: 'telegram', account: 'default', to: { kind: 'direct', id: '99' }, text: 'for you' };

function sending(): World {
  const world = createWorld('{ agents: { defaults: { tools: ["send"] } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }');
  world.model = (request) => {
    const last = request.messages.at(-1);
    return last?.role === 'tool' ? answer(`told: ${JSON.stringify(last.result)}`) : callsSend();
  };
  return world;
}

async function* callsSend(): AsyncIterable<ModelChunk> {
  yield { type: 'tool-call', call: { callId: 'c1', tool: 'send', arguments: MESSAGE } };
  yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
}

async function run(world: World) {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const { messageId } = await pipeline.receive(submission('1', 'go'));
  const outcome = await pipeline.outcome(messageId, { timeoutMs: 5000 });
  await pipeline.stop(1000);
  return { outcome, events: await allEvents(world.log) };
}

const about = (events: readonly StoredEvent[], callId?: string) =>
  events
    .filter(({ type, data }) => type.startsWith('delivery.') && (data as { callId?: string }).callId === callId)
    .map(({ type }) => type);

it('A5 a message that a tool sends has deliveries of its own, before the reply', async () => {
  const world = sending();
  const { outcome, events } = await run(world);
  expect(outcome).toMatchObject({ status: 'delivered' });
  expect(world.sent.map(({ to, text }) => `${to.id}: ${text.slice(0, 7)}`)).toEqual(['99: for you', '42: told: {']);
  expect(about(events, 'c1')).toEqual(['delivery.requested', 'delivery.attempted', 'delivery.succeeded']);
  expect(about(events)).toEqual(['delivery.requested', 'delivery.attempted', 'delivery.succeeded']);
});

it('A5 a message that is refused is not tried again; the model is told why', async () => {
  const world = sending();
  world.beforeSend = ({ to }) => {
    if (to.id === '99') throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Blocked by the user.' });
  };
  const { outcome, events } = await run(world);
  expect(outcome).toMatchObject({ reply: expect.stringContaining('Blocked by the user.') });
  expect(about(events, 'c1')).toEqual(['delivery.requested', 'delivery.attempted', 'delivery.failed']);
});

it.each(['before', 'after'] as const)(
  'F recovery: dying %s each step, a message of a tool is sent once at most, and the reply arrives',
  async (when) => {
    let died = true;
    for (let at = 1; died; at++) {
      const world = sending();
      const death: Death = { at, when };
      const first = startLife(world, death);
      const life = (async () => {
        await first.pipeline.recover();
        const { messageId } = await first.pipeline.receive(submission('1', 'go'));
        await first.pipeline.outcome(messageId, { timeoutMs: 5000 });
        await first.pipeline.stop(1000);
        return false;
      })();
      life.catch(() => undefined);
      died = await Promise.race([life, first.dead.then(() => true)]);
      if (died) {
        const { pipeline } = startLife(world);
        await pipeline.recover();
        await pipeline.receive(submission('1', 'go'));
        for await (const page of world.log.subscribe({ after: 0, signal: AbortSignal.timeout(3000) })) {
          if (page.some(({ type }) => type === 'message.delivered')) break;
        }
        await pipeline.stop(1000);
      }
      const where = `died ${when} step ${at}`;
      const events = await allEvents(world.log);
      expect(world.sent.filter(({ to }) => to.id === '99').length, where).toBeLessThanOrEqual(1);
      expect(
        events.filter(({ type }) => type === 'message.delivered'),
        where,
      ).toHaveLength(1);
      const ends = about(events, 'c1');
      if (ends.includes('delivery.attempted')) expect(ends.at(-1), where).toMatch(/succeeded|uncertain/);
      expect(at).toBeLessThan(60);
    }
  },
);
