import { GatewayError } from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { AllFailed, type AskChunk } from '../asked.ts';
import { textFile } from '../attachments/testing.ts';
import { createTools, type Tools } from '../tools/index.ts';
import { TOOLS } from '../tools/manifest.ts';
import type { Change, Recording } from './job.ts';
import { CONFIG, calls, createRecorder, KNOWN_TOOLS, says, submissionOf } from './recording-fixture.ts';
import { replaySession } from './session.ts';

const replay = (recording: Recording, change?: Change) =>
  replaySession({ kind: 'session', recording, tools: KNOWN_TOOLS, live: false, ...(change && { change }) });

/** Asks the clock, then a zone that does not exist, then answers. */
const talkative = () => {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked % 3 === 1) return calls(`call_${asked}`, 'clock.now', { timezone: 'Asia/Shanghai' });
    return asked % 3 === 2 ? calls(`call_${asked}`, 'clock.now', { timezone: 'Mars/Olympus' }) : says(`answer ${asked}`);
  };
};

describe('B16 a session replayed with its recorded effects', () => {
  test('B16 gives its recording, tools that worked and tools that failed alike', async () => {
    const recorder = await createRecorder(talkative());
    for (let turn = 1; turn <= 5; turn++) await recorder.say(`question ${turn}`);
    const { baseline, changed } = await replay(await recorder.recording());
    expect(baseline).toMatchObject({ faithful: true, messages: { identical: 5, different: 0, skipped: 0 }, divergences: [], misses: 0 });
    expect(baseline.replayedDigest).toBe(baseline.recordedDigest);
    expect(changed).toBeUndefined();
  });

  test('B16 gives its recording where files came and went, whose bytes are gone', async () => {
    const tools: Tools = {
      ...createTools({ allow: ['clock.now'], deny: [] }, { definitions: TOOLS }),
      run: async (_name, _args, { attach }) => attach?.(textFile('the report', { name: 'report.txt' })),
    };
    const recorder = await createRecorder(talkative(), { tools });
    await recorder.say('look', textFile('a note'), textFile('another'));
    await recorder.say('and?');
    const recording = await recorder.recording();
    const withFiles = recording.events.filter(({ data }) => (data as { attachments?: unknown }).attachments !== undefined);
    expect(new Set(withFiles.map(({ type }) => type))).toEqual(new Set(['message.received', 'tool.completed', 'delivery.requested']));
    const { baseline } = await replay(recording);
    expect(baseline).toMatchObject({ faithful: true, messages: { identical: 2, different: 0 }, divergences: [], misses: 0 });
  });

  test('B16 gives its recording, too, where the conversation was summed up on its way', async () => {
    const config = { ...CONFIG, agents: { defaults: { ...CONFIG.agents.defaults, contextWindow: 1500, maxOutputTokens: 100 } } };
    const recorder = await createRecorder(
      async function* (asked: ModelRequest) {
        yield { type: 'text', text: asked.system?.startsWith('You are given') ? 'what was said' : 'yes' };
        yield { type: 'finish', reason: 'stop', usage: { inputTokens: 0, outputTokens: 1 } };
      },
      { config },
    );
    for (let turn = 1; turn <= 4; turn++) await recorder.say(`question ${turn} ${'x'.repeat(600)}`);
    const recording = await recorder.recording();
    expect(recording.events.map((event) => event.type)).toContain('session.compacted');
    const { baseline } = await replay(recording);
    expect(baseline).toMatchObject({ faithful: true, messages: { identical: 4 }, divergences: [], misses: 0 });
  });

  test('B16 takes messages that were answered together as given, and what came after them is reproduced', async () => {
    const recorder = await createRecorder((asked) => says(`answer ${asked.messages.length}`), {
      config: { ...CONFIG, messages: { queue: { mode: 'collect' } } },
    });
    const receipts = await Promise.all(['a', 'b', 'c'].map((text) => recorder.pipeline.receive(submissionOf(text))));
    for (const { messageId } of receipts) await recorder.pipeline.outcome(messageId, { timeoutMs: 10_000 });
    await recorder.say('and then');
    const recording = await recorder.recording();
    expect(recording.events.map((event) => event.type)).toContain('message.merged');
    expect((await replay(recording)).baseline).toMatchObject({ faithful: true, messages: { identical: 2, skipped: 1 }, misses: 0 });
  });

  test('B16 shows where another system prompt first makes a difference, and what the difference is', async () => {
    const recorder = await createRecorder(talkative());
    for (let turn = 1; turn <= 3; turn++) await recorder.say(`question ${turn}`);
    const { baseline, changed } = await replay(await recorder.recording(), { systemPrompt: 'Answer at length.' });
    expect(baseline.faithful).toBe(true);
    expect(changed).toMatchObject({ faithful: false, messages: { identical: 0, different: 3 } });
    expect(changed?.divergences[0]).toMatchObject({
      message: 1,
      recorded: { type: 'model.requested' },
      patch: [{ op: 'replace', path: '/data/requestHash' }],
      requestPatch: [{ op: 'replace', path: '/system', value: 'Answer at length.' }],
    });
  });

  test('B16 shows that a tool which is no longer allowed would be denied', async () => {
    const recorder = await createRecorder(talkative());
    await recorder.say('question');
    const { changed } = await replay(await recorder.recording(), { tools: [] });
    expect(changed?.divergences[0]?.requestPatch).toEqual([{ op: 'remove', path: '/tools/0' }]);
  });

  test("A11 B16 gives its recording where an extension's tools were used, without the extension", async () => {
    let looked = 0;
    const desk = {
      name: 'desk.who_is_in',
      description: 'Who is in a room.',
      effect: 'read' as const,
      parameters: z.object({ room: z.string() }),
      run: async () => {
        looked += 1;
        return { room: '7', guest: 'Ann' };
      },
    };
    const agents = { defaults: { ...CONFIG.agents.defaults, tools: ['desk.who_is_in', 'clock.now'] } };
    const config = { ...CONFIG, agents, tools: { allow: ['desk.who_is_in', 'clock.now'] } };
    let asked = 0;
    const recorder = await createRecorder(
      () => {
        asked += 1;
        return asked % 2 === 1 ? calls(`call_${asked}`, 'desk.who_is_in', { room: '7' }) : says('Ann is in.');
      },
      { config, tools: createTools({ allow: ['*'], deny: [] }, { definitions: [...TOOLS, desk] }) },
    );
    await recorder.say('who is in room 7?');
    await recorder.say('and now?');
    const recording = await recorder.recording();
    expect(looked).toBe(2);
    const { baseline, unknownTools } = await replay(recording);
    expect(unknownTools).toEqual(['desk.who_is_in']);
    expect(baseline).toMatchObject({ faithful: true, messages: { identical: 2, different: 0 }, divergences: [], misses: 0 });
    expect(looked).toBe(2);
    const changed = await replaySession({
      kind: 'session',
      recording,
      tools: KNOWN_TOOLS,
      live: false,
      detailed: true,
      change: { tools: ['clock.now'] },
    });
    expect(changed.turns?.map(({ verdict }) => verdict)).toEqual(['stricter', 'stricter']);
  });

  test('B16 an agent that takes every message is the one that the replay routes to', async () => {
    const agents = { ...CONFIG.agents, entries: { main: { default: true }, other: {} } };
    const recorder = await createRecorder(talkative(), { config: { ...CONFIG, agents } });
    await recorder.say('question');
    const recording = await recorder.recording();
    const job = { kind: 'session', recording, tools: KNOWN_TOOLS, live: false, detailed: true, change: { agentId: 'other' } } as const;
    const { baseline, turns } = await replaySession(job);
    expect(baseline.faithful).toBe(true);
    expect(turns?.[0]).toMatchObject({ recorded: { agentId: 'main' }, replayed: { agentId: 'other', rule: 'bindings[0]' } });
  });

  test('B16 a recording in which endpoints failed, were overtaken and stood in for one another is reproduced', async () => {
    const place = (endpoint: string) => ({ provider: 'scripted', model: 'one', endpoint });
    const left = (endpoint: string, code: 'MODEL_UNAVAILABLE' | 'MODEL_OVERTAKEN') => {
      return { ...place(endpoint), error: new GatewayError(code), durationMs: 7 };
    };
    let asked = 0;
    const recorder = await createRecorder(async function* (): AsyncGenerator<AskChunk> {
      asked += 1;
      if (asked === 1) {
        yield* says('half an');
        return;
      }
      yield { type: 'switch', left: left('a', 'MODEL_UNAVAILABLE'), to: { ...place('b'), because: 'failed' } };
      yield { type: 'switch', to: { ...place('c'), because: 'late' } };
      if (asked === 2) {
        yield { type: 'switch', left: left('b', 'MODEL_UNAVAILABLE') };
        yield { type: 'switch', left: left('c', 'MODEL_UNAVAILABLE') };
        throw new AllFailed('MODEL_UNAVAILABLE', { message: 'None of 3 endpoints answered.' });
      }
      yield { type: 'switch', left: left('b', 'MODEL_OVERTAKEN') };
      yield { type: 'from', endpoint: 'c' };
      yield* says('at last');
    });
    for (const text of ['one', 'two']) await recorder.say(text);
    const { events } = await recorder.recording();
    expect(events.map((event) => event.type).filter((type) => type === 'model.failed')).toHaveLength(5);
    expect(events.findLast((event) => event.type === 'model.responded')?.data).toMatchObject({ endpoint: 'c', text: 'at last' });
    const { baseline } = await replay(await recorder.recording());
    expect(baseline).toMatchObject({ faithful: true, divergences: [], misses: 0 });
  });

  test('B16 a recording in which a budget was used up, before the first question and between two, is reproduced', async () => {
    let refusing = false;
    const recorder = await createRecorder(
      async function* () {
        refusing = true;
        yield* calls('c1', 'clock.now', {});
      },
      { budget: () => (refusing ? new GatewayError('BUDGET_EXCEEDED', { message: 'Used up.' }) : undefined) },
    );
    for (const text of ['one', 'two']) await recorder.say(text);
    const { baseline } = await replay(await recorder.recording());
    expect(baseline).toMatchObject({ faithful: true, messages: { identical: 2 }, divergences: [], misses: 0 });
  });

  test('B16 a recording in which the model failed and was asked again is reproduced without waiting', async () => {
    let asked = 0;
    const recorder = await createRecorder(async function* () {
      asked += 1;
      if (asked === 1) throw new GatewayError('MODEL_RATE_LIMITED', { message: 'Slow down.', details: { retryAfterMs: 1 } });
      yield* says('at last');
    });
    await recorder.say('question');
    const recording = await recorder.recording();
    expect(recording.events.map((event) => event.type)).toContain('run.failed');
    const { baseline } = await replay(recording);
    expect(baseline).toMatchObject({ faithful: true, misses: 0 });
  });

  test('B16 calls that people decided about are decided the same way, in a chat, by the dashboard and by time', async () => {
    const approvals = { approvers: ['telegram:4915112345'], timeout: '1h' };
    const config = { ...CONFIG, tools: { rules: [{ tools: ['clock.now'], action: 'ask' }], approvals } };
    let asked = 0;
    const recorder = await createRecorder(
      () => {
        asked += 1;
        return asked % 2 === 1 ? calls(`call_${asked}`, 'clock.now', {}) : says(`answer ${asked}`);
      },
      { config },
    );
    const waits = () => vi.waitFor(() => recorder.pipeline.approvals()[0] ?? Promise.reject(new Error('nothing waits')), { interval: 5 });
    const actor = { type: 'user', id: 'usr_01m2ffzc6cek0s1zsfyf4fjszx' } as const;
    const first = recorder.say('by the dashboard');
    await recorder.pipeline.decideApproval((await waits()).code, 'deny', { actor, reason: 'Not now.' });
    await first;
    const second = recorder.say('in a chat');
    await recorder.pipeline.receive(submissionOf(`yes ${(await waits()).code}`));
    await second;
    const recording = await recorder.recording();
    const types = recording.events.map((event) => event.type);
    expect(types.filter((type) => /^tool\.(denied|approved)$/.test(type))).toEqual(['tool.denied', 'tool.approved']);
    const { baseline } = await replay(recording);
    expect(baseline.divergences).toEqual([]);
    expect(baseline).toMatchObject({ faithful: true, misses: 0 });
  });

  test('B16 A5 a call that two people said yes to is decided by both again', async () => {
    const approvals = { approvers: ['telegram:4915112345'], secondPerson: 'high' };
    const tools = { allow: ['exec.run'], rules: [{ tools: ['exec.run'], action: 'ask' }], approvals };
    const agents = { defaults: { ...CONFIG.agents.defaults, tools: ['exec.run'] } };
    let asked = 0;
    const recorder = await createRecorder(
      () => {
        asked += 1;
        return asked === 1 ? calls('call_1', 'exec.run', { argv: ['true'] }) : says('done');
      },
      { config: { ...CONFIG, agents, tools } },
    );
    const said = recorder.say('by two');
    const { code } = await vi.waitFor(() => recorder.pipeline.approvals()[0] ?? Promise.reject(new Error('nothing waits')), {
      interval: 5,
    });
    await recorder.pipeline.receive(submissionOf(`yes ${code}`));
    const told = async () => (await recorder.recording()).events.filter(({ type }) => type === 'delivery.succeeded');
    await vi.waitFor(async () => expect(await told()).toHaveLength(2));
    const actor = { type: 'user', id: 'usr_01m2ffzc6cek0s1zsfyf4fjszx' } as const;
    await recorder.pipeline.decideApproval(code, 'approve', { actor, reason: 'I agree.', lasting: 'session' });
    await said;
    const recording = await recorder.recording();
    const types = recording.events.map((event) => event.type);
    expect(types.filter((type) => /^tool\.app/.test(type))).toEqual(['tool.approval_requested', 'tool.approval_given', 'tool.approved']);
    const { baseline } = await replay(recording);
    expect(baseline.divergences).toEqual([]);
    expect(baseline).toMatchObject({ faithful: true, misses: 0 });
  });

  test('B16 a message that somebody cancelled while the model thought is cancelled again', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const recorder = await createRecorder(async function* (_, signal) {
      resolve();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new GatewayError('RUN_ABORTED'))));
    });
    const said = recorder.say('question');
    await asked;
    const sessionId = (await recorder.recording()).sessionId;
    await recorder.pipeline.abort({ sessionId }, 'chat.abort');
    await said;
    const recording = await recorder.recording();
    expect(recording.events.at(-2)).toMatchObject({ type: 'run.aborted', data: { reason: 'chat.abort' } });
    expect((await replay(recording)).baseline).toMatchObject({ faithful: true, divergences: [] });
  });

  test('B16 a recording whose process died while the model thought goes on as it did', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const first = await createRecorder(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          resolve();
          return new Promise(() => undefined);
        },
      }),
    }));
    // The gateway dies before it answers.
    void first.say('question').catch(() => undefined);
    await asked;
    const second = await createRecorder(() => says('after the crash'), { log: first.log });
    await second.pipeline.outcome((await second.recording()).events[0]?.metadata.correlationId ?? '', { timeoutMs: 10_000 });
    await second.say('and another');
    const recording = await second.recording();
    expect(recording.events.map((event) => (event.data as { problem?: { code: string } }).problem?.code)).toContain('MODEL_INTERRUPTED');
    expect((await replay(recording)).baseline).toMatchObject({ faithful: true, divergences: [], messages: { identical: 2 } });
  });

  test('B16 a recording that was changed is not faithful, and the report names the place', async () => {
    const recorder = await createRecorder(talkative());
    await recorder.say('question');
    const recording = await recorder.recording();
    const forged = recording.events.map((event) =>
      event.type === 'run.completed' ? { ...event, data: { ...(event.data as object), steps: 99 } } : event,
    );
    const { baseline, changed } = await replay({ ...recording, events: forged }, { systemPrompt: 'x' });
    const position = recording.events.find((event) => event.type === 'run.completed')?.position;
    expect(baseline).toMatchObject({
      faithful: false,
      divergences: [{ position, patch: [{ op: 'replace', path: '/data/steps', value: 3 }] }],
    });
    expect(changed).toBeUndefined();
  });

  test('B16 a recording whose data is erased is refused, and one without its configuration, too', async () => {
    const recorder = await createRecorder(talkative());
    await recorder.say('question');
    const recording = await recorder.recording();
    const erased = recording.events.map((event, index) => (index === 0 ? { ...event, erased: true as const } : event));
    await expect(replay({ ...recording, events: erased })).rejects.toMatchObject({ code: 'RECORDING_INCOMPLETE' });
    await expect(replay({ ...recording, configs: [] })).rejects.toMatchObject({ code: 'RECORDING_INCOMPLETE' });
  });
});
