import type { StoredEvent } from '@openclaw-gateway/events';
import type { Amendment, ModelRequest } from '@openclaw-gateway/sdk';
import { describe, expect, it } from 'vitest';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const PEER = { kind: 'direct', id: '42' } as const;

const edited = (externalId: string, text: string): Amendment => ({ kind: 'edited', externalId, peer: PEER, text });
const deleted = (externalId: string): Amendment => ({ kind: 'deleted', externalId, peer: PEER });
const amend = (pipeline: RunningPipeline, amendment: Amendment) => pipeline.amend({ channel: 'telegram', account: 'default', amendment });
const texts = (request: ModelRequest | undefined) => request?.messages.map((message) => ('text' in message ? message.text : ''));
const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);

async function ready(world: World): Promise<RunningPipeline> {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return pipeline;
}

/** The first message's model answers only once it is let. */
function heldModel(world: World): () => void {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  world.model = async function* (request) {
    if (lastText(request) === 'one') await released;
    yield* answer(`re: ${lastText(request)}`);
  };
  return release;
}

describe('A1 messages that their senders change', () => {
  it('an edit before the run has begun changes what the model is asked', async () => {
    const world = createWorld();
    const release = heldModel(world);
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'one'));
    const { messageId } = await pipeline.receive(submission('2', 'two'));
    expect(await amend(pipeline, edited('2', 'three'))).toBe('recorded');
    release();
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ reply: 're: three' });
    expect(texts(world.asked[1])).toEqual(['one', 're: one', 'three']);
    expect(of(await allEvents(world.log), 'message.edited').map(({ data, metadata }) => [data, metadata.correlationId])).toEqual([
      [{ messageId, text: 'three' }, messageId],
    ]);
  });

  it('an edit after the answer leaves it as it was, and the next turn knows of it', async () => {
    const world = createWorld();
    const pipeline = await ready(world);
    const first = await pipeline.receive(submission('1', 'one'));
    await pipeline.outcome(first.messageId, LONG);
    expect(await amend(pipeline, edited('1', 'uno'))).toBe('recorded');
    const second = await pipeline.receive(submission('2', 'two'));
    await pipeline.outcome(second.messageId, LONG);
    expect(world.sent.map(({ text }) => text)).toEqual(['re: one', 're: two']);
    expect(texts(world.asked[1])).toEqual(['one\n\n[The sender changed this message later. It now says:]\nuno', 're: one', 'two']);
  });

  it('a run that has begun is finished with the text that it has begun with', async () => {
    const world = createWorld('{ agents: { defaults: { tools: ["x"] } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }');
    const pipeline = await ready(world);
    let change: Promise<unknown> = Promise.resolve();
    world.model = async function* (request) {
      if (request.messages.at(-1)?.role === 'tool') return yield* answer('done');
      change = amend(pipeline, edited('1', 'uno'));
      await change;
      yield* callTool('c1', 'x');
    };
    const { messageId } = await pipeline.receive(submission('1', 'one'));
    await pipeline.outcome(messageId, LONG);
    expect(await change).toBe('recorded');
    expect(world.asked.map((request) => texts(request)?.[0])).toEqual(['one', 'one']);
  });

  it('a message that is deleted before its run has begun is not answered', async () => {
    const world = createWorld();
    const release = heldModel(world);
    const pipeline = await ready(world);
    const first = await pipeline.receive(submission('1', 'one'));
    const second = await pipeline.receive(submission('2', 'two'));
    expect(await amend(pipeline, deleted('2'))).toBe('recorded');
    release();
    await pipeline.outcome(first.messageId, LONG);
    expect(await pipeline.outcome(second.messageId, LONG)).toEqual({ status: 'no_reply', reason: 'aborted' });
    expect(world.asked).toHaveLength(1);
  });

  it('a message that is deleted later is not shown to the model again', async () => {
    const world = createWorld();
    const pipeline = await ready(world);
    await pipeline.outcome((await pipeline.receive(submission('1', 'one'))).messageId, LONG);
    await amend(pipeline, deleted('1'));
    await pipeline.outcome((await pipeline.receive(submission('2', 'two'))).messageId, LONG);
    expect(texts(world.asked[1])).toEqual(['[The sender deleted this message.]', 're: one', 'two']);
  });

  it('a change of a message that was never taken, or of another chat, is ignored and leaves no event', async () => {
    const world = createWorld('{ channels: { telegram: { botToken: "t", allowFrom: ["42"] } } }');
    const pipeline = await ready(world);
    await pipeline.outcome((await pipeline.receive(submission('1', 'one'))).messageId, LONG);
    const { inbound, ...rest } = submission('9', 'nine');
    await pipeline.receive({ ...rest, inbound: { ...inbound, sender: { id: '7' }, peer: { kind: 'direct', id: '7' } } });
    const before = (await allEvents(world.log)).length;
    expect(await amend(pipeline, edited('2', 'two'))).toBe('ignored');
    expect(await amend(pipeline, { ...edited('1', 'two'), peer: { kind: 'direct', id: '7' } })).toBe('ignored');
    expect(await amend(pipeline, { ...edited('9', 'ten'), peer: { kind: 'direct', id: '7' } })).toBe('ignored');
    expect((await allEvents(world.log)).length).toBe(before);
    expect(await pipeline.receive(submission('2', 'two'))).toMatchObject({ status: 'accepted', duplicate: false });
  });

  it('the same change brought again is one event', async () => {
    const world = createWorld();
    const release = heldModel(world);
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'one'));
    await pipeline.receive(submission('2', 'two'));
    const changes = [edited('1', 'uno'), edited('1', 'uno'), edited('2', 'dos'), edited('2', 'dos'), deleted('2'), deleted('2')];
    for (const change of changes) expect(await amend(pipeline, change)).toBe('recorded');
    release();
    const events = await allEvents(world.log);
    expect([of(events, 'message.edited').length, of(events, 'message.deleted').length]).toEqual([2, 1]);
  });

  it('a change of the text beyond messages.maxTextLength is refused', async () => {
    const world = createWorld('{ messages: { maxTextLength: 10 }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }');
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'one'));
    await expect(amend(pipeline, edited('1', 'a'.repeat(11)))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});

