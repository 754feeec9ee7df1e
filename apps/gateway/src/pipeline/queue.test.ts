import { QUEUE_MODES, type QueueMode, type StoredEvent } from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import { describe, expect, it } from 'vitest';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const OPEN = { telegram: { botToken: 't', dmPolicy: 'open', groupPolicy: 'open' } };

/** The questions that a model was shown since it last answered. */
const questions = (request: ModelRequest): string[] => {
  const answered = request.messages.findLastIndex((message) => message.role === 'assistant' && message.toolCalls.length === 0);
  return request.messages.slice(answered + 1).flatMap((message) => (message.role === 'user' ? [message.text] : []));
};

function worldOf(mode: QueueMode, messages: object = {}): World {
  return createWorld(
    JSON.stringify({ agents: { defaults: { tools: ['x'] } }, messages: { queue: { mode }, ...messages }, channels: OPEN }),
  );
}

const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);
const types = (events: readonly StoredEvent[]) => events.map((event) => event.type);

/** Lets the first message wait in the model until the others are there. */
async function saidMeanwhile(world: World, texts: readonly string[], from: (index: number) => string = () => '42') {
  const { promise: release, resolve: go } = Promise.withResolvers<void>();
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  let called = false;
  world.model = async function* (request, signal) {
    isAsked();
    const first = questions(request)[0] === texts[0];
    const stop = new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (first) await Promise.race([release, stop]);
    if (first && !called) {
      called = true;
      yield* callTool('c1', 'x');
    } else yield* answer(`re: ${questions(request).join('+')}`);
  };
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const receive = (index: number) => {
    const made = submission(String(index), texts[index] ?? '');
    return pipeline.receive({ ...made, inbound: { ...made.inbound, sender: { id: from(index) } } });
  };
  const receipts = [await receive(0)];
  await asked;
  for (let index = 1; index < texts.length; index++) receipts.push(await receive(index));
  go();
  const outcomes = await Promise.all(receipts.map(({ messageId }) => pipeline.outcome(messageId, LONG)));
  await pipeline.stop(1000);
  return { outcomes, receipts, events: await allEvents(world.log), sent: world.sent.map(({ text }) => text) };
}

describe('A8 messages that come while an earlier one is being answered', () => {
  it('queue: each is answered for itself, in order', async () => {
    const { sent } = await saidMeanwhile(worldOf('queue'), ['a', 'b', 'c']);
    expect(sent).toEqual(['re: a', 're: b', 're: c']);
  });

  it('collect: those of a sender that wait are answered together, and each of them ends with that answer', async () => {
    const { sent, outcomes, events, receipts } = await saidMeanwhile(worldOf('collect'), ['a', 'b', 'c', 'd']);
    expect(sent).toEqual(['re: a', 're: b+c+d']);
    for (const outcome of outcomes.slice(1)) expect(outcome).toMatchObject({ status: 'delivered', reply: 're: b+c+d' });
    const merged = of(events, 'message.merged').map((event) => event.data);
    const [, host, ...members] = receipts.map(({ messageId }) => messageId);
    expect(merged).toEqual(members.map((messageId) => ({ messageId, intoMessageId: host })));
  });

  it('collect: nobody overtakes another sender', async () => {
    const { sent } = await saidMeanwhile(worldOf('collect'), ['a', 'b', 'c', 'd', 'e'], (index) => ['1', '1', '1', '2', '1'][index] ?? '');
    const perPeer = sent.map((text) => text.replace('re: ', ''));
    expect(perPeer).toEqual(['a', 'b+c', 'd', 'e']);
  });

  it('interrupt: the newest takes the place of what runs and waits', async () => {
    const { sent, outcomes, events } = await saidMeanwhile(worldOf('interrupt'), ['a', 'b', 'c']);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain('c');
    expect(outcomes.slice(0, 2)).toEqual([
      { status: 'no_reply', reason: 'aborted' },
      { status: 'no_reply', reason: 'aborted' },
    ]);
    expect(of(events, 'run.aborted').every((event) => (event.data as { reason: string }).reason === 'interrupted')).toBe(true);
  });

  it('steer: the agent is told at its next step, after the results of its calls', async () => {
    const world = worldOf('steer');
    const { sent, outcomes } = await saidMeanwhile(world, ['a', 'b', 'c']);
    expect(sent).toEqual(['re: a+b+c']);
    expect(world.asked[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'user', 'user']);
    expect(new Set(outcomes.map((outcome) => outcome.status))).toEqual(new Set(['delivered']));
  });

  it('D messages.queue.cap bounds how many are answered together', async () => {
    const { sent } = await saidMeanwhile(worldOf('collect', { queue: { mode: 'collect', cap: 2 } }), ['a', 'b', 'c', 'd']);
    expect(sent).toEqual(['re: a', 're: b+c', 're: d']);
  });
});

