import type { StoredEvent } from '@openclaw-gateway/events';
import { describe, expect, it, vi } from 'vitest';
import type { Approval } from '../parts.ts';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const ANN = { actor: { type: 'user', id: 'usr_ann' } } as const;

function asking(approvals: object = { approvers: ['telegram:42'] }): World {
  const config = {
    agents: { defaults: { tools: ['x', 'y'] } },
    channels: { telegram: { botToken: 't', dmPolicy: 'open', groupPolicy: 'open' } },
    tools: { approvals },
  };
  const world = createWorld(JSON.stringify(config));
  world.asksAbout.add('x');
  world.model = (request) => {
    const last = request.messages.at(-1);
    if (last?.role === 'tool') return answer(`done: ${JSON.stringify(last.result)}`);
    return lastText(request) === 'go' ? callTool('c1', 'x') : answer(`re: ${lastText(request)}`);
  };
  return world;
}

async function ready(world: World): Promise<RunningPipeline> {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return pipeline;
}

const waits = (pipeline: RunningPipeline): Promise<Approval> =>
  vi.waitFor(() => pipeline.approvals()[0] ?? Promise.reject(new Error('nothing waits')), { timeout: 3000, interval: 5 });
const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);
const texts = (world: World) => world.sent.map(({ to, text }) => `${to.id}: ${text}`);

