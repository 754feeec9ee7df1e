/** What the keys of the configuration do to the way of a message: each test writes them and watches a message. */
import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import type { Outcome, Submission } from '../parts.ts';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 30_000 };
const OPEN = { botToken: 't', dmPolicy: 'open', groupPolicy: 'open' };

async function live(
  config: object,
  change: (world: World) => void = () => undefined,
): Promise<{ world: World; pipeline: RunningPipeline }> {
  const world = createWorld(JSON.stringify(config));
  change(world);
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return { world, pipeline };
}

let count = 0;
const from = (over: Partial<Submission> = {}, peer: Submission['inbound']['peer'] = { kind: 'direct', id: '42' }): Submission => {
  const made = submission(`m${++count}`, 'hello', over);
  return { ...made, inbound: { ...made.inbound, peer } };
};

async function outcomeOf(pipeline: RunningPipeline, sent: Submission): Promise<Outcome> {
  const { messageId } = await pipeline.receive(sent);
  return pipeline.outcome(messageId, LONG);
}

const routes = async (world: World) =>
  (await allEvents(world.log)).filter((event) => event.type === 'route.decided').map((event) => event.data as Record<string, unknown>);
const untilLogged = async (world: World, found: (event: StoredEvent) => boolean): Promise<StoredEvent> => {
  for await (const page of world.log.subscribe({ after: 0, signal: AbortSignal.timeout(30_000) })) {
    const event = page.find(found);
    if (event) return event;
  }
  throw new Error('the event did not come');
};

/** Who answers a message that came this way, under these bindings. */
async function whoAnswers(match: object, sent: Submission): Promise<unknown> {
  const agents = { entries: { main: { default: true }, work: {} } };
  const { world, pipeline } = await live({ agents, bindings: [{ agentId: 'work', match }], channels: { telegram: OPEN, pigeon: OPEN } });
  await pipeline.receive(sent);
  return (await routes(world))[0]?.['agentId'];
}

test('D bindings[].agentId answers what bindings[].match.{channel,accountId} name, and nothing else', async () => {
  expect(await whoAnswers({ channel: 'telegram' }, from())).toBe('work');
  expect(await whoAnswers({ channel: 'telegram' }, from({ channel: 'pigeon' }))).toBe('main');
  expect(await whoAnswers({ channel: 'telegram', accountId: 'second' }, from({ account: 'second' }))).toBe('work');
  expect(await whoAnswers({ channel: 'telegram', accountId: 'second' }, from())).toBe('main');
});

test('D bindings[].match.peer.{kind,id} hold `bindings` to one conversation', async () => {
  const group = from({}, { kind: 'group', id: '-7' });
  expect(await whoAnswers({ peer: { id: '-7' } }, group)).toBe('work');
  expect(await whoAnswers({ peer: { kind: 'group', id: '-7' } }, group)).toBe('work');
  expect(await whoAnswers({ peer: { kind: 'direct', id: '-7' } }, group)).toBe('main');
  expect(await whoAnswers({ peer: { id: '-8' } }, group)).toBe('main');
});

test('D agents.entries.*.default names the agent that answers where nothing else does, of those in agents.entries', async () => {
  const { world, pipeline } = await live({ agents: { entries: { main: {}, work: { default: true } } }, channels: { telegram: OPEN } });
  await pipeline.receive(from());
  await pipeline.receive(from({ agentId: 'main' }));
  await expect(pipeline.receive(from({ agentId: 'nobody' }))).resolves.toMatchObject({
    status: 'rejected',
    error: { code: 'AGENT_NOT_FOUND' },
  });
  expect((await routes(world)).map((route) => route['agentId'])).toEqual(['work', 'main', undefined]);
});

test('D session.dmScope main puts all direct messages into the session that session.mainKey names', async () => {
  const { world, pipeline } = await live({ session: { dmScope: 'main', mainKey: 'home' }, channels: { telegram: OPEN } });
  const receipts = [await pipeline.receive(from()), await pipeline.receive(from({}, { kind: 'direct', id: '43' }))];
  expect(new Set(receipts.map((receipt) => receipt.status === 'accepted' && receipt.sessionKey))).toEqual(new Set(['agent:main:home']));
  expect(await routes(world)).toHaveLength(2);
});

test('D messages.maxTextLength refuses a longer message and takes one of that size', async () => {
  const { pipeline } = await live({ messages: { maxTextLength: 5 }, channels: { telegram: OPEN } });
  expect(await pipeline.receive(from())).toMatchObject({ status: 'accepted' });
  const long = from();
  await expect(pipeline.receive({ ...long, inbound: { ...long.inbound, text: 'hello!' } })).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
  });
});

test('D messages.retry.maxAttempts 1 gives a message up after one run', async () => {
  const { world, pipeline } = await live({ messages: { retry: { maxAttempts: 1 } }, channels: { telegram: OPEN } }, (made) => {
    made.model = () => {
      throw new GatewayError('MODEL_UNAVAILABLE');
    };
  });
  expect(await outcomeOf(pipeline, from())).toMatchObject({ status: 'dead_lettered', error: { code: 'MODEL_UNAVAILABLE' } });
  expect(world.asked).toHaveLength(1);
});

test('D messages.retry.delivery.maxAttempts 1 gives a reply up after one sending', async () => {
  let sendings = 0;
  const { pipeline } = await live({ messages: { retry: { delivery: { maxAttempts: 1 } } }, channels: { telegram: OPEN } }, (world) => {
    world.beforeSend = () => {
      sendings += 1;
      throw new GatewayError('CHANNEL_UNAVAILABLE');
    };
  });
  expect(await outcomeOf(pipeline, from())).toMatchObject({ status: 'dead_lettered', error: { code: 'CHANNEL_UNAVAILABLE' } });
  expect(sendings).toBe(1);
});

