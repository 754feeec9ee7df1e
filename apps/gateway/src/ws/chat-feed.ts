/** Turns what happens to messages into the events `chat` and `agent`, each serialised once for all who read. */
import type { ErrorCode } from '@openclaw-gateway/events';
import { ownerOf } from '../access/ownership.ts';
import type { Outcome, Progress } from '../parts.ts';
import type { Connection } from './connection.ts';
import { type EventText, eventText } from './frames.ts';
import { assistantMessage } from './messages.ts';
import type { RunIndex } from './runs.ts';

type LiveRun = {
  chatSeq: number;
  agentSeq: number;
  text: string;
  startedAt: number;
  /** Who has been sent the text so far, and can go on from pieces alone. */
  readonly informed: WeakSet<Connection>;
};

type Settled = Extract<Progress, { type: 'settled' }>;

export class ChatFeed {
  readonly #readers: ReadonlySet<Connection>;
  readonly #index: RunIndex;
  readonly #live = new Map<string, LiveRun>();

  constructor(readers: ReadonlySet<Connection>, index: RunIndex) {
    this.#readers = readers;
    this.#index = index;
  }

  take(progress: Progress): void {
    if (progress.type === 'queued') {
      this.#index.note(wireRunId(progress), progress.messageId, ownerOf(progress.sessionKey));
      return;
    }
    const run = this.#run(progress);
    switch (progress.type) {
      case 'started':
        this.#agent(progress, run, 'lifecycle', { phase: 'start', startedAt: run.startedAt });
        break;
      case 'delta':
        this.#delta(progress, run, progress.text);
        break;
      case 'reset':
        this.#reset(progress, run);
        break;
      case 'tool':
        this.#tool(progress, run);
        break;
      case 'settled':
        this.#settle(progress, run);
    }
  }

  #run(progress: Progress): LiveRun {
    const known = this.#live.get(progress.messageId);
    if (known) return known;
    const run: LiveRun = { chatSeq: 0, agentSeq: 0, text: '', startedAt: Date.now(), informed: new WeakSet() };
    this.#live.set(progress.messageId, run);
    this.#index.note(wireRunId(progress), progress.messageId, ownerOf(progress.sessionKey));
    return run;
  }

  #delta(progress: Progress, run: LiveRun, piece: string): void {
    run.text += piece;
    if (this.#readers.size === 0) return;
    const chat = { ...chatBase(progress, run), state: 'delta', deltaText: piece };
    const agent = agentBase(progress, run, 'assistant');
    const pieces = [eventText('chat', chat), eventText('agent', { ...agent, data: { delta: piece } })];
    let whole: EventText[] | undefined;
    for (const reader of this.#readers) {
      if (!reader.follows(progress.sessionKey)) continue;
      if (run.informed.has(reader)) {
        for (const event of pieces) reader.sendEvent(event);
        continue;
      }
      run.informed.add(reader);
      whole ??= [
        eventText('chat', { ...chat, message: assistantMessage(run.text, Date.now()) }),
        eventText('agent', { ...agent, data: { delta: piece, text: run.text } }),
      ];
      for (const event of whole) reader.sendEvent(event);
    }
  }

  #reset(progress: Progress, run: LiveRun): void {
    if (run.text === '') return;
    run.text = '';
    const message = assistantMessage('', Date.now());
    this.#send(progress, eventText('chat', { ...chatBase(progress, run), state: 'delta', deltaText: '', replace: true, message }));
    this.#agent(progress, run, 'assistant', { delta: '', text: '', replace: true });
  }

  #tool(progress: Extract<Progress, { type: 'tool' }>, run: LiveRun): void {
    const { tool, callId, phase, failed } = progress;
    const data = phase === 'start' ? { phase: 'start' } : { phase: 'result', isError: failed === true };
    const event = eventText('agent', { ...agentBase(progress, run, 'tool'), data: { ...data, name: tool, toolCallId: callId } });
    for (const reader of this.#readers) {
      if (reader.member?.caps.has('tool-events') && reader.follows(progress.sessionKey)) reader.sendEvent(event);
    }
  }

  #settle(progress: Settled, run: LiveRun): void {
    this.#live.delete(progress.messageId);
    const { outcome } = progress;
    this.#send(progress, eventText('chat', { ...chatBase(progress, run), ...chatEnd(outcome) }));
    const failed = 'error' in outcome;
    const data = { phase: failed ? 'error' : 'end', startedAt: run.startedAt, endedAt: Date.now() };
    this.#agent(progress, run, 'lifecycle', failed ? { ...data, error: outcome.error.message } : data);
  }

  #agent(progress: Progress, run: LiveRun, stream: string, data: object): void {
    if (this.#readers.size > 0) this.#send(progress, eventText('agent', { ...agentBase(progress, run, stream), data }));
  }

  #send({ sessionKey }: Progress, event: EventText): void {
    for (const reader of this.#readers) if (reader.follows(sessionKey)) reader.sendEvent(event);
  }
}

/** A client's own id of its request is what it calls the run. */
function wireRunId(progress: Progress): string {
  return progress.requestId ?? progress.runId;
}

function chatBase(progress: Progress, run: LiveRun): object {
  const { sessionKey, agentId } = progress;
  return { runId: wireRunId(progress), sessionKey, agentId, seq: run.chatSeq++ };
}

function agentBase(progress: Progress, run: LiveRun, stream: string): object {
  return { runId: wireRunId(progress), seq: run.agentSeq++, stream, ts: Date.now() };
}

function chatEnd(outcome: Outcome): object {
  switch (outcome.status) {
    case 'delivered': {
      const { inputTokens, outputTokens } = outcome;
      const usage = { input: inputTokens, output: outputTokens, totalTokens: inputTokens + outputTokens };
      return { state: 'final', message: assistantMessage(outcome.reply, Date.now()), usage, stopReason: 'stop' };
    }
    case 'no_reply':
      return outcome.reason === 'aborted' ? { state: 'aborted', stopReason: 'aborted' } : { state: 'final', stopReason: 'stop' };
    default:
      return { state: 'error', errorMessage: outcome.error.message, errorKind: errorKind(outcome.error.code) };
  }
}

function errorKind(code: ErrorCode): string {
  if (code === 'MODEL_REFUSED') return 'refusal';
  if (code === 'MODEL_TIMEOUT' || code === 'DEADLINE_EXCEEDED') return 'timeout';
  return code === 'MODEL_RATE_LIMITED' ? 'rate_limit' : 'unknown';
}