describe('A5 a call that a person is asked about', () => {
  it('waits without taking a place, and runs once it is approved, by whom is on record', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const approval = await waits(pipeline);
    expect(approval).toMatchObject({ tool: 'x', arguments: { n: 1 }, agentId: 'main', messageId, rule: 'agent.tools' });
    expect(approval.code).toMatch(/^[B-Z2-9]{6}$/);
    expect(world.toolRuns).toEqual([]);
    await vi.waitFor(() => expect(pipeline.activity().activeRuns).toBe(0));
    await pipeline.decideApproval(approval.code.toLowerCase(), 'approve', { ...ANN, reason: 'I looked at it.' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered', reply: 'done: {"echoed":{"n":1}}' });
    expect(pipeline.approvals()).toEqual([]);
    const [approved] = of(await allEvents(world.log), 'tool.approved');
    expect(approved).toMatchObject({
      data: { rule: 'approval', reason: 'I looked at it.' },
      metadata: { actor: ANN.actor, correlationId: messageId },
    });
  });

  it('is not run when it is denied, and the model is told why', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    await pipeline.decideApproval((await waits(pipeline)).code, 'deny', { ...ANN, reason: 'Too dangerous.' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ reply: expect.stringContaining('Too dangerous.') });
    expect(world.toolRuns).toEqual([]);
  });

  it('tools.approvals.timeout denies it when nobody decides, and a later word is too late', async () => {
    const world = asking({ timeout: '1s' });
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    world.now += 1001;
    await expect(pipeline.decideApproval(code, 'approve', ANN)).rejects.toMatchObject({ code: 'APPROVAL_NOT_FOUND' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ reply: expect.stringContaining('APPROVAL_EXPIRED') });
    expect(world.toolRuns).toEqual([]);
  });

  it('is allowed for the conversation: further calls of the tool run unasked there, in no other, and not once it is closed', async () => {
    const world = asking({});
    const pipeline = await ready(world);
    const first = await pipeline.receive(submission('1', 'go'));
    await pipeline.decideApproval((await waits(pipeline)).code, 'approve', { ...ANN, lasting: 'session' });
    await pipeline.outcome(first.messageId, LONG);
    const second = await pipeline.receive(submission('2', 'go'));
    expect(await pipeline.outcome(second.messageId, LONG)).toMatchObject({ status: 'delivered' });
    expect(of(await allEvents(world.log), 'tool.approved').map(({ data }) => data)).toMatchObject([
      { rule: 'approval', lasting: 'session' },
      { rule: 'approval.session', reason: 'A person allowed x for this conversation.' },
    ]);
    const peer = { kind: 'group' as const, id: '-100' };
    await pipeline.receive({ ...submission('3', 'go'), inbound: { externalId: '3', sender: { id: '42' }, peer, text: 'go' } });
    expect(await waits(pipeline)).toMatchObject({ tool: 'x' });
  });

  it('allowed for the conversation lets the calls of the tool run that wait beside it', async () => {
    const world = asking({});
    world.model = (request) => (request.messages.some(({ role }) => role === 'tool') ? answer('done') : callTwice());
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    await vi.waitFor(() => expect(pipeline.approvals()).toHaveLength(2));
    await pipeline.decideApproval((await waits(pipeline)).code, 'approve', { ...ANN, lasting: 'session' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered', reply: 'done' });
    expect(world.toolRuns).toEqual(['x c1', 'x c2']);
  });

  it('is decided by one of two at the same moment', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    const both = await Promise.allSettled([pipeline.decideApproval(code, 'approve', ANN), pipeline.decideApproval(code, 'deny', ANN)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await pipeline.outcome(messageId, LONG);
    const events = await allEvents(world.log);
    expect(of(events, 'tool.approved').length + of(events, 'tool.denied').length).toBe(1);
  });

  it('is cancelled together with its message', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId, ...receipt } = await pipeline.receive(submission('1', 'go'));
    await waits(pipeline);
    const sessionId = receipt.status === 'accepted' ? receipt.sessionId : '';
    expect(await pipeline.abort({ sessionId }, 'chat.abort')).toEqual([messageId]);
    expect(await pipeline.outcome(messageId, LONG)).toEqual({ status: 'no_reply', reason: 'aborted' });
    expect(pipeline.approvals()).toEqual([]);
    expect((await pipeline.receive(submission('2', 'next'))).status).toBe('accepted');
  });

  it('holds up what was asked for after it, and what comes later in the conversation, in order', async () => {
    const world = asking();
    world.model = (request) => {
      const results = request.messages.filter((message) => message.role === 'tool');
      if (lastText(request) === 'go' && results.length === 0) return twoCalls();
      return answer(`re: ${lastText(request)}`);
    };
    const pipeline = await ready(world);
    const first = await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    const second = await pipeline.receive(submission('2', 'later'));
    expect(world.toolRuns).toEqual([]);
    await pipeline.decideApproval(code, 'approve', ANN);
    await pipeline.outcome(first.messageId, LONG);
    await pipeline.outcome(second.messageId, LONG);
    expect(world.toolRuns).toEqual(['x c1', 'y c2']);
    expect(texts(world).slice(-2)).toEqual(['42: re: go', '42: re: later']);
  });
});

async function* twoCalls() {
  yield { type: 'tool-call' as const, call: { callId: 'c1', tool: 'x', arguments: {} } };
  yield { type: 'tool-call' as const, call: { callId: 'c2', tool: 'y', arguments: {} } };
  yield { type: 'finish' as const, reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
}

async function* callTwice() {
  yield { type: 'tool-call' as const, call: { callId: 'c1', tool: 'x', arguments: {} } };
  yield { type: 'tool-call' as const, call: { callId: 'c2', tool: 'x', arguments: {} } };
  yield { type: 'finish' as const, reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
}

describe('A5 those who may decide in a chat', () => {
  it('tools.approvals.approvers are asked where the conversation is, and "yes CODE" runs the call', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    await vi.waitFor(() =>
      expect(texts(world)).toEqual([`42: May x be run?\n{"n":1}\n\nWrite "yes ${code}" or "no ${code}" within 60 min.`]),
    );
    const word = await pipeline.receive(submission('2', ` YES ${code.toLowerCase()}. `));
    expect(word).toMatchObject({ status: 'accepted', duplicate: false });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
    expect(world.toolRuns).toEqual(['x c1']);
    const events = await allEvents(world.log);
    const wordEvents = events.filter((event) => event.metadata.correlationId === word.messageId);
    expect(wordEvents.map(({ type }) => type)).toEqual(['message.received', 'auth.accepted', 'message.no_reply']);
    const [approved] = of(events, 'tool.approved');
    expect(approved?.metadata).toMatchObject({ actor: { type: 'app_user' }, causationId: wordEvents[0]?.id, correlationId: messageId });
    expect(await pipeline.receive(submission('2', ` YES ${code.toLowerCase()}. `))).toMatchObject({ status: 'accepted', duplicate: true });
    expect(world.asked.at(-1)?.messages.filter(({ role }) => role === 'user')).toHaveLength(1);
  });

  it('"no CODE" denies it', async () => {
    const world = asking();
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    await pipeline.receive(submission('2', `no ${(await waits(pipeline)).code}`));
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ reply: expect.stringContaining('TOOL_DENIED') });
    expect(world.toolRuns).toEqual([]);
  });

  it('a word of somebody else, of a wrong code or of another form is a message like any other', async () => {
    const world = asking({ approvers: ['telegram:7', 'discord:42', 'telegram/second:42'] });
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    const from = (id: string, text: string) => {
      const inbound = { externalId: `${id}${text}`, sender: { id }, peer: { kind: 'direct' as const, id }, text };
      return pipeline.receive({ ...submission('', ''), inbound });
    };
    for (const [id, text] of [
      ['42', `yes ${code}`],
      ['8', `yes ${code}`],
      ['7', 'yes BBBBBB'],
      ['7', `yes ${code} and more`],
      ['7', `perhaps ${code}`],
    ] as const)
      await from(id, text);
    expect(pipeline.approvals()).toHaveLength(1);
    expect(world.toolRuns).toEqual([]);
    await from('7', `yes ${code}`);
    await vi.waitFor(() => expect(world.toolRuns).toEqual(['x c1']));
  });

  it('one who is not in the conversation is asked in a chat of his own; a group is asked where one of them may be', async () => {
    const world = asking({ approvers: ['telegram:7', 'telegram/second:8'] });
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'go'));
    await vi.waitFor(() => expect(world.sent.map(({ to }) => to.id)).toEqual(['7', '8']));
    const peer = { kind: 'group' as const, id: '-100' };
    await pipeline.receive({ ...submission('2', 'go'), inbound: { externalId: '2', sender: { id: '42' }, peer, text: 'go' } });
    await vi.waitFor(() => expect(world.sent.map(({ to }) => to.id)).toEqual(['7', '8', '-100']));
  });

  it('in a group a word on a call is heard though it names nobody; what else is said there is not for the agent', async () => {
    const world = asking({ approvers: ['telegram:7'] });
    const pipeline = await ready(world);
    const inGroup = (id: string, sender: string, text: string, mentioned: boolean) => {
      const peer = { kind: 'group' as const, id: '-100' };
      return pipeline.receive({ ...submission(id, text), inbound: { externalId: id, sender: { id: sender }, peer, text, mentioned } });
    };
    const { messageId } = await inGroup('1', '42', 'go', true);
    const { code } = await waits(pipeline);
    expect(await inGroup('2', '7', 'shall we?', false)).toMatchObject({ status: 'rejected', error: { code: 'NOT_ADDRESSED' } });
    expect(await inGroup('3', '7', `yes ${code}`, false)).toMatchObject({ status: 'accepted' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
  });

  it('a question that cannot be sent is sent again, and holds up nothing once somebody decided', async () => {
    const world = asking();
    let fails = true;
    world.beforeSend = ({ text }) => {
      if (fails && text.startsWith('May')) throw new Error('no network');
    };
    const pipeline = await ready(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const { code } = await waits(pipeline);
    await vi.waitFor(async () => expect(of(await allEvents(world.log), 'delivery.failed')).toHaveLength(1));
    fails = false;
    await pipeline.decideApproval(code, 'approve', ANN);
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
    expect(texts(world)).toEqual(['42: done: {"echoed":{"n":1}}']);
  });
});

describe('F recovery: the process dies at every step of a call that a person is asked about', () => {
  async function live(world: World, pipeline: RunningPipeline): Promise<void> {
    await pipeline.recover();
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const delivered = async () => of(await allEvents(world.log), 'message.delivered').length > 0;
    const approval = await vi.waitFor(
      async () =>
        pipeline.approvals()[0] ??
        ((await delivered()) || isDecided(await allEvents(world.log)) ? undefined : Promise.reject(new Error('nothing waits'))),
      { timeout: 3000, interval: 2 },
    );
    if (approval) await pipeline.receive(submission('2', `yes ${approval.code}`));
    await vi.waitFor(async () => expect(await delivered()).toBe(true), { timeout: 3000, interval: 2 });
    expect(messageId).toMatch(/^msg_/);
    await pipeline.stop(1000);
  }

  const isDecided = (events: readonly StoredEvent[]) => of(events, 'tool.approved').length > 0;

  it.each(['before', 'after'] as const)('law 1, 3, 6: dying %s each step', async (when) => {
    let died = true;
    for (let at = 1; died; at++) {
      const world = asking();
      const death: Death = { at, when };
      const first = startLife(world, death);
      const life = live(world, first.pipeline).then(() => false);
      life.catch(() => undefined);
      died = await Promise.race([life, first.dead.then(() => true)]);
      await live(world, startLife(world).pipeline);
      const events = await allEvents(world.log);
      const where = `died ${when} step ${at}`;
      expect(of(events, 'message.delivered'), where).toHaveLength(1);
      expect(of(events, 'tool.approval_requested'), where).toHaveLength(1);
      expect(of(events, 'tool.approved'), where).toHaveLength(1);
      expect(of(events, 'tool.started'), where).toHaveLength(1);
      expect(world.toolRuns.length, where).toBeLessThanOrEqual(1);
      const replies = new Set(world.sent.filter(({ text }) => text.startsWith('done')).map(({ deliveryId }) => deliveryId));
      expect(replies.size, where).toBe(1);
      expect(at).toBeLessThan(60);
    }
  });
});
