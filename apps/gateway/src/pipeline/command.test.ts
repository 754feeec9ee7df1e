import type { StoredEvent } from '@openclaw-gateway/events';
import { describe, expect, it, test } from 'vitest';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const config = (more: object = {}) =>
  JSON.stringify({
    agents: { defaults: { tools: ['x'] } },
    channels: { telegram: { botToken: 't', dmPolicy: 'open', groupPolicy: 'open' } },
    ...more,
  });
const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);
const texts = (world: World) => world.sent.map(({ text }) => text);

/** A model that does not answer the first question until it is stopped, having called a tool. */
function stuck(world: World): Promise<void> {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  world.model = async function* (request, signal) {
    if (lastText(request) !== 'long') return yield* answer(`re: ${lastText(request)} of ${request.messages.length}`);
    if (request.messages.at(-1)?.role === 'user') return yield* callTool('c1', 'x');
    isAsked();
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  return asked;
}

async function live(world: World): Promise<RunningPipeline> {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return pipeline;
}

async function say(pipeline: RunningPipeline, id: string, text: string, more: object = {}) {
  const receipt = await pipeline.receive(submission(id, text, more));
  return receipt.messageId;
}

test('A3 /stop cancels what is being answered and what waits, then says so; no model is asked, and the routing says why', async () => {
  const world = createWorld(config());
  const asked = stuck(world);
  const pipeline = await live(world);
  const ids = [await say(pipeline, '1', 'long'), await say(pipeline, '2', 'next')];
  await asked;
  const stop = await say(pipeline, '3', '/stop');
  expect(await pipeline.outcome(stop, LONG)).toMatchObject({ status: 'delivered', reply: 'Stopped: 2 messages are not answered.' });
  for (const id of ids) expect(await pipeline.outcome(id, LONG)).toEqual({ status: 'no_reply', reason: 'aborted' });
  expect(texts(world)).toEqual(['Stopped: 2 messages are not answered.']);
  const events = (await allEvents(world.log)).filter(({ metadata }) => metadata.correlationId === stop);
  expect(events.map(({ type }) => type)).toEqual([
    ...['message.received', 'auth.accepted', 'route.decided', 'message.queued', 'command.taken'],
    ...['delivery.requested', 'delivery.attempted', 'delivery.succeeded', 'message.delivered'],
  ]);
  expect(of(events, 'route.decided')[0]?.data).toMatchObject({ command: 'stop', agentId: 'main' });
  expect(of(events, 'command.taken')[0]?.data).toMatchObject({ command: 'stop', cancels: 2 });
  expect(await pipeline.outcome(await say(pipeline, '4', '/stop'), LONG)).toMatchObject({ reply: 'Nothing is being answered.' });
  expect(await pipeline.outcome(await say(pipeline, '5', 'go on'), LONG)).toMatchObject({ status: 'delivered' });
});

test('A3 a repeated /stop of the service stops nothing that came since', async () => {
  const world = createWorld(config());
  const pipeline = await live(world);
  await pipeline.outcome(await say(pipeline, '1', '/stop'), LONG);
  const asked = stuck(world);
  const long = await say(pipeline, '2', 'long');
  await asked;
  expect(await pipeline.receive(submission('1', '/stop'))).toMatchObject({ duplicate: true });
  expect(of(await allEvents(world.log), 'run.aborted')).toEqual([]);
  await pipeline.abort({ sessionId: ((await pipeline.receive(submission('2', 'long'))) as { sessionId: string }).sessionId }, 'end');
  expect(await pipeline.outcome(long, LONG)).toMatchObject({ status: 'no_reply' });
});

test('A3 /new begins the conversation anew: the old one is kept in the log and not shown again, nor what it cancels', async () => {
  const world = createWorld(config());
  const asked = stuck(world);
  const pipeline = await live(world);
  await pipeline.outcome(await say(pipeline, '1', 'one'), LONG);
  await say(pipeline, '2', 'long');
  await asked;
  expect(await pipeline.outcome(await say(pipeline, '3', '/NEW@my_bot'), LONG)).toMatchObject({ status: 'delivered' });
  expect(await pipeline.outcome(await say(pipeline, '4', 'two'), LONG)).toMatchObject({ reply: 're: two of 1' });
  const events = await allEvents(world.log);
  expect(of(events, 'session.closed')[0]?.data).toMatchObject({ reason: 'new' });
  expect(of(events, 'session.opened')).toHaveLength(2);
  expect(of(events, 'message.received').map(({ data }) => (data as { text: string }).text)).toContain('one');
});

test('A3 /status and /help are answered while another message still is', async () => {
  const world = createWorld(config());
  const asked = stuck(world);
  const pipeline = await live(world);
  await say(pipeline, '1', 'long');
  await say(pipeline, '2', 'next');
  await asked;
  expect(await pipeline.outcome(await say(pipeline, '3', '/status'), LONG)).toMatchObject({
    reply: expect.stringMatching(/^Agent main, model \S+\. 1 being answered, 1 waiting\.$/),
  });
  expect(await pipeline.outcome(await say(pipeline, '4', '@my bot /help'), LONG)).toMatchObject({
    reply: expect.stringContaining('/new – '),
  });
  expect(texts(world)).toHaveLength(2);
});

test.each([
  ['something around it', 'please /stop', {}],
  ['a command that there is none of', '/deploy', {}],
  ['a program that wrote it', '/stop', { caller: { method: 'hmac', actor: { type: 'service_account', id: 'hook' } } }],
])('A3 with %s it is for the agent', async (_, text, more) => {
  const world = createWorld(config());
  const pipeline = await live(world);
  expect(await pipeline.outcome(await say(pipeline, '1', text, more), LONG)).toMatchObject({ reply: `re: ${text}` });
});

test('A2 a command of somebody who may not write, or in a group to nobody, does nothing', async () => {
  const world = createWorld(config({ channels: { telegram: { botToken: 't', dmPolicy: 'allowlist', groupPolicy: 'open' } } }));
  const pipeline = await live(world);
  expect(await pipeline.receive(submission('1', '/stop'))).toMatchObject({ status: 'rejected', error: { code: 'SENDER_NOT_ALLOWED' } });
  const group = { externalId: '2', sender: { id: '42' }, peer: { kind: 'group' as const, id: 'g' }, text: '/stop' };
  const unaddressed = await pipeline.receive(submission('2', '/stop', { inbound: { ...group, mentioned: false } }));
  expect(unaddressed).toMatchObject({ status: 'rejected', error: { code: 'NOT_ADDRESSED' } });
  expect(of(await allEvents(world.log), 'command.taken')).toEqual([]);
  const spoken = await pipeline.receive(submission('3', '/stop', { inbound: { ...group, externalId: '3', mentioned: true } }));
  expect(await pipeline.outcome(spoken.messageId, LONG)).toMatchObject({ status: 'delivered' });
});

test('D messages.commands false leaves commands to the agent', async () => {
  const world = createWorld(config({ messages: { commands: false } }));
  const pipeline = await live(world);
  expect(await pipeline.outcome(await say(pipeline, '1', '/help'), LONG)).toMatchObject({ reply: 're: /help' });
});

describe('F the process dies at every step of a conversation with commands', () => {
  async function all(world: World, pipeline: RunningPipeline): Promise<void> {
    await pipeline.recover();
    const said = ['long', '/status', '/new', 'after'];
    const receipts = [];
    for (const [index, text] of said.entries()) receipts.push(await pipeline.receive(submission(String(index), text)));
    for (const { messageId } of receipts) await pipeline.outcome(messageId, LONG).catch(() => undefined);
    await pipeline.stop(1000);
    expect(world.sent.length).toBeGreaterThan(0);
  }
  async function life(world: World, death?: Death): Promise<boolean> {
    void stuck(world);
    const { pipeline, dead } = startLife(world, death);
    const whole = all(world, pipeline).then(() => false);
    whole.catch(() => undefined);
    return Promise.race([whole, dead.then(() => true)]);
  }

  it.each(['before', 'after'] as const)(
    'each message ends once, and what was cancelled stays so, dying %s each step',
    async (when) => {
      let died = true;
      for (let at = 1; died; at++) {
        const world = createWorld(config());
        died = await life(world, { at, when });
        await life(world);
        const events = await allEvents(world.log);
        const where = `died ${when} step ${at}: ${events.map(({ type }) => type).join(' ')}`;
        const ends = events.filter(({ type }) => type === 'message.delivered' || type === 'message.no_reply');
        expect(ends, where).toHaveLength(4);
        const after = world.sent.filter(({ text }) => text.startsWith('re: after'));
        expect(new Set(after.map(({ text }) => text)), where).toEqual(new Set(['re: after of 1']));
        expect(at).toBeLessThan(60);
      }
    },
    30_000,
  );
});
