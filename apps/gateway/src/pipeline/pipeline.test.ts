import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import { describe, expect, it, vi } from 'vitest';
import type { AskChunk } from '../asked.ts';
import type { Outcome } from '../parts.ts';
import type { RunningPipeline } from './index.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };
const toolConfig = '{ agents: { defaults: { tools: ["x"] } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }';

async function ready(world: World): Promise<RunningPipeline> {
  const { pipeline } = startLife(world);
  await pipeline.recover();
  return pipeline;
}

async function say(pipeline: RunningPipeline, id: string, text: string): Promise<Outcome> {
  const receipt = await pipeline.receive(submission(id, text));
  return pipeline.outcome(receipt.messageId, LONG);
}

/** Resolves when the log holds an event for which `found` is true. */
async function logged(world: World, found: (event: StoredEvent) => boolean): Promise<StoredEvent> {
  for await (const page of world.log.subscribe({ after: 0, signal: AbortSignal.timeout(2000) })) {
    const event = page.find(found);
    if (event) return event;
  }
  throw new Error(`the event did not come; there are ${types(await allEvents(world.log)).join(' ')}`);
}

const types = (events: readonly StoredEvent[]): string[] => events.map((event) => event.type);

describe('A7 a model behind several endpoints', () => {
  const place = (endpoint: string) => ({ provider: 'scripted', model: 'one', endpoint });
  const half = async function* (): AsyncGenerator<AskChunk> {
    yield { type: 'from', endpoint: 'a' };
    yield { type: 'text', text: 'half an ans' };
    const left = { ...place('a'), error: new GatewayError('MODEL_BAD_RESPONSE'), durationMs: 1 };
    yield { type: 'switch', left, to: { ...place('b'), because: 'failed' } };
    yield { type: 'from', endpoint: 'b' };
    yield* answer('a whole answer');
  };

  it('A7 half an answer is taken back and the whole one is delivered once, by whom the log says', async () => {
    const world = createWorld();
    world.model = half;
    const pipeline = await ready(world);
    const heard: string[] = [];
    pipeline.followAll(
      (progress) => void heard.push(progress.type === 'delta' ? progress.text : progress.type),
      () => true,
    );
    expect(await say(pipeline, '1', 'hello')).toMatchObject({ status: 'delivered', reply: 'a whole answer' });
    expect(heard.join('|')).toContain('half an ans|reset|a whole answer');
    expect(world.sent.map(({ text }) => text)).toEqual(['a whole answer']);
    const models = (await allEvents(world.log)).filter(({ type }) => type.startsWith('model.'));
    expect(models.map(({ type, data }) => [type, (data as { endpoint?: string }).endpoint])).toEqual([
      ['model.requested', undefined],
      ['model.failed', 'a'],
      ['model.requested', 'b'],
      ['model.responded', 'b'],
    ]);
    expect(models[2]?.data).toMatchObject({ because: 'failed', step: 1 });
  });

  it('A7 the next endpoint is asked only once the log says so', async () => {
    const world = createWorld();
    const seen: string[][] = [];
    world.model = async function* () {
      for await (const chunk of half()) {
        yield chunk;
        if (chunk.type === 'switch') seen.push(types(await allEvents(world.log)).slice(-2));
      }
    };
    await say(await ready(world), '1', 'hello');
    expect(seen).toEqual([['model.failed', 'model.requested']]);
  });

  it('A7 wherever the process dies between two endpoints, the answer is delivered and the log has no open question', async () => {
    for (let at = 1; at <= 8; at++) {
      const world = createWorld();
      world.model = half;
      world.channelIdempotency = 'native';
      const first = startLife(world, { at, when: 'after' });
      await first.pipeline.recover();
      void first.pipeline.receive(submission('1', 'hello'));
      await Promise.race([first.dead, logged(world, ({ type }) => type === 'message.delivered')]);
      const pipeline = await ready(world);
      await pipeline.receive(submission('1', 'hello'));
      await logged(world, ({ type }) => type === 'message.delivered');
      expect(new Set(world.sent.map(({ text }) => text))).toEqual(new Set(['a whole answer']));
    }
  });
});