it('D messages.queue.{mode,byChannel,byChannel.*} and agents.entries.*.queueMode: the channel goes before the agent, the agent before the rest, and a wish before all', async () => {
  const mode = async (config: object, asked?: QueueMode) => {
    const world = createWorld(JSON.stringify({ channels: OPEN, ...config }));
    const { pipeline } = startLife(world);
    await pipeline.recover();
    await pipeline.receive(submission('1', 'a', asked ? { queueMode: asked } : {}));
    const [queued] = of(await allEvents(world.log), 'message.queued');
    return (queued?.data as { queueMode?: QueueMode } | undefined)?.queueMode ?? 'queue';
  };
  const messages = { queue: { mode: 'collect' } };
  const agents = { entries: { main: { queueMode: 'steer' } } };
  expect(await mode({})).toBe('queue');
  expect(await mode({ messages })).toBe('collect');
  expect(await mode({ messages, agents })).toBe('steer');
  const byChannel = { queue: { mode: 'collect', byChannel: { telegram: 'interrupt' } } };
  expect(await mode({ messages: byChannel, agents })).toBe('interrupt');
  expect(await mode({ messages: byChannel, agents }, 'queue')).toBe('queue');
});

describe('F recovery with queue modes: the process dies at every step', () => {
  const TEXTS = ['one', 'two', 'three'];
  const script = (world: World): void => {
    world.model = (request) => {
      const answered = request.messages.at(-1)?.role === 'tool';
      const asked = questions(request);
      return asked[0] === 'one' && !answered && asked.length === 1 ? callTool('c1', 'x') : answer(`re: ${asked.join('+')}`);
    };
  };

  async function all(pipeline: RunningPipeline): Promise<void> {
    await pipeline.recover();
    const receipts = await Promise.all(TEXTS.map((text, index) => pipeline.receive(submission(String(index), text))));
    for (const { messageId } of receipts) await pipeline.outcome(messageId, LONG).catch(() => undefined);
    await pipeline.stop(1000);
  }

  async function life(world: World, death?: Death): Promise<boolean> {
    const { pipeline, dead } = startLife(world, death);
    const whole = all(pipeline).then(() => false);
    whole.catch(() => undefined);
    return Promise.race([whole, dead.then(() => true)]);
  }

  for (const mode of QUEUE_MODES) {
    for (const when of ['before', 'after'] as const) {
      it(`${mode}: each message ends once, nothing is said twice, dying ${when} each step`, async () => {
        let died = true;
        for (let at = 1; died; at++) {
          const world = worldOf(mode);
          script(world);
          died = await life(world, { at, when });
          await life(world);
          const events = await allEvents(world.log);
          const where = `${mode}: died ${when} step ${at}: ${types(events).join(' ')}`;
          const received = of(events, 'message.received').map((event) => event.metadata.correlationId);
          expect(received, where).toHaveLength(3);
          for (const messageId of received) {
            const ends = events.filter(
              (event) =>
                event.metadata.correlationId === messageId &&
                ['message.delivered', 'message.merged', 'message.no_reply'].includes(event.type),
            );
            expect(ends, where).toHaveLength(1);
          }
          expect(world.toolRuns.length, where).toBeLessThanOrEqual(1);
          const deliveries = new Map(world.sent.map((outbound) => [outbound.deliveryId, outbound.text]));
          const words = [...deliveries.values()].flatMap((text) => text.replace('re: ', '').split('+'));
          if (mode !== 'interrupt') expect(words.toSorted(), where).toEqual(TEXTS.toSorted());
          else expect(words, where).toContain('three');
          expect(at).toBeLessThan(80);
        }
      }, 30_000);
    }
  }
});
