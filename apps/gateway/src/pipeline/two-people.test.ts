import type { Actor, StoredEvent } from '@openclaw-gateway/events';
import { describe, expect, it, vi } from 'vitest';
import type { People } from './context.ts';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const user = (id: string): { readonly actor: Actor } => ({ actor: { type: 'user', id } });
const ANN = user('usr_ann');
const BOB = user('usr_bob');
/** Ann made a token. */
const ANNS_TOKEN = { actor: { type: 'service_account', id: 'tok_ann' } } as const;
const PEOPLE: People = {
  behind: ({ type, id }) => (type === 'unauthenticated' ? undefined : id === 'tok_ann' ? 'usr_ann' : id),
  named: (userName) => ({ ann: 'usr_ann', bob: 'usr_bob' })[userName],
};

function asking(approvals: object = {}): World {
  const config = {
    agents: { defaults: { tools: ['x', 'y'] } },
    channels: { telegram: { botToken: 't', dmPolicy: 'open' } },
    tools: { approvals: { secondPerson: 'high', ...approvals } },
  };
  const world = createWorld(JSON.stringify(config));
  world.asksAbout.add('x').add('y');
  world.highRisk.add('x');
  world.model = (request) => {
    const last = request.messages.at(-1);
    if (last?.role === 'tool') return answer(`done: ${JSON.stringify(last.result)}`);
    const asked = lastText(request);
    return asked === 'go' ? callTool('c1', 'x') : asked === 'low' ? callTool('c1', 'y') : answer(`re: ${asked}`);
  };
  return world;
}

async function live(world: World, death?: Death): Promise<RunningPipeline> {
  const { pipeline } = startLife(world, death, { people: PEOPLE });
  await pipeline.recover();
  return pipeline;
}

const waits = async (pipeline: RunningPipeline): Promise<string> =>
  (await vi.waitFor(() => pipeline.approvals()[0] ?? Promise.reject(new Error('nothing waits')), { timeout: 3000, interval: 5 })).code;
const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);
const from = (id: string, text: string, externalId = `${id} ${text}`) => ({
  ...submission('', ''),
  inbound: { externalId, sender: { id }, peer: { kind: 'direct' as const, id }, text },
});

