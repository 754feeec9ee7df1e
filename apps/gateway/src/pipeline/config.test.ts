/** What the keys of the configuration do to the way of a message: each test writes them and watches a message. */
import { createHmac } from 'node:crypto';
import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import { expect, test, vi } from 'vitest';
import { createPairing } from '../pairing/index.ts';
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

test('D agents.{defaults,entries.*}.modelTimeout ends one answer that takes longer, and the run tries again', async () => {
  const agents = { defaults: { modelTimeout: '20ms' }, entries: { main: { default: true }, patient: { modelTimeout: '10m' } } };
  const { world, pipeline } = await live({ agents, messages: { retry: { maxAttempts: 2 } }, channels: { telegram: OPEN } }, (made) => {
    made.model = async function* (_request, signal) {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield* answer('never');
    };
  });
  await pipeline.receive(from({ agentId: 'patient' }));
  const { messageId } = await pipeline.receive(from());
  const failed = await untilLogged(world, (event) => event.type === 'run.failed');
  expect(failed.metadata.correlationId).toBe(messageId);
  expect(failed.data).toMatchObject({ problem: { code: 'MODEL_TIMEOUT' }, retryAt: expect.any(Number) });
});

test('D agents.{defaults,entries.*}.maxConcurrent bounds how many conversations one agent answers, and no other agent', async () => {
  const agents = { defaults: { maxConcurrent: 2 }, entries: { main: { default: true }, other: { maxConcurrent: 1 } } };
  const { promise: release, resolve: go } = Promise.withResolvers<void>();
  const { world, pipeline } = await live({ agents, session: { dmScope: 'per-peer' }, channels: { telegram: OPEN } }, (made) => {
    made.model = async function* () {
      await release;
      yield* answer('yes');
    };
  });
  const receipts = [];
  for (const [id, agentId] of ['main', 'main', 'main', 'other', 'other'].entries()) {
    const sent = from({ agentId }, { kind: 'direct', id: `${id}` });
    receipts.push(await pipeline.receive({ ...sent, inbound: { ...sent.inbound, sender: { id: `${id}` } } }));
  }
  await untilLogged(world, (event) => event.type === 'run.started' && event.metadata.agentId === 'other');
  const started = (await allEvents(world.log)).filter((event) => event.type === 'run.started').map((event) => event.metadata.agentId);
  expect(started.toSorted()).toEqual(['main', 'main', 'other']);
  go();
  for (const { messageId } of receipts) expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
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

test('D channels.{telegram,whatsapp,slack,discord,*}.{dmPolicy,groupPolicy,allowFrom} and channels.{telegram,whatsapp,slack,discord,*}.accounts.*.{dmPolicy,groupPolicy,allowFrom} decide who may write', async () => {
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

test('D channels.{telegram,whatsapp,slack,discord,*}.agentId and channels.{telegram,whatsapp,slack,discord,*}.accounts.*.agentId names who answers', async () => {
  for (const [channel, write] of PLACES) {
    const agents = { entries: { main: { default: true }, work: {} } };
    const { world, pipeline } = await live({ agents, channels: write({ dmPolicy: 'open', agentId: 'work' }) });
    await pipeline.receive(from({ channel }));
    expect((await routes(world))[0]).toMatchObject({ agentId: 'work' });
  }
});

test('D channels.{telegram,whatsapp,slack,discord,*}.delivery and channels.{telegram,whatsapp,slack,discord,*}.accounts.*.delivery holds or repeats what may have arrived', async () => {
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

test('D bindings[].match.{group,thread,roles} hold `bindings` to a group, a thread, the roles of the sender', async () => {
  const thread = (more: object = {}) => {
    const sent = from({}, { kind: 'thread', id: '-7:9' });
    return { ...sent, inbound: { ...sent.inbound, parent: '-7', ...more } };
  };
  expect(await whoAnswers({ group: '-7' }, thread())).toBe('work');
  expect(await whoAnswers({ group: '-8' }, thread())).toBe('main');
  expect(await whoAnswers({ thread: '-7:9' }, thread())).toBe('work');
  expect(await whoAnswers({ roles: ['staff'] }, thread({ sender: { id: '42', roles: ['staff'] } }))).toBe('work');
  expect(await whoAnswers({ roles: ['staff'] }, thread())).toBe('main');
});

test('D bindings[].match.schedule.{days,from,to,timeZone} hold `bindings` to days and hours of a place', async () => {
  const always = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00', timeZone: 'Asia/Tokyo' };
  expect(await whoAnswers({ schedule: always }, from())).toBe('work');
  expect(await whoAnswers({ schedule: { ...always, days: [] } }, from())).toBe('main');
  expect(await whoAnswers({ schedule: { from: '12:00', to: '12:00' } }, from())).toBe('work');
});

const TEXT_AGENTS = { entries: { main: { default: true }, work: {}, family: {} } };
const sayAll = async (config: object, ...texts: string[]) => {
  const { world, pipeline } = await live({ agents: TEXT_AGENTS, channels: { telegram: OPEN }, ...config });
  for (const text of texts) {
    const sent = from();
    await pipeline.receive({ ...sent, inbound: { ...sent.inbound, text } });
  }
  return (await routes(world)).map(({ agentId, winner }) => [agentId, winner]);
};

test('D bindings[].match.text gives what fits to its agent, and session.stickyFor keeps what follows there', async () => {
  const bindings = [
    { agentId: 'work', match: { text: '*invoice*' } },
    { agentId: 'family', match: { text: '*dinner*' } },
  ];
  expect(await sayAll({ bindings }, 'hi', 'my invoice', 'thanks', 'dinner?', 'at eight')).toEqual([
    ['main', 'agents.default'],
    ['work', 'bindings[0]'],
    ['work', 'session.open'],
    ['family', 'bindings[1]'],
    ['family', 'session.open'],
  ]);
  expect(await sayAll({ bindings, session: { stickyFor: '0s' } }, 'my invoice', 'thanks')).toEqual([
    ['work', 'bindings[0]'],
    ['main', 'agents.default'],
  ]);
});

test('D bindings[].priority puts a binding before more exact ones', async () => {
  const exact = { agentId: 'work', match: { channel: 'telegram', peer: { id: '42' } } };
  const bindings = [exact, { agentId: 'family', match: { channel: 'telegram' }, priority: 5 }];
  expect(await sayAll({ bindings }, 'hi')).toEqual([['family', 'bindings[1]']]);
});

test('D bindings[].dmScope and bindings[].messagePriority hold for the messages of a binding', async () => {
  const bindings = [{ agentId: 'work', match: {}, dmScope: 'per-channel', messagePriority: 'high' }];
  const { world, pipeline } = await live({ agents: TEXT_AGENTS, bindings, channels: { telegram: OPEN } });
  expect(await pipeline.receive(from())).toMatchObject({ sessionKey: 'agent:work:telegram:direct' });
  const queued = (await allEvents(world.log)).find((event) => event.type === 'message.queued');
  expect(queued?.data).toMatchObject({ priority: 'high' });
});

test('D session.threads parent puts threads into the session of their group', async () => {
  const { pipeline } = await live({ session: { threads: 'parent' }, channels: { telegram: OPEN } });
  const group = await pipeline.receive(from({}, { kind: 'group', id: '-7' }));
  const sent = from({}, { kind: 'thread', id: '-7:9' });
  const thread = await pipeline.receive({ ...sent, inbound: { ...sent.inbound, parent: '-7' } });
  expect(thread).toMatchObject({ sessionKey: 'agent:main:telegram:group:-7' });
  expect(group).toMatchObject({ sessionKey: 'agent:main:telegram:group:-7' });
});

test('A3 an explanation decides as a message would be decided about, and leaves the log as it was', async () => {
  const bindings = [{ agentId: 'work', match: { text: '*invoice*' } }];
  const { world, pipeline } = await live({ agents: TEXT_AGENTS, bindings, channels: { telegram: OPEN } });
  const sent = from();
  await pipeline.receive({ ...sent, inbound: { ...sent.inbound, text: 'my invoice' } });
  const head = world.log.head();
  const { peer, sender } = sent.inbound;
  const question = { channel: 'telegram', account: 'default', senderId: sender.id, peer, text: 'thanks', at: Date.now() };
  expect(await pipeline.explain(question)).toMatchObject({
    admission: { allowed: true, rule: 'channels.telegram.dmPolicy' },
    result: { agentId: 'work', rule: 'session.open', isOpen: true, sessionKeyRule: 'session.dmScope=per-channel-peer' },
  });
  expect(await pipeline.explain({ ...question, peer: { kind: 'group', id: '-1' } })).toMatchObject({
    admission: { allowed: true },
    result: { agentId: 'main', isOpen: false },
  });
  expect(await pipeline.explain({ ...question, channel: 'http' })).toMatchObject({ admission: { allowed: true, rule: 'caller.token' } });
  expect(world.log.head()).toBe(head);
});

test('D channels.telegram.dmPolicy pairing tells a stranger a code, and an operator’s word lets them in', async () => {
  const world = createWorld(JSON.stringify({ channels: { telegram: { botToken: 't', dmPolicy: 'pairing' } } }));
  const pairing = createPairing({
    store: { log: world.log, pseudonym: (value: string) => createHmac('sha256', 'k').update(value).digest() } as never,
  });
  const { pipeline } = startLife(world, undefined, { pairing });
  await pipeline.recover();
  expect(await pipeline.receive(from())).toMatchObject({ status: 'rejected', error: { code: 'SENDER_UNPAIRED' } });
  expect(await pipeline.receive(from())).toMatchObject({ status: 'rejected' });
  await vi.waitFor(() => expect(world.sent).toHaveLength(1));
  const [{ code } = { code: '' }] = pairing.list().waiting;
  expect(world.sent[0]).toMatchObject({ to: { kind: 'direct', id: '42' }, text: expect.stringContaining(code) });
  expect((await allEvents(world.log)).map(({ type }) => type)).toEqual([
    'message.received',
    'auth.denied',
    'message.rejected',
    'pairing.requested',
    'message.received',
    'auth.denied',
    'message.rejected',
  ]);
  await pairing.approve(code, { type: 'user', id: 'usr_test' });
  expect(await pipeline.receive(from())).toMatchObject({ status: 'accepted' });
  const accepted = (await allEvents(world.log)).find(({ type }) => type === 'auth.accepted');
  expect(accepted?.data).toMatchObject({ rule: 'pairing' });
});

const inGroup = (text: string, mentioned?: boolean) => {
  const sent = from({}, { kind: 'group', id: '-7' });
  return { ...sent, inbound: { ...sent.inbound, text, ...(mentioned !== undefined && { mentioned }) } };
};

test('D channels.{telegram,slack,discord,whatsapp,*}.requireMention and channels.{telegram,slack,discord,whatsapp,*}.accounts.*.requireMention lets a group talk among itself: what is not for the agent is recorded and costs no run', async () => {
  const { world, pipeline } = await live({ channels: { telegram: OPEN } });
  const sent = inGroup('lunch?', false);
  const receipt = await pipeline.receive(sent);
  expect(receipt).toMatchObject({ status: 'rejected', error: { code: 'NOT_ADDRESSED' } });
  expect(await pipeline.receive(sent)).toMatchObject({ duplicate: true, error: { code: 'NOT_ADDRESSED' } });
  const events = await allEvents(world.log);
  expect(events.map(({ type }) => type)).toEqual(['message.received', 'message.no_reply', 'message.deduplicated']);
  expect(events[1]?.data).toMatchObject({ reason: 'not_addressed', rule: 'channels.telegram.requireMention' });
  expect(pipeline.activity().waitingMessages).toBe(0);
  expect(await pipeline.receive(inGroup('@bot lunch?', true))).toMatchObject({ status: 'accepted' });
  expect(await pipeline.receive(inGroup('the channel cannot tell'))).toMatchObject({ status: 'accepted' });
  const all = await live({ channels: { telegram: { ...OPEN, requireMention: false } } });
  expect(await all.pipeline.receive(inGroup('lunch?', false))).toMatchObject({ status: 'accepted' });
});

test('D channels.{telegram,slack,discord,whatsapp,*}.mentionPatterns and channels.{telegram,slack,discord,whatsapp,*}.accounts.*.mentionPatterns count as a mention wherever they stand', async () => {
  const { pipeline } = await live({ channels: { telegram: { ...OPEN, mentionPatterns: ['hey claw'] } } });
  expect(await pipeline.receive(inGroup('ok, Hey Claw, lunch?', false))).toMatchObject({ status: 'accepted' });
  expect(await pipeline.receive(inGroup('lunch?'))).toMatchObject({ status: 'rejected' });
});

test('D channels.telegram.groupPolicy allowlist takes senders and whole groups from channels.telegram.allowFrom', async () => {
  const { pipeline } = await live({ channels: { telegram: { ...OPEN, groupPolicy: 'allowlist', allowFrom: ['-7'] } } });
  expect(await pipeline.receive(inGroup('hi', true))).toMatchObject({ status: 'accepted' });
  const elsewhere = from({}, { kind: 'group', id: '-8' });
  expect(await pipeline.receive(elsewhere)).toMatchObject({ status: 'rejected', error: { code: 'SENDER_NOT_ALLOWED' } });
});
