import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../define.ts';
import type { StoredEvent } from '../envelope.ts';
import { eventDefinition } from './index.ts';
import { Message, TERMINAL_MESSAGE_EVENTS } from './message.ts';
import { Session, type SessionState, type TranscriptEntry } from './session.ts';

const SESSION = 'ses_1';
const TERMINAL: readonly string[] = TERMINAL_MESSAGE_EVENTS.map(({ type }) => type);

/**
 * Plays choices through the life of a session as the pipeline leads it: one message runs at a time, others wait; a run may call
 * tools, fail, be tried again, be cancelled or be cut off by a crash at any point. Every prefix of the result is a possible log.
 */
function history(choices: readonly number[]): StoredEvent[] {
  const events: StoredEvent[] = [];
  const waiting: string[] = [];
  let received = 0;
  const emit = (type: string, messageId: string | undefined, data: unknown) => {
    const position = events.length + 1;
    const schema = eventDefinition(type)?.schema;
    const metadata = messageId ? { correlationId: messageId, sessionId: SESSION } : { sessionId: SESSION };
    const at = { position, version: position, time: 1_000 * position, streamId: `session/${SESSION}`, schemaVersion: 1 };
    events.push({ ...at, id: 'evt_1', type, metadata, data: schema?.parse(data) });
  };
  const peer = { kind: 'direct', id: 'p' };
  const receive = () => {
    const messageId = `msg_${++received}`;
    const text = `question ${received}`;
    emit('message.received', messageId, { messageId, channel: 'web', account: 'default', sender: { id: 's' }, peer, text });
    emit('message.queued', messageId, { messageId, sessionId: SESSION, agentId: 'main', runId: `run_${received}` });
    waiting.push(messageId);
  };
  emit('session.opened', undefined, { sessionId: SESSION, sessionKey: 'k', agentId: 'main', channel: 'web', account: 'default', peer });
  receive();

  let life: Generator<void, void, number> | undefined;
  for (const choice of choices) {
    if (choice % 7 === 0) receive();
    if (!life && waiting[0]) life = live(waiting[0], emit);
    if (life?.next(choice).done) {
      waiting.shift();
      life = undefined;
    }
  }
  return events;
}

type Emit = (type: string, messageId: string | undefined, data: unknown) => void;

/** One message from its first run to its terminal event, an event at a time; what is sent in decides how it goes on. */
function* live(messageId: string, emit: Emit): Generator<void, void, number> {
  const runId = messageId.replace('msg', 'run');
  const problem = { code: 'MODEL_TIMEOUT', message: 'No answer.' };
  for (let attempt = 1; ; attempt++) {
    emit('run.started', messageId, { runId, messageId, agentId: 'main', attempt, queuedMs: 0 });
    const end = yield* converse(messageId, runId, attempt, emit);
    if (end === 'completed') break;
    if (end === 'aborted') {
      emit('run.aborted', messageId, { runId, messageId, reason: 'chat.abort' });
      emit('message.no_reply', messageId, { messageId, reason: 'aborted' });
      return;
    }
    emit('run.failed', messageId, { runId, messageId, attempt, problem, ...(attempt < 3 ? { retryAt: 1 } : {}) });
    if (attempt < 3) continue;
    emit('message.dead_lettered', messageId, { messageId, stage: 'run', attempts: attempt, problem });
    return;
  }
  emit('run.completed', messageId, { runId, messageId, steps: 1, usage: { inputTokens: 1, outputTokens: 1 }, durationMs: 1 });
  const deliveryId = messageId.replace('msg', 'dlv');
  const to = { kind: 'direct', id: 'p' };
  emit('delivery.requested', messageId, { deliveryId, messageId, runId, channel: 'web', account: 'default', to, text: 'x' });
  let uncertain = false;
  for (let attempt = 1; ; attempt++) {
    emit('delivery.attempted', messageId, { deliveryId, attempt, ...(uncertain ? { possiblyDuplicate: true } : {}) });
    const choice = yield;
    if (choice % 5 !== 0 || attempt > 4) break;
    uncertain = choice % 2 === 0;
    if (uncertain) emit('delivery.uncertain', messageId, { deliveryId, attempt, resolution: 'retry_at_least_once' });
    else emit('delivery.failed', messageId, { deliveryId, attempt, problem, retryAt: 1 });
  }
  emit('delivery.succeeded', messageId, { deliveryId, attempt: 1, durationMs: 1 });
  emit('message.delivered', messageId, { messageId, deliveryId, totalMs: 1 });
}

type End = 'completed' | 'failed' | 'aborted';