describe('A5 ASVS 2.3.5 a second person', () => {
  it('tools.approvals.secondPerson "high" lets a call of high risk run once two people said yes, and one of less risk once one did', async () => {
    const world = asking();
    const pipeline = await live(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    expect(await pipeline.decideApproval(code, 'approve', { ...ANN, reason: 'I looked.' })).toMatchObject({ outcome: 'waits', people: 2 });
    expect(pipeline.approvals()).toMatchObject([{ code, people: 2, given: { actor: 'usr_ann', reason: 'I looked.' } }]);
    expect(pipeline.approvals()[0]?.given).not.toHaveProperty('person');
    expect(world.toolRuns).toEqual([]);
    expect(await pipeline.decideApproval(code, 'approve', BOB)).toMatchObject({ outcome: 'runs' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
    const events = await allEvents(world.log);
    expect(of(events, 'tool.approval_given')).toMatchObject([{ data: { person: 'usr_ann' }, metadata: ANN }]);
    expect(of(events, 'tool.approved')).toMatchObject([{ data: { rule: 'approval', people: 2 }, metadata: BOB }]);
    await pipeline.receive(submission('2', 'low'));
    expect(await pipeline.decideApproval(await waits(pipeline), 'approve', ANN)).toMatchObject({ outcome: 'runs' });
  });

  it('tools.approvals.secondPerson "never", which it is at first, locks out nobody who is alone', async () => {
    const pipeline = await live(asking({ secondPerson: undefined }));
    await pipeline.receive(submission('1', 'go'));
    expect(await pipeline.decideApproval(await waits(pipeline), 'approve', ANN)).toMatchObject({ outcome: 'runs' });
  });

  it.each([
    ['himself', ANN, 'APPROVAL_SAME_PERSON'],
    ['a token that he made', ANNS_TOKEN, 'APPROVAL_SAME_PERSON'],
    ['nobody who is known', { actor: { type: 'unauthenticated', id: 'anyone' } } as const, 'APPROVAL_PERSON_UNKNOWN'],
  ])('is not %s, and the call goes on waiting', async (_, second, code) => {
    const world = asking();
    const pipeline = await live(world);
    await pipeline.receive(submission('1', 'go'));
    const waiting = await waits(pipeline);
    await pipeline.decideApproval(waiting, 'approve', ANN);
    await expect(pipeline.decideApproval(waiting, 'approve', second)).rejects.toMatchObject({ code });
    expect(pipeline.approvalRefusal(waiting, second.actor, 'once')).toMatchObject({ code });
    expect(pipeline.approvalRefusal(waiting, BOB.actor, 'once')).toBeUndefined();
    expect(pipeline.approvals()).toHaveLength(1);
    expect(world.toolRuns).toEqual([]);
  });

  it('counts once who began the message, whatever he then says yes with', async () => {
    const world = asking({ people: { ann: ['user:ann', 'telegram:42'] }, approvers: ['telegram:42'] });
    const pipeline = await live(world);
    await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    await pipeline.receive(submission('2', `yes ${code}`));
    await vi.waitFor(() => expect(pipeline.approvals()[0]?.given).toBeDefined());
    await expect(pipeline.decideApproval(code, 'approve', ANN)).rejects.toMatchObject({ code: 'APPROVAL_SAME_PERSON' });
    expect(await pipeline.decideApproval(code, 'approve', BOB)).toMatchObject({ outcome: 'runs' });
  });

  it('tools.approvals.people: each of tools.approvals.people.* makes one person of a user and of senders; a sender is one through all accounts', async () => {
    const world = asking({ people: { ann: ['user:ann', 'telegram:7'] }, approvers: ['telegram:7', 'telegram:8'] });
    const pipeline = await live(world);
    await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    await pipeline.decideApproval(code, 'approve', ANN);
    for (const account of ['default', 'second']) {
      const refused = await pipeline.receive({ ...from('7', `yes ${code}`, `7 on ${account}`), account });
      expect(refused).toMatchObject({ status: 'rejected', error: { code: 'APPROVAL_SAME_PERSON' } });
    }
    await vi.waitFor(() =>
      expect(world.sent.filter(({ to, text }) => to.id === '7' && text.includes('(APPROVAL_SAME_PERSON)'))).toHaveLength(2),
    );
    expect(world.toolRuns).toEqual([]);
    await pipeline.receive(from('8', `yes ${code}`));
    await vi.waitFor(() => expect(world.toolRuns).toEqual(['x c1']));
  });

  it('who names himself as a sender over the API is who calls, not who he says', async () => {
    const world = asking({ approvers: ['api:one', 'api:two'] });
    const pipeline = await live(world);
    await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    const say = (id: string, by: { readonly actor: Actor }) =>
      pipeline.receive({ ...from(id, `yes ${code}`, by.actor.id), channel: 'api', account: 'default', caller: { method: 'token', ...by } });
    expect(await say('one', ANN)).toMatchObject({ status: 'accepted' });
    expect(await say('two', ANNS_TOKEN)).toMatchObject({ status: 'rejected', error: { code: 'APPROVAL_SAME_PERSON' } });
    expect(await say('two', BOB)).toMatchObject({ status: 'accepted' });
    await vi.waitFor(() => expect(world.toolRuns).toEqual(['x c1']));
  });

  it('is asked for in chats: the question says that two are needed, and after the first yes that one more is', async () => {
    const world = asking({ approvers: ['telegram:7', 'telegram:8'] });
    const pipeline = await live(world);
    await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    const told = (id: string) => world.sent.filter(({ to }) => to.id === id).map(({ text }) => text);
    await vi.waitFor(() => expect(told('8')).toEqual([expect.stringMatching(/Two people have to say yes\.$/)]));
    await pipeline.receive(from('7', `yes ${code}`));
    await vi.waitFor(() => expect(told('8').at(-1)).toMatch(new RegExp(`^1 of 2 people said yes to x\\..*"yes ${code}"`)));
    await pipeline.receive(from('8', `no ${code}`));
    await vi.waitFor(async () => expect(of(await allEvents(world.log), 'tool.denied')).toHaveLength(1));
    expect(world.toolRuns).toEqual([]);
  });

  it('does not count when time is over: the call is denied though one said yes', async () => {
    const world = asking({ timeout: '1s' });
    const pipeline = await live(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    await pipeline.decideApproval(code, 'approve', ANN);
    world.now += 1001;
    await expect(pipeline.decideApproval(code, 'approve', BOB)).rejects.toMatchObject({ code: 'APPROVAL_NOT_FOUND' });
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ reply: expect.stringContaining('APPROVAL_EXPIRED') });
  });

  it('for the conversation is what both said; what one allowed before does not let calls of high risk run', async () => {
    const world = asking();
    const pipeline = await live(world);
    const run = async (id: string, first: object, second: object) => {
      const { messageId } = await pipeline.receive(submission(id, 'go'));
      const code = await waits(pipeline);
      await pipeline.decideApproval(code, 'approve', { ...ANN, ...first });
      await pipeline.decideApproval(code, 'approve', { ...BOB, ...second });
      await pipeline.outcome(messageId, LONG);
    };
    await run('1', { lasting: 'session' }, {});
    await run('2', { lasting: 'session' }, { lasting: 'session' });
    const { messageId } = await pipeline.receive(submission('3', 'go'));
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
    const rules = of(await allEvents(world.log), 'tool.approved').map(({ data }) => (data as { rule: string }).rule);
    expect(rules).toEqual(['approval', 'approval', 'approval.session']);

    const alone = asking({ secondPerson: 'never' });
    const before = await live(alone);
    const first = await before.receive(submission('1', 'go'));
    await before.decideApproval(await waits(before), 'approve', { ...ANN, lasting: 'session' });
    await before.outcome(first.messageId, LONG);
    await before.stop(1000);
    const after = await live(Object.assign(alone, { config: asking().config }));
    await after.receive(submission('2', 'go'));
    expect(await waits(after)).toMatch(/^[B-Z2-9]{6}$/);
  });

  it('of two who say yes at the same moment both count, and of one who says it twice at the same moment one does', async () => {
    const world = asking();
    const pipeline = await live(world);
    const { messageId } = await pipeline.receive(submission('1', 'go'));
    const code = await waits(pipeline);
    const twice = await Promise.allSettled([ANN, ANNS_TOKEN].map((by) => pipeline.decideApproval(code, 'approve', by)));
    expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await pipeline.decideApproval(code, 'approve', BOB)).toMatchObject({ outcome: 'runs' });
    await pipeline.outcome(messageId, LONG);

    const other = await live(asking());
    const next = await other.receive(submission('1', 'go'));
    const waiting = await waits(other);
    const both = await Promise.all([ANN, BOB].map((by) => other.decideApproval(waiting, 'approve', by)));
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['runs', 'waits']);
    expect(await other.outcome(next.messageId, LONG)).toMatchObject({ status: 'delivered' });
  });

  it('F law 1, 3, 6: dying before or after any step the first yes is neither lost nor counted twice', async () => {
    for (const when of ['before', 'after'] as const) {
      let died = true;
      for (let at = 1; died; at++) {
        const world = asking();
        const { pipeline, dead } = startLife(world, { at, when }, { people: PEOPLE });
        const life = untilDelivered(world, pipeline).then(() => false);
        life.catch(() => undefined);
        died = await Promise.race([life, dead.then(() => true)]);
        await untilDelivered(world, startLife(world, undefined, { people: PEOPLE }).pipeline);
        const events = await allEvents(world.log);
        const where = `died ${when} step ${at}`;
        expect(of(events, 'tool.approval_given'), where).toHaveLength(1);
        expect(of(events, 'tool.approved'), where).toHaveLength(1);
        expect(of(events, 'message.delivered'), where).toHaveLength(1);
        expect(world.toolRuns.length, where).toBeLessThanOrEqual(1);
        expect(at).toBeLessThan(60);
      }
    }
  });
});

/** Ann says yes where nobody did, then Bob. */
async function untilDelivered(world: World, pipeline: RunningPipeline): Promise<void> {
  await pipeline.recover();
  await pipeline.receive(submission('1', 'go'));
  const has = async (type: string) => of(await allEvents(world.log), type).length > 0;
  while (!(await has('tool.approved'))) {
    const waiting = await vi.waitFor(
      async () => pipeline.approvals()[0] ?? ((await has('tool.approved')) ? undefined : Promise.reject(new Error('nothing waits'))),
      { timeout: 3000, interval: 2 },
    );
    if (waiting) await pipeline.decideApproval(waiting.code, 'approve', waiting.given ? BOB : ANN);
  }
  await vi.waitFor(async () => expect(await has('message.delivered')).toBe(true), { timeout: 3000, interval: 2 });
  await pipeline.stop(1000);
}
