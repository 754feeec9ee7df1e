import { GatewayError, SessionCarried, type StoredEvent } from '@openclaw-gateway/events';
import type { ModelMessage } from '@openclaw-gateway/sdk';
import { describe, expect, it } from 'vitest';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, createWorld, lastText, startLife, submission, type World } from './pipeline-fixture.ts';
import { refuseBroken } from './quarantine.ts';

const LONG = { timeoutMs: 5000 };
const ACTOR = { type: 'user', id: 'usr_x' } as const;
const PER_PEER = '{ session: { dmScope: "per-peer" }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }';

const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);
let count = 0;
const from = (id: string, text: string) => {
  const made = submission(`q${++count}`, text);
  return { ...made, inbound: { ...made.inbound, sender: { id }, peer: { kind: 'direct' as const, id } } };
};
async function say(pipeline: RunningPipeline, id: string, text: string) {
  const { messageId } = await pipeline.receive(from(id, text));
  return pipeline.outcome(messageId, LONG);
}
async function ready(world: World): Promise<RunningPipeline> {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return pipeline;
}

describe('A8 quarantine', () => {
  it('sets a conversation aside whose message ends the process again and again, and no other', async () => {
    const world = createWorld(PER_PEER);
    world.model = async function* (request) {
      if (lastText(request) === 'poison') await new Promise(() => undefined);
      yield* answer(`re: ${lastText(request)}`);
    };
    const first = await ready(world);
    const { messageId } = await first.receive(from('1', 'poison'));
    await logged(world, (event) => event.type === 'model.requested');
    let pipeline = first;
    for (let restart = 1; restart <= 3; restart++) {
      pipeline = await ready(world);
      await logged(world, (event) => event.type === 'model.failed', restart);
    }
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'dead_lettered', error: { code: 'RUN_CRASHES' } });
    const [quarantined] = of(await allEvents(world.log), 'session.quarantined');
    expect(quarantined?.data).toMatchObject({ reason: 'crashes', messageId, problem: { code: 'RUN_CRASHES' } });
    expect(await pipeline.receive(from('1', 'hello'))).toMatchObject({ status: 'rejected', error: { code: 'SESSION_QUARANTINED' } });
    expect(await say(pipeline, '2', 'hello')).toMatchObject({ status: 'delivered', reply: 're: hello' });

    const sessionId = quarantined?.metadata.sessionId ?? '';
    expect(await pipeline.release(sessionId, { actor: ACTOR, forget: false })).toBe(true);
    expect(await pipeline.release(sessionId, { actor: ACTOR, forget: false })).toBe(false);
    expect(await say(pipeline, '1', 'hello')).toMatchObject({ status: 'delivered' });
  });

  it('sets a conversation aside that the model refuses three times in a row after it had answered', async () => {
    const world = createWorld(PER_PEER);
    const pipeline = await ready(world);
    expect(await say(pipeline, '1', 'hello')).toMatchObject({ status: 'delivered' });
    world.model = () => {
      throw new GatewayError('MODEL_REFUSED');
    };
    for (let time = 1; time <= 3; time++) expect(await say(pipeline, '1', 'again')).toMatchObject({ error: { code: 'MODEL_REFUSED' } });
    const [quarantined] = of(await allEvents(world.log), 'session.quarantined');
    expect(quarantined?.data).toMatchObject({ reason: 'refused' });
    expect(await pipeline.receive(from('1', 'more'))).toMatchObject({ status: 'rejected', error: { code: 'SESSION_QUARANTINED' } });
  });

  it('runs what waited once the conversation is released, in this life or the next, and forgets what was said when told to', async () => {
    const world = createWorld(PER_PEER);
    const pipeline = await ready(world);
    await say(pipeline, '1', 'old');
    const { promise: release, resolve: go } = Promise.withResolvers<void>();
    // biome-ignore lint/correctness/useYield: the model refuses before it says anything
    world.model = async function* () {
      await release;
      throw new GatewayError('MODEL_REFUSED');
    };
    const receipts = await Promise.all(['a', 'b', 'c', 'd'].map((text) => pipeline.receive(from('1', text))));
    go();
    await logged(world, (event) => event.type === 'session.quarantined');
    await pipeline.stop(1000);
    world.model = (request) => answer(`re: ${request.messages.map((message) => ('text' in message ? message.text : '')).join(' ')}`);
    const next = await ready(world);
    const [quarantined] = of(await allEvents(world.log), 'session.quarantined');
    await next.release(quarantined?.metadata.sessionId ?? '', { actor: ACTOR, forget: true });
    expect(await next.outcome(receipts[3]?.messageId ?? '', LONG)).toMatchObject({ status: 'delivered', reply: 're: d' });
  });

  it('sets a conversation aside whose tool calls and results do not match', async () => {
    const world = createWorld(PER_PEER);
    const pipeline = await ready(world);
    await say(pipeline, '1', 'hello');
    const { streamId, metadata } = (await allEvents(world.log)).find((event) => event.type === 'run.started') as StoredEvent;
    const { sessionId = '' } = metadata;
    const call = { callId: 'lost', tool: 'x', arguments: {} };
    const entries = [{ role: 'assistant' as const, text: '', toolCalls: [call], time: 1, position: 1 }];
    await world.log.append({ events: [{ streamId, event: SessionCarried.create({ sessionId, entries }), metadata: { sessionId } }] });
    const next = await ready(world);
    expect(await say(next, '1', 'and now')).toMatchObject({ status: 'dead_lettered', error: { code: 'CONVERSATION_BROKEN' } });
    expect(of(await allEvents(world.log), 'session.quarantined')[0]?.data).toMatchObject({ reason: 'broken_conversation' });
  });

  it('takes only conversations in which each call has its result', () => {
    const ask = (...ids: string[]): ModelMessage => ({
      role: 'assistant',
      text: '',
      toolCalls: ids.map((callId) => ({ callId, tool: 't', arguments: {} })),
    });
    const result = (callId: string): ModelMessage => ({ role: 'tool', callId, tool: 't', result: 1, failed: false });
    const user: ModelMessage = { role: 'user', text: 'u' };
    expect(() => refuseBroken([user, ask('a', 'b'), result('b'), result('a'), user, ask(), user])).not.toThrow();
    for (const broken of [[ask('a'), user], [ask('a')], [result('a')], [ask('a'), result('a'), result('a')], [ask('a'), ask('b')]]) {
      expect(() => refuseBroken(broken)).toThrow(GatewayError);
    }
  });
});

async function logged(world: World, found: (event: StoredEvent) => boolean, times = 1): Promise<void> {
  let seen = 0;
  for await (const page of world.log.subscribe({ after: 0, signal: AbortSignal.timeout(3000) })) {
    seen += page.filter(found).length;
    if (seen >= times) return;
  }
  throw new Error('the event did not come');
}