describe('A8 a budget that is used up', () => {
  const spent = () => new GatewayError('BUDGET_EXCEEDED', { message: 'The budget is used up.' });

  it('A8 asks no model, and whoever wrote is told in words', async () => {
    const world = createWorld();
    world.budget = spent;
    expect(await say(await ready(world), '1', 'hello')).toMatchObject({ status: 'delivered', reply: 'The budget is used up.' });
    await logged(world, ({ type }) => type === 'message.delivered');
    const events = await allEvents(world.log);
    expect(world.asked).toEqual([]);
    expect(types(events).filter((type) => /^(run|model|delivery|message)/.test(type))).toEqual([
      ...['message.received', 'message.queued', 'run.started', 'run.failed', 'delivery.requested', 'delivery.attempted'],
      ...['delivery.succeeded', 'message.delivered'],
    ]);
    expect(events.find(({ type }) => type === 'run.failed')?.data).toMatchObject({ problem: { code: 'BUDGET_EXCEEDED' } });
  });

  it('A8 ends a run between two steps, and the next message of the conversation is taken again', async () => {
    const world = createWorld(toolConfig);
    world.budget = (asked) => (asked === 1 ? spent() : undefined);
    world.model = (request) => (world.asked.length === 1 ? callTool('c1', 'x') : answer(`re: ${lastText(request)}`));
    const pipeline = await ready(world);
    expect(await say(pipeline, '1', 'hello')).toMatchObject({ reply: 'The budget is used up.' });
    world.budget = () => undefined;
    expect(await say(pipeline, '2', 'again')).toMatchObject({ reply: 're: again' });
  });

  it('A8 wherever the process dies, the reason is delivered', async () => {
    for (let at = 1; at <= 6; at++) {
      const world = createWorld();
      world.budget = spent;
      world.channelIdempotency = 'native';
      const first = startLife(world, { at, when: 'after' });
      await first.pipeline.recover();
      void first.pipeline.receive(submission('1', 'hello'));
      await Promise.race([first.dead, logged(world, ({ type }) => type === 'message.delivered')]);
      await (await ready(world)).receive(submission('1', 'hello'));
      await logged(world, ({ type }) => type === 'message.delivered');
      expect(new Set(world.sent.map(({ text }) => text))).toEqual(new Set(['The budget is used up.']));
    }
  });
});

