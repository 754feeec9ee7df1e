import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import type { ModelProvider, ModelRequest } from '@openclaw-gateway/sdk';
import { expect, it } from 'vitest';
import { Endpoint, failover, type Group } from '../models/failover/index.ts';
import type { Models } from '../models/index.ts';
import { allEvents, answer, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const CONFIG =
  '{ agents: { defaults: { contextWindow: 1000, maxOutputTokens: 100 } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }';
const texts = ['one', 'two', 'three', 'four', 'five'].map((word) => `${word} ${'x'.repeat(250)}`);

/** A model that counts nothing, and sums up when it is told to. */
function small(): World {
  const world = createWorld(CONFIG);
  world.model = (request) => answer(isSummary(request) ? 'SUMMARY' : `re: ${lastText(request).slice(0, 4)}`, 0);
  return world;
}

const isSummary = (request: { readonly system?: string }) => request.system?.startsWith('You are given the older part') ?? false;
const shown = (world: World) => world.asked.filter((request) => !isSummary(request)).map((request) => JSON.stringify(request.messages));

async function life(world: World, death?: Death): Promise<boolean> {
  const { pipeline, dead } = startLife(world, death);
  const whole = (async () => {
    await pipeline.recover();
    for (const [index, text] of texts.entries()) {
      const { messageId } = await pipeline.receive(submission(String(index), text));
      // What was answered in an earlier life is not remembered.
      await pipeline.outcome(messageId, LONG).catch(() => undefined);
    }
    await pipeline.stop(1000);
    return false;
  })();
  whole.catch(() => undefined);
  return Promise.race([whole, dead.then(() => true)]);
}

const of = (events: readonly StoredEvent[], type: string) => events.filter((event) => event.type === type);

it('A4 sums up the older part when the conversation no longer fits, and counts what that took', async () => {
  const world = small();
  world.model = (request) => answer(isSummary(request) ? 'SUMMARY' : 're', 0);
  await life(world);
  const events = await allEvents(world.log);
  const [asked] = of(events, 'session.compaction_requested');
  const [compacted] = of(events, 'session.compacted');
  expect(asked?.data).toMatchObject({ contextWindow: 1000 });
  expect(compacted?.data).toMatchObject({ summary: 'SUMMARY', summarisedEntries: 6, keptEntries: 1 });
  expect(compacted?.position).toBeGreaterThan(asked?.position ?? 0);
  const last = shown(world).at(-1) ?? '';
  expect(last).toContain('SUMMARY');
  expect(last).not.toContain('one xx');
  expect(last).toContain('five xx');
  expect(of(events, 'message.received')).toHaveLength(5);
});

it('A4 the cost of a message stays the same however long the conversation is', async () => {
  const world = small();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  for (let index = 0; index < 60; index++) {
    const { messageId } = await pipeline.receive(submission(String(index), texts[index % 5] as string));
    await pipeline.outcome(messageId, LONG);
  }
  for (const request of shown(world)) expect(request.length).toBeLessThan(1600);
  expect(pipeline.holders()[0]?.bytes).toBeLessThan(4000);
});

it('A4 a summary holds for the next life, and one that the crash cut off is made again, wherever the process dies', async () => {
  for (const when of ['before', 'after'] as const) {
    let died = true;
    for (let at = 1; died; at++) {
      const world = small();
      died = await life(world, { at, when });
      await life(world);
      const events = await allEvents(world.log);
      const where = `died ${when} step ${at}`;
      expect(of(events, 'message.delivered'), where).toHaveLength(5);
      expect(of(events, 'session.compacted').length, where).toBeGreaterThanOrEqual(1);
      for (const request of shown(world)) expect(request.length, where).toBeLessThan(1600);
      expect(at).toBeLessThan(80);
    }
  }
}, 30_000);

it('A4 a message that the model cannot take by itself is refused with its length, and the conversation goes on', async () => {
  const world = small();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const long = await pipeline.receive(submission('1', 'x'.repeat(9000)));
  expect(await pipeline.outcome(long.messageId, LONG)).toMatchObject({ status: 'dead_lettered', error: { code: 'CONTEXT_TOO_LONG' } });
  const short = await pipeline.receive(submission('2', 'hello'));
  expect(await pipeline.outcome(short.messageId, LONG)).toMatchObject({ status: 'delivered', reply: 're: hell' });
});

it('A4 a model that cannot sum up fails the run like any other failure of it', async () => {
  const world = small();
  world.model = (request) => {
    if (isSummary(request)) throw new GatewayError('MODEL_UNAUTHORIZED');
    return answer('re', 0);
  };
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const outcomes = [];
  for (const [index, text] of texts.entries()) {
    const { messageId } = await pipeline.receive(submission(String(index), text));
    outcomes.push(await pipeline.outcome(messageId, LONG));
  }
  expect(outcomes.at(-1)).toMatchObject({ status: 'dead_lettered', error: { code: 'MODEL_UNAUTHORIZED' } });
});

it('A4 where several people speak, each one’s part is summed up for itself and is that person’s', async () => {
  const world = createWorld(CONFIG.replace('dmPolicy: "open"', 'dmPolicy: "open", groupPolicy: "open"'));
  world.model = (request) =>
    answer(isSummary(request) ? `SUMMARY of ${lastText(request).match(/one|two|three|four|five|six/)?.[0]}` : 're', 0);
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const say = async (id: string, sender: string, text: string) => {
    const made = submission(id, text);
    const inbound = { ...made.inbound, sender: { id: sender }, peer: { kind: 'group' as const, id: 'g' } };
    const { messageId } = await pipeline.receive({ ...made, inbound });
    return pipeline.outcome(messageId, LONG);
  };
  for (const [index, text] of texts.entries()) await say(String(index), index % 2 === 0 ? 'ann' : 'bob', text);
  const events = await allEvents(world.log);
  const compacted = of(events, 'session.compacted');
  const subjectOf = (position: number) => of(events, 'message.received')[position]?.metadata.subject;
  expect(compacted.slice(-2).map(({ data, metadata }) => [data, metadata.subject])).toMatchObject([
    [{ summary: expect.stringMatching(/^SUMMARY of/), part: { index: 0, of: 2 } }, subjectOf(1)],
    [{ summary: expect.stringMatching(/^SUMMARY of/), part: { index: 1, of: 2 } }, subjectOf(0)],
  ]);
  for (const { messages } of world.asked.filter(isSummary)) {
    const text = JSON.stringify(messages);
    expect(/one|three|five/.test(text) && /two|four/.test(text), text.slice(0, 300)).toBe(false);
  }
  const last = JSON.stringify(world.asked.at(-1)?.messages);
  expect(last).not.toContain('one xx');
  expect(last.match(/SUMMARY/g)).toHaveLength(2);
});

it('A4 a model that stands in and takes less is asked what it can take, and sums up itself what is too long for it', async () => {
  const config =
    '{ agents: { defaults: { model: "big/claude", fallbackModels: ["small/gpt-4"], maxOutputTokens: 500 } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }';
  const world = createWorld(config);
  let isDown = false;
  const asked: { readonly by: string; readonly request: ModelRequest }[] = [];
  const endpoint = (by: string) => {
    const provider: ModelProvider = {
      async *stream(request) {
        asked.push({ by, request });
        if (by === 'big' && isDown) throw new GatewayError('MODEL_UNAVAILABLE');
        yield* answer(isSummary(request) ? 'SUMMARY' : 're', 0);
      },
    };
    return new Endpoint({ weight: 1, provider, rules: { failures: 100, openFor: 1000 }, now: Date.now });
  };
  const endpoints: Readonly<Record<string, Endpoint>> = { big: endpoint('big'), small: endpoint('small') };
  const groupOf = (reference: string): Group => {
    const [providerName = '', model = ''] = reference.split('/');
    return { candidates: [{ endpoint: endpoints[providerName] ?? expect.fail(reference), providerName, model }] };
  };
  const resolve: Models['resolve'] = async (reference, standIns = []) => {
    const [providerName = '', model = ''] = reference.split('/');
    return { providerName, model, provider: failover([reference, ...standIns].map(groupOf), Date.now) };
  };
  const { pipeline } = startLife(world, undefined, { models: { resolve } });
  await pipeline.recover();
  for (const [index, text] of texts.entries()) {
    isDown = index === texts.length - 1;
    const { messageId } = await pipeline.receive(submission(String(index), `${text} ${'y'.repeat(2000)}`));
    expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered', reply: 're' });
  }
  expect(asked.map(({ by, request }) => `${by}${isSummary(request) ? ' sums up' : ''}`)).toEqual([
    ...['big', 'big', 'big', 'big', 'big'],
    ...['small sums up', 'small'],
  ]);
  const last = JSON.stringify(asked.at(-1)?.request.messages);
  expect(last.length).toBeLessThan(8192);
  expect(last).toContain('SUMMARY');
  expect(last).toContain('five');
  const events = await allEvents(world.log);
  expect(of(events, 'model.requested').at(-1)?.data).toMatchObject({ provider: 'small', model: 'gpt-4' });
  expect(of(events, 'session.compaction_requested').map(({ data }) => data)).toMatchObject([{ provider: 'small', contextWindow: 8192 }]);
  expect(of(events, 'model.failed').map(({ data }) => data)).toMatchObject([{ provider: 'big', problem: { code: 'MODEL_UNAVAILABLE' } }]);
});