describe('F recovery of changes: the process dies at every step', () => {
  async function live(world: World, death?: Death): Promise<boolean> {
    const { pipeline, dead } = startLife(world, death);
    const whole = (async () => {
      await pipeline.recover();
      const receipts = [await pipeline.receive(submission('1', 'one')), await pipeline.receive(submission('2', 'two'))];
      await amend(pipeline, edited('2', 'three'));
      await amend(pipeline, deleted('1'));
      for (const { messageId } of receipts) await pipeline.outcome(messageId, LONG);
      await pipeline.stop(1000);
      return false;
    })();
    whole.catch(() => undefined);
    return Promise.race([whole, dead.then(() => true)]);
  }

  for (const when of ['before', 'after'] as const) {
    it(`law 1, 4, 7: dying ${when} each step, every change is one event and every run is asked what it began with`, async () => {
      let died = true;
      for (let at = 1; died; at++) {
        const world = createWorld();
        died = await live(world, { at, when });
        const { pipeline } = startLife(world);
        await pipeline.recover();
        for (const [id, text] of [['1', 'one'] as const, ['2', 'two'] as const]) await pipeline.receive(submission(id, text));
        await amend(pipeline, edited('2', 'three'));
        await amend(pipeline, deleted('1'));
        const events = async () => allEvents(world.log);
        await expect.poll(async () => (await events()).filter(({ type }) => ENDS.has(type)).length, { timeout: 5000 }).toBe(2);
        await pipeline.stop(1000);
        const where = `died ${when} step ${at}`;
        const all = await events();
        expect(of(all, 'message.edited').length, where).toBe(1);
        expect(of(all, 'message.deleted').length, where).toBe(1);
        const edit = of(all, 'message.edited')[0];
        const began = of(all, 'run.started').find(({ metadata }) => metadata.correlationId === edit?.metadata.correlationId);
        const isInTime = (edit?.position ?? 0) < (began?.position ?? 0);
        expect([...new Set(world.sent.map(({ text }) => text))].at(-1), where).toBe(isInTime ? 're: three' : 're: two');
        expect(at).toBeLessThan(40);
      }
    });
  }

  const ENDS: ReadonlySet<string> = new Set(['message.delivered', 'message.no_reply']);
});