describe('A1 the way of a message', () => {
  it('is one commit before the acknowledgement, one more before the answer, and every step is an event', async () => {
    const world = createWorld();
    const commits: number[] = [];
    const { append } = world.log;
    world.log.append = async (request) => {
      commits.push(request.events.length);
      return append.call(world.log, request);
    };
    const pipeline = await ready(world);
    const receipt = await pipeline.receive(submission('1', 'hello'));
    expect(commits).toEqual([7]);
    expect(await pipeline.outcome(receipt.messageId, LONG)).toMatchObject({ status: 'delivered', reply: 're: hello' });
    expect(commits.slice(0, 2)).toEqual([7, 4]);
    await logged(world, (event) => event.type === 'message.delivered');
    expect(types(await allEvents(world.log))).toEqual([
      'message.received',
      'auth.accepted',
      'route.decided',
      'session.opened',
      'message.queued',
      'run.started',
      'model.requested',
      'model.responded',
      'run.completed',
      'delivery.requested',
      'delivery.attempted',
      'delivery.succeeded',
      'message.delivered',
    ]);
  });

  it('A4 runs messages that arrive at the same time in a quiet conversation one after the other, in the order of the log', async () => {
    const world = createWorld();
    const pipeline = await ready(world);
    await say(pipeline, '0', 'hello');
    const receipts = await Promise.all(['1', '2', '3'].map((id) => pipeline.receive(submission(id, id))));
    for (const { messageId } of receipts) await pipeline.outcome(messageId, LONG);

    const events = await allEvents(world.log);
    const runs = events.filter((event) => ['run.started', 'run.completed'].includes(event.type));
    expect(types(runs)).toEqual(Array.from({ length: 4 }, () => ['run.started', 'run.completed']).flat());
    const order = (type: string) => events.filter((event) => event.type === type).map((event) => event.metadata.correlationId);
    expect(order('run.started')).toEqual(order('message.received'));
  });

  it('A8 starts a run with its message only where a place is free: at most maxConcurrent have started', async () => {
    const world = createWorld(
      '{ gateway: { sessions: { maxConcurrent: 1 } }, session: { dmScope: "per-peer" }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }',
    );
    const { promise: release, resolve: go } = Promise.withResolvers<void>();
    world.model = async function* (request) {
      await release;
      yield* answer(`re: ${lastText(request)}`);
    };
    const pipeline = await ready(world);
    const from = (id: string) => {
      const { inbound, ...rest } = submission(id, id);
      return { ...rest, inbound: { ...inbound, sender: { id }, peer: { ...inbound.peer, id } } };
    };
    const receipts = await Promise.all(['11', '12', '13'].map((id) => pipeline.receive(from(id))));
    expect(new Set(receipts.map((receipt) => receipt.status === 'accepted' && receipt.sessionId)).size).toBe(3);
    expect(types(await allEvents(world.log)).filter((type) => type === 'run.started').length).toBeLessThanOrEqual(1);
    go();
    for (const { messageId } of receipts) expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
  });

  it('A2 records a sender that may not write, with the reason, and runs nothing', async () => {
    const world = createWorld('{ channels: { telegram: { botToken: "t", allowFrom: ["7"] } } }');
    const pipeline = await ready(world);
    const receipt = await pipeline.receive(submission('1', 'hello'));
    expect(receipt).toMatchObject({ status: 'rejected', error: { code: 'SENDER_NOT_ALLOWED' } });
    expect(types(await allEvents(world.log))).toEqual(['message.received', 'auth.denied', 'message.rejected']);
    expect(world.asked).toEqual([]);
  });

  it("A1 takes a message with the same id once, also when both arrive at the same time, and gives the first one's ids", async () => {
    const world = createWorld();
    const pipeline = await ready(world);
    const [first, second] = await Promise.all([pipeline.receive(submission('1', 'hello')), pipeline.receive(submission('1', 'hello'))]);
    expect([first.duplicate, second.duplicate].sort()).toEqual([false, true]);
    expect(second.messageId).toBe(first.messageId);
    await pipeline.outcome(first.messageId, LONG);
    expect(world.sent).toHaveLength(1);
    expect(types(await allEvents(world.log)).filter((type) => type === 'message.deduplicated')).toHaveLength(1);
  });

  it('A1 refuses the same id with another text', async () => {
    const pipeline = await ready(createWorld());
    await pipeline.receive(submission('1', 'hello'));
    await expect(pipeline.receive(submission('1', 'other'))).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('A3 opens one session when two first messages arrive at the same time', async () => {
    const world = createWorld();
    const pipeline = await ready(world);
    const receipts = await Promise.all(['1', '2', '3'].map((id) => pipeline.receive(submission(id, id))));
    await Promise.all(receipts.map((receipt) => pipeline.outcome(receipt.messageId, LONG)));
    expect(types(await allEvents(world.log)).filter((type) => type === 'session.opened')).toHaveLength(1);
  });

  it('A3 refuses an agent that does not exist and names those that do', async () => {
    const pipeline = await ready(createWorld());
    const receipt = await pipeline.receive(submission('1', 'hello', { agentId: 'nobody' }));
    expect(receipt).toMatchObject({ status: 'rejected', error: { code: 'AGENT_NOT_FOUND' } });
  });

  it('A4 answers the messages of a session in their order, one at a time, each with those before it in the prompt', async () => {
    const world = createWorld();
    let active = 0;
    world.model = async function* (request: ModelRequest) {
      active += 1;
      expect(active).toBe(1);
      try {
        yield* answer(`re: ${lastText(request)}`);
      } finally {
        active -= 1;
      }
    };
    const pipeline = await ready(world);
    const receipts = await Promise.all(['1', '2', '3', '4'].map((id) => pipeline.receive(submission(id, id))));
    await Promise.all(receipts.map((receipt) => pipeline.outcome(receipt.messageId, LONG)));
    expect(world.sent.map((outbound) => outbound.text)).toEqual(['re: 1', 're: 2', 're: 3', 're: 4']);
    expect(world.asked[3]?.messages.map((message) => ('text' in message ? message.text : ''))).toEqual([
      '1',
      're: 1',
      '2',
      're: 2',
      '3',
      're: 3',
      '4',
    ]);
  });

  it('A5 runs an approved tool, tells the model its result, and denies what the agent may not use', async () => {
    const world = createWorld(toolConfig);
    world.model = (request) => {
      const results = request.messages.filter((message) => message.role === 'tool');
      if (results.length === 0) return callTool('c1', 'x');
      if (results.length === 1) return callTool('c2', 'y');
      return answer(JSON.stringify(results));
    };
    const pipeline = await ready(world);
    const outcome = await say(pipeline, '1', 'go');
    expect(outcome).toMatchObject({ status: 'delivered' });
    expect(world.toolRuns).toEqual(['x c1']);
    expect(outcome.status === 'delivered' ? outcome.reply : '').toContain('TOOL_DENIED');
    expect(types(await allEvents(world.log)).filter((type) => type.startsWith('tool.'))).toEqual([
      'tool.requested',
      'tool.approved',
      'tool.started',
      'tool.completed',
      'tool.requested',
      'tool.denied',
    ]);
  });

  it('A5 ends a run that never answers after agents.defaults.maxSteps steps', async () => {
    const world = createWorld(toolConfig.replace('tools: ["x"]', 'tools: ["x"], maxSteps: 3'));
    let calls = 0;
    world.model = () => callTool(`c${++calls}`, 'x');
    expect(await say(await ready(world), '1', 'go')).toMatchObject({ status: 'dead_lettered', error: { code: 'RUN_STEPS_EXCEEDED' } });
    expect(world.asked).toHaveLength(3);
  });

  it('A5 refuses calls that go round in circles, tells the model, then stops the run and tells the sender why', async () => {
    const world = createWorld(toolConfig.replace('tools: ["x"]', 'tools: ["x"], maxRepeats: 2'));
    let calls = 0;
    world.model = () => callTool(`c${++calls}`, 'x');
    const pipeline = await ready(world);
    const outcome = await say(pipeline, '1', 'go');
    expect(outcome).toMatchObject({ status: 'delivered', reply: expect.stringContaining('kept calling x') });
    expect(world.toolRuns).toEqual(['x c1', 'x c2']);
    expect(JSON.stringify(world.asked.at(-1)?.messages.at(-1))).toContain('Do something else');
    const stopped = (await allEvents(world.log)).find((event) => event.type === 'run.stopped');
    expect(stopped?.data).toMatchObject({ reason: 'repeated_calls', tools: ['x'], repeats: 2 });
    world.model = (request) => answer(JSON.stringify(request.messages));
    expect(await say(pipeline, '2', 'again')).toMatchObject({ reply: expect.stringContaining('kept calling x') });
  });

  it('A4 sends a one-line message without anything that the agent does not need: no tools, no instructions', async () => {
    const world = createWorld();
    await say(await ready(world), '1', 'hello');
    expect(world.asked).toEqual([{ model: 'one', messages: [{ role: 'user', text: 'hello' }], tools: [], maxOutputTokens: 4096 }]);
  });

  it('A4 tries a failing model again and dead-letters the message after the last attempt', async () => {
    const world = createWorld();
    world.model = () => {
      throw new GatewayError('MODEL_UNAVAILABLE');
    };
    const pipeline = await ready(world);
    const receipt = await pipeline.receive(submission('1', 'hello'));
    const retry = await logged(world, (event) => event.type === 'run.failed');
    expect(retry.data).toHaveProperty('retryAt');
    world.now += 60_000;
    await pipeline.abort({ sessionId: 'ses_none' }, 'nothing');
    expect(receipt.status).toBe('accepted');
    await pipeline.stop(0);
    for (let attempt = 2; attempt <= 3; attempt++) {
      world.now += 600_000;
      const next = await ready(world);
      await logged(world, (event) => event.type === 'run.failed' && (event.data as { attempt: number }).attempt === attempt);
      await next.stop(1000);
    }
    await logged(world, (event) => event.type === 'message.dead_lettered');
    expect(world.asked).toHaveLength(3);
  });

  it('A4 does not try again what the model refused', async () => {
    const world = createWorld();
    world.model = () => {
      throw new GatewayError('MODEL_UNAUTHORIZED');
    };
    expect(await say(await ready(world), '1', 'hello')).toMatchObject({ status: 'dead_lettered', error: { code: 'MODEL_UNAUTHORIZED' } });
  });

  it('A6 ends a message whose answer is empty as no_reply and sends nothing', async () => {
    const world = createWorld();
    world.model = () => answer('');
    expect(await say(await ready(world), '1', 'hello')).toEqual({ status: 'no_reply', reason: 'empty_answer' });
    expect(world.sent).toEqual([]);
  });

  it('A6 holds a reply whose connection broke when the channel is set to hold, and sends it again marked when not', async () => {
    for (const policy of ['hold', 'at-least-once']) {
      const world = createWorld(`{ channels: { telegram: { botToken: "t", dmPolicy: "open", delivery: "${policy}" } } }`);
      world.beforeSend = ({ attempt }) => {
        if (attempt === 1) throw new GatewayError('CHANNEL_UNAVAILABLE', { details: { mayHaveArrived: true } });
      };
      const pipeline = await ready(world);
      const receipt = await pipeline.receive(submission('1', 'hello'));
      if (policy === 'hold') {
        expect(await pipeline.outcome(receipt.messageId, LONG)).toMatchObject({ status: 'held' });
        expect(world.sent).toEqual([]);
      } else {
        await logged(world, (event) => event.type === 'delivery.failed');
        await pipeline.stop(1000);
        world.now += 600_000;
        await ready(world);
        const attempt = await logged(
          world,
          (event) => event.type === 'delivery.attempted' && (event.data as { attempt: number }).attempt === 2,
        );
        expect(attempt.data).toMatchObject({ possiblyDuplicate: true });
        await logged(world, (event) => event.type === 'message.delivered');
      }
    }
  });

  it('A6 tells the channel which of its messages is answered, also after a restart', async () => {
    const world = createWorld();
    world.beforeSend = ({ attempt }) => {
      if (attempt === 1) throw new GatewayError('CHANNEL_UNAVAILABLE');
    };
    const pipeline = await ready(world);
    await pipeline.receive(submission('42:7', 'hello'));
    await logged(world, (event) => event.type === 'delivery.failed');
    await pipeline.stop(1000);
    world.now += 600_000;
    await ready(world);
    await logged(world, (event) => event.type === 'message.delivered');
    expect(world.sent.map(({ replyTo }) => replyTo)).toEqual(['42:7']);
  });

  it('A6 A7 keeps a reply for an account that is down, without an attempt, and sends it when it is back', async () => {
    const world = createWorld();
    world.isHeld = true;
    const down = await ready(world);
    await down.receive(submission('1', 'hello'));
    await logged(world, (event) => event.type === 'delivery.requested');
    await down.stop(1000);
    expect(types(await allEvents(world.log))).not.toContain('delivery.attempted');
    world.isHeld = false;
    await ready(world);
    await logged(world, (event) => event.type === 'message.delivered');
    expect(world.sent.map(({ attempt }) => attempt)).toEqual([1]);
  });

  it('A6 A7 gives a reply up when the account was down for a day', async () => {
    const world = createWorld();
    world.isHeld = true;
    const pipeline = await ready(world);
    await pipeline.receive(submission('1', 'hello'));
    await logged(world, (event) => event.type === 'delivery.requested');
    await pipeline.stop(1000);
    world.now += 25 * 3_600_000;
    await ready(world);
    const { data } = await logged(world, (event) => event.type === 'message.dead_lettered');
    expect(data).toMatchObject({ stage: 'deliver', attempts: 0, problem: { code: 'CHANNEL_UNAVAILABLE' } });
  });

  it('A6 gives up a delivery that the channel refuses for good', async () => {
    const world = createWorld();
    world.beforeSend = () => {
      throw new GatewayError('CHANNEL_REFUSED');
    };
    expect(await say(await ready(world), '1', 'hello')).toMatchObject({ status: 'dead_lettered', error: { code: 'CHANNEL_REFUSED' } });
  });

  it('A8 cancels what runs and what waits, and each of them ends', async () => {
    const world = createWorld();
    world.model = async function* (_request, signal) {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield* answer('never');
    };
    const pipeline = await ready(world);
    const receipts = await Promise.all(['1', '2'].map((id) => pipeline.receive(submission(id, id))));
    await logged(world, (event) => event.type === 'model.requested');
    const cancelled = await pipeline.abort({ sessionId: receipts[0]?.status === 'accepted' ? receipts[0].sessionId : '' }, 'test');
    expect([...cancelled].sort()).toEqual(receipts.map((receipt) => receipt.messageId).sort());
    for (const receipt of receipts)
      expect(await pipeline.outcome(receipt.messageId, LONG)).toEqual({ status: 'no_reply', reason: 'aborted' });
    const aborted = (await allEvents(world.log)).filter((event) => event.type === 'run.aborted');
    expect(aborted.map((event) => event.data)).toMatchObject([{ messageId: receipts[0]?.messageId, reason: 'test' }]);
  });

  it('A8 what several cancel at the same time ends once', async () => {
    const world = createWorld();
    world.model = async function* (_request, signal) {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield* answer('never');
    };
    const pipeline = await ready(world);
    const receipts = await Promise.all(['1', '2', '3'].map((id) => pipeline.receive(submission(id, id))));
    await logged(world, (event) => event.type === 'model.requested');
    const sessionId = receipts[0]?.status === 'accepted' ? receipts[0].sessionId : '';
    await Promise.all(['one', 'another', 'a third'].map((reason) => pipeline.abort({ sessionId }, reason)));
    for (const { messageId } of receipts) await pipeline.outcome(messageId, LONG);
    const ended = (await allEvents(world.log)).filter((event) => event.type === 'message.no_reply');
    expect(ended.map(({ metadata }) => metadata.correlationId).sort()).toEqual(receipts.map(({ messageId }) => messageId).sort());
  });

  it('A8 a run whose model says by itself that it was cancelled has failed: nobody cancelled it', async () => {
    const world = createWorld();
    // biome-ignore lint/correctness/useYield: the model breaks off before it says anything
    world.model = async function* () {
      throw new GatewayError('RUN_ABORTED');
    };
    expect(await say(await ready(world), '1', 'hello')).toMatchObject({ status: 'dead_lettered', error: { code: 'RUN_ABORTED' } });
  });

  it('F ends the process when a conversation cannot go on because the log did not take what it did', async () => {
    const world = createWorld();
    const { pipeline, fatal } = startLife(world);
    await pipeline.recover();
    world.model = async function* () {
      world.log.append = async () => {
        throw new GatewayError('LOG_UNAVAILABLE');
      };
      yield* answer('never stored');
    };
    await pipeline.receive(submission('1', 'hello'));
    await vi.waitFor(() => expect(fatal.map((error) => error.code)).toContain('LOG_UNAVAILABLE'));
  });

  it('A8 refuses messages beyond messages.queueLimit with a retryable error', async () => {
    const world = createWorld('{ messages: { queueLimit: 2 }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }');
    world.model = async function* () {
      await new Promise(() => undefined);
      yield* answer('never');
    };
    const pipeline = await ready(world);
    const taken = [pipeline.receive(submission('1', 'a')), pipeline.receive(submission('2', 'b'))];
    await expect(pipeline.receive(submission('3', 'c'))).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    await Promise.all(taken);
    await expect(pipeline.receive(submission('3', 'c'))).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  });
});

describe('F recovery: the process dies at every step', () => {
  /** Two messages of one sender; the first uses a tool. Returns how many steps a whole life takes. */
  const script = (world: World): void => {
    world.model = (request) => {
      const asked = lastText(request);
      const answered = request.messages.at(-1)?.role === 'tool';
      return asked === 'one' && !answered ? callTool('c1', 'x') : answer(`re: ${asked}`);
    };
  };

  async function live(world: World, death: Death): Promise<boolean> {
    const { pipeline, dead } = startLife(world, death);
    const whole = (async () => {
      await pipeline.recover();
      const receipts = [await pipeline.receive(submission('1', 'one')), await pipeline.receive(submission('2', 'two'))];
      for (const receipt of receipts) await pipeline.outcome(receipt.messageId, LONG);
      await pipeline.stop(1000);
      return false;
    })();
    whole.catch(() => undefined);
    return Promise.race([whole, dead.then(() => true)]);
  }

  for (const when of ['before', 'after'] as const) {
    for (const channelIdempotency of ['none', 'native'] as const) {
      it(`law 1, 3, 4, 7, 12: dying ${when} each step, on a channel with ${channelIdempotency} idempotency`, async () => {
        let died = true;
        for (let at = 1; died; at++) {
          const world = createWorld(toolConfig);
          world.channelIdempotency = channelIdempotency;
          script(world);
          died = await live(world, { at, when });
          const { pipeline } = startLife(world);
          await pipeline.recover();
          const receipts = [await pipeline.receive(submission('1', 'one')), await pipeline.receive(submission('2', 'two'))];
          for (const { messageId } of receipts) {
            await logged(
              world,
              (event) => event.metadata.correlationId === messageId && ['message.delivered', 'message.dead_lettered'].includes(event.type),
            );
          }
          await pipeline.stop(1000);
          checkLaws(world, await allEvents(world.log), `died ${when} step ${at}`);
          expect(at).toBeLessThan(60);
        }
      });
    }
  }

  function checkLaws(world: World, events: readonly StoredEvent[], where: string): void {
    const of = (type: string): StoredEvent[] => events.filter((event) => event.type === type);
    expect(of('message.received'), where).toHaveLength(2);
    expect(of('message.delivered'), where).toHaveLength(2);
    expect(world.toolRuns.length, `${where}: the tool ran again`).toBeLessThanOrEqual(1);
    expect(of('tool.started').length, where).toBe(1);
    const order = [...new Set(world.sent.map((outbound) => outbound.text))];
    expect(order.at(-1), `${where}: order`).toBe('re: two');
    for (const text of order) {
      const copies = world.sent.filter((outbound) => outbound.text === text);
      if (copies.length === 1) continue;
      const { deliveryId } = copies[0] ?? { deliveryId: '' };
      expect(new Set(copies.map((copy) => copy.deliveryId)).size, `${where}: same key`).toBe(1);
      const uncertain = of('delivery.uncertain').some((event) => (event.data as { deliveryId: string }).deliveryId === deliveryId);
      expect(uncertain, `${where}: sent twice without being marked`).toBe(true);
      if (world.channelIdempotency === 'native') continue;
      const delivered = of('message.delivered').find((event) => (event.data as { deliveryId: string }).deliveryId === deliveryId);
      expect(delivered?.data, where).toMatchObject({ possiblyDuplicate: true });
    }
  }
});
