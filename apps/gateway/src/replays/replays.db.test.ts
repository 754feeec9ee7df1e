import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@openclaw-gateway/db';
import { messageFlow } from '@openclaw-gateway/db/testing/flows';
import { ConfigChanged, GatewayError, newId } from '@openclaw-gateway/events';
import { expect, onTestFinished, test } from 'vitest';
import { type ReplayRun, Replays } from './index.ts';

const ACTOR = { type: 'user', id: 'usr_test' } as const;

async function setUp() {
  const stateDir = await mkdtemp(join(tmpdir(), 'replays-'));
  const store = await openStore({ dir: join(stateDir, 'state') });
  const sessionId = newId('session');
  for (const commit of messageFlow(sessionId, { opens: true, text: 'hello' }).commits) await store.log.append(commit);
  await store.waitForViews(store.log.head(), 60_000);
  const models = { resolve: () => Promise.reject(new GatewayError('MODEL_NOT_CONFIGURED')), priceOf: () => undefined };
  const make = () => new Replays({ stateDir, store, tools: () => [], models });
  const replays = make();
  onTestFinished(async () => {
    await replays.close();
    await store.close();
    await rm(stateDir, { recursive: true, force: true });
  });
  return { replays, make, sessionId, head: store.log.head() };
}

async function ended(replays: Replays, { id }: ReplayRun): Promise<ReplayRun> {
  let last: ReplayRun | undefined;
  for await (const run of replays.follow(id, new AbortController().signal)) last = run;
  return last ?? replays.get(id);
}

test('B16 a run is followed to its end, kept with its report, and found again by another process', async () => {
  const { replays, make, head } = await setUp();
  const run = await ended(replays, await replays.start({ source: { kind: 'log' }, level: 'projections', change: {} }, ACTOR));
  expect(run).toMatchObject({ state: 'completed', range: { last: head }, outcome: { faithful: true } });
  const later = make();
  expect(await later.list()).toMatchObject([{ id: run.id, state: 'completed', createdBy: ACTOR }]);
  expect(await later.report(run.id)).toMatchObject({ kind: 'projections' });
  await later.cancel(run.id);
  expect(await later.list()).toEqual([]);
  await expect(later.get(run.id)).rejects.toMatchObject({ code: 'REPLAY_NOT_FOUND' });
});

test('B16 a recording without its configuration fails, and says what it lacks', async () => {
  const { replays, sessionId } = await setUp();
  expect(await replays.preview({ kind: 'session', sessionId })).toMatchObject({
    messages: 1,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const run = await ended(replays, await replays.start({ source: { kind: 'session', sessionId }, level: 'effects', change: {} }, ACTOR));
  expect(run).toMatchObject({ state: 'failed', error: { code: 'RECORDING_INCOMPLETE' } });
});

test('B16 an order that makes no sense is refused, and so is a third run at once', async () => {
  const { replays, sessionId } = await setUp();
  const source = { kind: 'session', sessionId } as const;
  await expect(replays.start({ source, level: 'projections', change: {} }, ACTOR)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(replays.start({ source, level: 'live', change: {} }, ACTOR)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  const query = { kind: 'query', query: '', last: 5 } as const;
  await expect(replays.start({ source: query, level: 'effects', change: {} }, ACTOR)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  const order = { source: { kind: 'log' }, level: 'projections', change: {} } as const;
  const runs = [await replays.start(order, ACTOR), await replays.start(order, ACTOR)];
  await expect(replays.start(order, ACTOR)).rejects.toMatchObject({ code: 'OVERLOADED' });
  const [first] = runs;
  if (!first) throw new TypeError('no run');
  expect(await replays.cancel(first.id)).toMatchObject({ state: expect.stringMatching(/^(cancelled|completed)$/) });
});

test('B16 a bundle that is none is refused and leaves nothing', async () => {
  const { replays } = await setUp();
  await expect(replays.importBundle(Buffer.from('no bundle'))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  await expect(replays.preview({ kind: 'bundle', bundleId: newId('replay') })).rejects.toMatchObject({ code: 'REPLAY_NOT_FOUND' });
});

test('F B16 an erasure takes every run that quotes people, one that still runs too, and leaves those of the views', async () => {
  const { replays, sessionId } = await setUp();
  const views = await ended(replays, await replays.start({ source: { kind: 'log' }, level: 'projections', change: {} }, ACTOR));
  const order = { source: { kind: 'session', sessionId }, level: 'decisions', change: {} } as const;
  const over = await ended(replays, await replays.start(order, ACTOR));
  const going = await replays.start(order, ACTOR);
  await replays.eraseReports();
  expect((await replays.list()).map(({ id }) => id)).toEqual([views.id]);
  for (const { id } of [over, going]) await expect(replays.get(id)).rejects.toMatchObject({ code: 'REPLAY_NOT_FOUND' });
  expect(await replays.report(views.id)).toMatchObject({ kind: 'projections' });
});

test('B15 B16 a message that nobody sent is answered by the model within the budget, and only by one that is asked', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'replays-'));
  const store = await openStore({ dir: join(stateDir, 'state') });
  const document = { agents: { defaults: { model: 'scripted/one' }, entries: { main: { default: true }, ada: {} } } };
  const event = ConfigChanged.create({ hash: 'c0ffee00c0ffee00', source: 'file', changes: [], restartNeeded: [], document });
  await store.log.append({ events: [{ streamId: 'config', event, metadata: {} }] });
  const asked: string[] = [];
  const models = {
    resolve: async (reference: string) => ({
      providerName: 'scripted',
      model: reference,
      provider: {
        async *stream() {
          asked.push(reference);
          yield { type: 'text', text: `I am ${reference}` } as const;
          yield { type: 'finish', reason: 'stop', usage: { inputTokens: 5, outputTokens: 3 } } as const;
        },
      },
    }),
  };
  const replays = new Replays({ stateDir, store, tools: () => [], models: models as never });
  onTestFinished(async () => {
    await replays.close();
    await store.close();
    await rm(stateDir, { recursive: true, force: true });
  });
  const source = { kind: 'message', message: { channel: 'http', account: 'default', from: 'anna', text: 'who are you?' } } as const;
  await expect(replays.start({ source, level: 'effects', change: {} }, ACTOR)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  const budget = { tokens: 20_000, requests: 5 };
  const order = { source, level: 'live', change: { agentId: 'ada', model: 'scripted/two' }, budget } as const;
  const run = await ended(replays, await replays.start(order, ACTOR));
  expect(run).toMatchObject({ state: 'completed', range: { messages: 1 }, outcome: { faithful: true } });
  expect(asked).toEqual(['scripted/two']);
  expect(await replays.turn(run.id, 1)).toMatchObject({
    text: 'who are you?',
    replayed: { agentId: 'ada', reply: 'I am scripted/two', inputTokens: 5, outputTokens: 3 },
  });
  await replays.keep(run.id, 'who-are-you', ACTOR);
  await replays.eraseReports();
  expect(await replays.cases()).toEqual([]);
});