test('D agents.{defaults,entries.*}.maxRepeats ends a run that makes the same call in vain', async () => {
  const tools = { tools: ['x'] };
  const agents = { defaults: { ...tools, maxRepeats: 2 }, entries: { main: { default: true }, patient: { maxRepeats: 4 } } };
  let calls = 0;
  const { world, pipeline } = await live({ agents, channels: { telegram: OPEN } }, (made) => {
    made.model = () => callTool(`c${++calls}`, 'x');
  });
  expect(await outcomeOf(pipeline, from())).toMatchObject({ reply: expect.stringContaining('kept calling') });
  expect(world.toolRuns).toHaveLength(2);
  await outcomeOf(pipeline, from({ agentId: 'patient' }));
  expect(world.toolRuns).toHaveLength(6);
});

test('D agents.{defaults,entries.*}.contextWindow says when a message is too long for the model', async () => {
  const agents = { defaults: { contextWindow: 1000 }, entries: { main: { default: true }, large: { contextWindow: 100_000 } } };
  const { pipeline } = await live({ agents, channels: { telegram: OPEN } });
  const long = (over: Partial<Submission>) => {
    const sent = from(over);
    return { ...sent, inbound: { ...sent.inbound, text: 'x'.repeat(20_000) } };
  };
  expect(await outcomeOf(pipeline, long({}))).toMatchObject({ status: 'dead_lettered', error: { code: 'CONTEXT_TOO_LONG' } });
  expect(await outcomeOf(pipeline, long({ agentId: 'large' }))).toMatchObject({ status: 'delivered' });
});

test('D agents.{defaults,entries.*}.timeout ends a run that takes longer', async () => {
  const agents = { defaults: { timeout: '20ms' }, entries: { main: { default: true }, patient: { timeout: '10m' } } };
  const { world, pipeline } = await live({ agents, messages: { retry: { maxAttempts: 1 } }, channels: { telegram: OPEN } }, (made) => {
    made.model = async function* (_request, signal) {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield* answer('never');
    };
  });
  const patient = await pipeline.receive(from({ agentId: 'patient' }));
  expect(await outcomeOf(pipeline, from())).toMatchObject({ status: 'dead_lettered', error: { code: 'MODEL_TIMEOUT' } });
  const ended = (await allEvents(world.log)).filter((event) => event.type === 'message.dead_lettered');
  expect(ended.map((event) => event.metadata.correlationId)).not.toContain(patient.messageId);
});

/** The three places where the same keys may stand. */
const PLACES = [
  ['telegram', (keys: object) => ({ telegram: { botToken: 't', ...keys } })],
  ['telegram', (keys: object) => ({ telegram: { botToken: 't', accounts: { default: keys } } })],
  ['pigeon', (keys: object) => ({ pigeon: keys })],
  ['pigeon', (keys: object) => ({ pigeon: { accounts: { default: keys } } })],
] as const;
const GROUP = { kind: 'group', id: '-7' } as const;

test('D {channels.telegram,channels.telegram.accounts.*,channels.*,channels.*.accounts.*}.{dmPolicy,groupPolicy,allowFrom} decide who may write', async () => {
  for (const [channel, write] of PLACES) {
    const status = async (keys: object, peer?: Submission['inbound']['peer']) =>
      (await (await live({ channels: write(keys) })).pipeline.receive(from({ channel }, peer))).status;
    expect(await status({})).toBe('rejected');
    expect(await status({ dmPolicy: 'open' })).toBe('accepted');
    expect(await status({ dmPolicy: 'disabled', allowFrom: ['42'] })).toBe('rejected');
    expect(await status({ allowFrom: [42] })).toBe('accepted');
    expect(await status({ allowFrom: ['43'] })).toBe('rejected');
    expect(await status({ allowFrom: ['*'] })).toBe('accepted');
    expect(await status({ dmPolicy: 'open' }, GROUP)).toBe('rejected');
    expect(await status({ groupPolicy: 'open' }, GROUP)).toBe('accepted');
    expect(await status({ groupPolicy: 'disabled', allowFrom: ['*'] }, GROUP)).toBe('rejected');
  }
});

test('D {channels.telegram,channels.telegram.accounts.*,channels.*,channels.*.accounts.*}.agentId names who answers', async () => {
  for (const [channel, write] of PLACES) {
    const agents = { entries: { main: { default: true }, work: {} } };
    const { world, pipeline } = await live({ agents, channels: write({ dmPolicy: 'open', agentId: 'work' }) });
    await pipeline.receive(from({ channel }));
    expect((await routes(world))[0]).toMatchObject({ agentId: 'work' });
  }
});

test('D {channels.telegram,channels.telegram.accounts.*,channels.*,channels.*.accounts.*}.delivery holds or repeats what may have arrived', async () => {
  for (const [channel, write] of PLACES) {
    for (const delivery of ['hold', 'at-least-once']) {
      const { world, pipeline } = await live({ channels: write({ dmPolicy: 'open', delivery }) }, (made) => {
        made.beforeSend = () => {
          throw new GatewayError('CHANNEL_UNAVAILABLE', { details: { mayHaveArrived: true } });
        };
      });
      const { messageId } = await pipeline.receive(from({ channel }));
      if (delivery === 'hold') expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'held' });
      else expect((await untilLogged(world, (event) => event.type === 'delivery.failed')).data).toHaveProperty('retryAt');
      await pipeline.stop(0);
    }
  }
});