function* converse(messageId: string, runId: string, attempt: number, emit: Emit): Generator<void, End, number> {
  for (let step = 1; ; step++) {
    emit('model.requested', messageId, { runId, step, provider: 'p', model: 'm', requestHash: '0'.repeat(8), messages: step, tools: [] });
    const choice = yield;
    if (choice % 11 === 0) return 'aborted';
    if (choice % 13 === 0) return 'failed';
    const calls = step > 4 ? 0 : choice % 4;
    const toolCalls = Array.from({ length: calls }, (_, index) => ({
      callId: `${runId}_${attempt}_${step}_${index}`,
      tool: 't',
      arguments: {},
    }));
    const usage = { inputTokens: 1, outputTokens: 1 };
    emit('model.responded', messageId, { runId, step, text: `step ${step}`, toolCalls, finishReason: 'stop', usage, durationMs: 1 });
    for (const { callId } of toolCalls) {
      const call = { runId, callId, tool: 't' };
      emit('tool.requested', messageId, { ...call, arguments: {} });
      const decision = yield;
      if (decision % 11 === 0) return 'aborted';
      if (decision % 3 === 0) {
        emit('tool.denied', messageId, { ...call, rule: 'r', problem: { code: 'TOOL_DENIED', message: 'No.' } });
        continue;
      }
      emit('tool.approved', messageId, { ...call, rule: 'r', reason: 'x' });
      emit('tool.started', messageId, call);
      const result = yield;
      if (result % 13 === 0) return 'failed';
      if (result % 3 === 0) emit('tool.failed', messageId, { ...call, problem: { code: 'TOOL_INTERRUPTED', message: 'Cut off.' } });
      else emit('tool.completed', messageId, { ...call, result: { n: result }, durationMs: 1 });
    }
    if (calls === 0) return 'completed';
  }
}

const histories = fc.array(fc.nat({ max: 1_000 }), { maxLength: 120 }).map(history);

/** Every prefix of the log: what a gateway reads that starts again after a crash at that point. */
function eachPrefix(events: readonly StoredEvent[], look: (state: SessionState, last: StoredEvent) => void): void {
  let state = Session.initial();
  for (const event of events) {
    state = Session.evolve(state, event);
    look(state, event);
  }
}

describe('the fold of a session', () => {
  it('gives the same state from the same events', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const copy = structuredClone(events);
        expect(fold(Session, events)).toEqual(fold(Session, copy));
        expect(events, 'the fold changed the events it read').toEqual(copy);
      }),
    );
  });

  it('can stop anywhere and go on from there', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (events, cut) => {
        const at = cut % (events.length + 1);
        let state = structuredClone(fold(Session, events.slice(0, at)));
        for (const event of events.slice(at)) state = Session.evolve(state, event);
        expect(state).toEqual(fold(Session, events));
      }),
    );
  });

  it('has one result for every tool call once its message is closed, none twice and none without its call', () => {
    fc.assert(
      fc.property(histories, (events) => {
        eachPrefix(events, (state) => {
          const called = state.transcript.flatMap((entry) =>
            entry.role === 'assistant' ? entry.toolCalls.map((call) => call.callId) : [],
          );
          const answered = state.transcript.flatMap((entry) => (entry.role === 'tool' ? [entry.callId] : []));
          expect(new Set(answered).size).toBe(answered.length);
          expect(answered.every((callId) => called.includes(callId))).toBe(true);
          const open = [...state.open.values()].flatMap((message) => message.toolCalls).filter((call) => call.status !== 'finished');
          expect(called.length - answered.length).toBe(open.length);
        });
      }),
    );
  });

  it('puts the results of a step between its calls and whatever the model is shown next', () => {
    fc.assert(
      fc.property(histories, (events) => {
        eachPrefix(events, (state, last) => {
          if (last.type === 'model.requested') expect(unpaired(state.transcript)).toEqual([]);
        });
      }),
    );
  });

  it('holds a message open from its arrival to its terminal event, and the first to come is the first', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const open = new Set<string>();
        eachPrefix(events, (state, last) => {
          const messageId = last.metadata.correlationId;
          if (messageId && last.type === 'message.received') open.add(messageId);
          if (messageId && TERMINAL.includes(last.type)) open.delete(messageId);
          expect([...state.open.keys()]).toEqual([...open]);
        });
      }),
    );
  });

  it('counts a turn for every completed run and shows each question once, however often it was tried', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const state = fold(Session, events);
        expect(state.turns).toBe(events.filter((event) => event.type === 'run.completed').length);
        const asked = state.transcript.flatMap((entry) => (entry.role === 'user' ? [entry.messageId] : []));
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it('ignores what it does not know, but remembers how far it read', () => {
    const events = history([1, 2, 4]);
    const before = fold(Session, events);
    const strange = { ...events[0], type: 'message.teleported', position: 99, version: 99 } as StoredEvent;
    expect(Session.evolve(fold(Session, events), strange)).toEqual({ ...before, position: 99, version: 99 });
  });

  it('starts with an empty transcript after it was closed', () => {
    const events = history([]);
    const closed = {
      ...events[0],
      type: 'session.closed',
      position: 99,
      version: 99,
      data: { sessionId: SESSION, reason: 'reset' },
    } as StoredEvent;
    expect(fold(Session, [...events, closed])).toMatchObject({ transcript: [], closed: true });
  });
});

describe('the fold of a message', () => {
  it('is settled by every terminal event, and by no other', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const of1 = events.filter((event) => event.metadata.correlationId === 'msg_1');
        const settled = of1.findIndex((event) => TERMINAL.includes(event.type));
        expect(fold(Message, of1).settled).toBe(settled !== -1);
        if (settled !== -1) expect(fold(Message, of1.slice(0, settled)).settled).toBe(false);
      }),
    );
  });
});

/** The calls that have no result before the next entry that is not a result: what a model would refuse. */
function unpaired(transcript: readonly TranscriptEntry[]): string[] {
  const missing: string[] = [];
  let due: string[] = [];
  for (const entry of transcript) {
    if (entry.role === 'tool') due = due.filter((callId) => callId !== entry.callId);
    else {
      missing.push(...due);
      due = entry.role === 'assistant' ? entry.toolCalls.map((call) => call.callId) : [];
    }
  }
  return [...missing, ...due];
}
