/**
 * What must hold (docs/architecture.md, «Laws»), watched from outside: from what becomes durable, from what the gateway says to its
 * callers, and from what reaches the services. Nothing in here knows how the pipeline works inside.
 */
import { createHash } from 'node:crypto';
import { CHAIN_START, type ChainedRow, verifyChain } from '@openclaw-gateway/db';
import { GatewayError, Session, type SessionState, type StoredEvent, TERMINAL_MESSAGE_EVENTS } from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import type { Config } from '../../apps/gateway/src/config/index.ts';
import type { Outcome } from '../../apps/gateway/src/parts.ts';
import { agentSettings, buildRequest, requestHash } from '../../apps/gateway/src/pipeline/agent.ts';
import type { LoggedEvent } from './log-home.ts';

/** A message as the log and the services tell of it. */
type Flow = {
  readonly messageId: string;
  readonly text: string;
  readonly channel: string;
  readonly streamId: string;
  readonly position: number;
  readonly ends: string[];
  /** Attempts to send the reply that are in the log. */
  attempts: number;
  /** The log says that the reply may arrive twice. */
  isMarked: boolean;
  isHeld: boolean;
  isQueued: boolean;
  /** Calls of the channel that left the gateway, and those that reached the service. */
  departures: number;
  arrivals: number;
  outcome?: Outcome['status'];
};

export type Limits = { readonly queueLimit: number; readonly isAlwaysHold: boolean };

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_MESSAGE_EVENTS.map(({ type }) => type));
const MOST_VIOLATIONS = 20;

export class Laws {
  readonly violations: string[] = [];
  readonly #limits: Limits;
  readonly #events: StoredEvent[] = [];
  readonly #hashes: string[] = [];
  readonly #versions = new Map<string, number>();
  readonly #ids = new Set<string>();
  #newestProcess = 0;
  readonly #flows = new Map<string, Flow>();
  readonly #byText = new Map<string, Flow>();
  readonly #sessions = new Map<string, SessionState>();
  readonly #refused = new Set<string>();
  readonly #promised = new Map<string, string>();
  readonly #lastSent = new Map<string, number>();
  readonly #lastStarted = new Map<string, number>();
  readonly #toolRuns = new Set<string>();
  readonly #asking = new Set<string>();
  #waiting = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Names everything that has happened: equal runs have equal names. */
  get logHash(): string {
    return createHash('sha256').update(this.#hashes.join()).digest('hex');
  }

  violated(law: string, what: string): void {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(`law ${law}: ${what}`);
  }

  /** A process has opened the log and sees so many events: everything that was durable must still be there. */
  opened(events: number): void {
    if (events < this.#events.length) this.violated('1', `${this.#events.length - events} durable events are gone`);
    this.#asking.clear();
  }

  /** Events are safe in the log, or were found there by a process that opened it. */
  durable(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (event.position > this.#events.length) this.#take(event);
      else this.#compare(event.position, event.hash);
    }
  }

  /** The gateway told somebody that it has the message. */
  acknowledged(text: string, messageId: string): void {
    const flow = this.#flows.get(messageId);
    if (!flow) this.violated('1', `${text} was acknowledged and is not in the log`);
    else if (flow.text !== text) this.violated('1', `${text} was acknowledged as ${messageId}, which is ${flow.text}`);
    const before = this.#promised.get(text);
    if (before !== undefined && before !== messageId) this.violated('3', `${text} was acknowledged as ${before} and as ${messageId}`);
    this.#promised.set(text, messageId);
  }

  /** The gateway refused a message: it must say why, and that the sender may try again. */
  refused(text: string, thrown: unknown): void {
    if (thrown instanceof GatewayError && thrown.retryable) return;
    this.violated('8', `${text} was refused for good: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  }

  settled(messageId: string, outcome: Outcome): void {
    const flow = this.#flows.get(messageId);
    if (flow?.channel === 'http') flow.outcome = outcome.status;
  }

  /** A model is about to be asked. Returns what to call when it has answered. */
  modelAsked(request: ModelRequest, config: Config): () => void {
    const flow = this.#byText.get(lastUserText(request));
    const state = flow && this.#sessions.get(flow.streamId);
    const open = flow && state?.open.get(flow.messageId);
    if (!flow || !state || !open) {
      this.violated('6', `a model is asked for ${lastUserText(request)}, which is not open`);
      return () => {};
    }
    if (!open.modelPending) this.violated('6', `a model is asked for ${flow.text} without model.requested in the log`);
    const rebuilt = buildRequest(agentSettings(config, open.agentId), request.model, request.tools, state, open);
    if (requestHash(rebuilt) !== requestHash(request)) this.violated('5', `the prompt for ${flow.text} is not the fold of the log`);
    if (this.#asking.has(flow.streamId)) this.violated('4', `two models are asked at once for ${flow.streamId}`);
    this.#asking.add(flow.streamId);
    return () => this.#asking.delete(flow.streamId);
  }

  toolRun(sessionId: string, callId: string): void {
    const state = this.#sessions.get(`session/${sessionId}`);
    const call = [...(state?.open.values() ?? [])].flatMap((open) => open.toolCalls).find((candidate) => candidate.callId === callId);
    if (call?.status !== 'started') this.violated('6', `tool call ${callId} runs without tool.started in the log`);
    if (this.#toolRuns.has(callId)) this.violated('3', `tool call ${callId} runs again`);
    this.#toolRuns.add(callId);
  }

  /** A reply leaves the gateway. */
  sendDeparts(reply: string): void {
    const flow = this.#byText.get(questionOf(reply));
    if (!flow) {
      this.violated('6', `${JSON.stringify(reply)} is sent and answers nothing`);
      return;
    }
    flow.departures += 1;
    if (flow.attempts < flow.departures) this.violated('6', `${flow.text} is sent without delivery.attempted in the log`);
    if (flow.departures > 1) return;
    const last = this.#lastSent.get(flow.streamId) ?? 0;
    if (flow.position < last) this.violated('4', `the reply to ${flow.text} is sent after that to a later message`);
    this.#lastSent.set(flow.streamId, Math.max(last, flow.position));
  }

  /** A reply reaches the people. */
  sendArrives(reply: string): void {
    const flow = this.#byText.get(questionOf(reply));
    if (!flow) return;
    flow.arrivals += 1;
    if (flow.arrivals === 1) return;
    if (this.#limits.isAlwaysHold) this.violated('3', `the reply to ${flow.text} arrived twice although it was to be held`);
    else if (!flow.isMarked) this.violated('3', `the reply to ${flow.text} arrived twice and nothing in the log says so`);
  }

  /** A channel's service was told that it may forget these updates. */
  confirmed(update: unknown, text: string | undefined): void {
    if (text !== undefined && this.#byText.has(text)) return;
    const hash = createHash('sha256').update(JSON.stringify(update)).digest('hex');
    if (!this.#refused.has(hash)) this.violated('7', `${text ?? 'an unreadable update'} was confirmed and is not in the log`);
  }

  /** Accepted messages that have not come to an end, in words. */
  unfinished(): string[] {
    return [...this.#flows.values()]
      .filter((flow) => flow.ends.length === 0 && !flow.isHeld)
      .map((flow) => `${flow.text} (${this.#sessions.get(flow.streamId)?.open.get(flow.messageId)?.run ?? 'unknown'})`);
  }

  /** Conversations in which something is still to do. */
  openSessions(): string[] {
    return [...this.#sessions.values()].filter((state) => state.open.size > 0).map((state) => state.sessionId);
  }

  /** Conversations that were set aside: so many ends of the process met them that they seemed to be the cause. */
  quarantinedSessions(): string[] {
    return [...this.#sessions.values()].filter((state) => state.quarantine).map((state) => state.sessionId);
  }

  /** The simulation is over. `rows` are what the log holds now. */
  ended(rows: readonly ChainedRow[]): void {
    const verdict = verifyChain(rows, { position: 0, hash: CHAIN_START });
    if (!verdict.ok) this.violated('2', `the chain breaks at ${verdict.position}: ${verdict.reason}`);
    if (rows.length !== this.#events.length)
      this.violated('1', `${rows.length} events are in the log, ${this.#events.length} were durable`);
    for (const { position, hash } of rows) this.#compare(position, Buffer.from(hash).toString('hex'));
    for (const flow of this.#flows.values()) {
      if (flow.ends.length > 1) this.violated('9', `${flow.text} ended as ${flow.ends.join(' and ')}`);
      const [end] = flow.ends;
      if (end === 'message.delivered' && flow.channel !== 'http' && flow.arrivals === 0)
        this.violated('3', `${flow.text} is delivered in the log and never arrived`);
      if (flow.outcome && end && end !== `message.${flow.outcome}`)
        this.violated('1', `${flow.text} was told ${flow.outcome}, and ended as ${end}`);
    }
  }

  #compare(position: number, hash: string): void {
    const before = this.#hashes[position - 1];
    if (before !== undefined && before !== hash) this.violated('2', `position ${position} is not what it was`);
  }

  #take({ hash, read, by = 0 }: LoggedEvent): void {
    const stored = read();
    const { id, position, streamId, version, time } = stored;
    if (this.#ids.has(id)) this.violated('2', `position ${position} is an event that was in the log already`);
    if (by < this.#newestProcess) this.violated('4', `position ${position} is of a process that another had taken over from`);
    this.#ids.add(id);
    this.#newestProcess = Math.max(this.#newestProcess, by);
    if (position !== this.#events.length + 1) this.violated('2', `position ${position} follows ${this.#events.length}`);
    if (version !== (this.#versions.get(streamId) ?? 0) + 1) this.violated('2', `${streamId} has no version before ${version}`);
    if (time < (this.#events.at(-1)?.time ?? 0)) this.violated('2', `position ${position} is older than the one before it`);
    this.#events.push(stored);
    this.#hashes.push(hash);
    this.#versions.set(streamId, version);
    this.#watch(stored);
    if (!streamId.startsWith('session/')) return;
    // The fold owns its state and may keep parts of an event, so it gets an event of its own.
    this.#sessions.set(streamId, Session.evolve(this.#sessions.get(streamId) ?? Session.initial(), read()));
  }

  #watch(event: StoredEvent): void {
    const data = event.data as Readonly<Record<string, unknown>>;
    if (event.type === 'message.received') this.#received(event, data);
    if (event.type === 'channel.update_refused') this.#refused.add(String(data['updateHash']));
    const flow = this.#flows.get(event.metadata.correlationId ?? '');
    if (!flow) return;
    if (event.type === 'message.queued') this.#queued(flow);
    if (event.type === 'run.started') this.#started(flow);
    if (event.type === 'delivery.attempted') flow.attempts += 1;
    if (event.type.startsWith('delivery.') && data['possiblyDuplicate'] === true) flow.isMarked = true;
    if (event.type === 'delivery.uncertain' && data['resolution'] === 'held') this.#leaves(flow, () => (flow.isHeld = true));
    if (TERMINAL.has(event.type)) this.#leaves(flow, () => flow.ends.push(event.type));
  }

  #received(event: StoredEvent, data: Readonly<Record<string, unknown>>): void {
    const text = String(data['text']);
    if (this.#byText.has(text)) this.violated('3', `${text} is in the log twice`);
    const flow: Flow = {
      messageId: String(data['messageId']),
      text,
      channel: String(data['channel']),
      streamId: event.streamId,
      position: event.position,
      ends: [],
      attempts: 0,
      isMarked: false,
      isHeld: false,
      isQueued: false,
      departures: 0,
      arrivals: 0,
    };
    this.#flows.set(flow.messageId, flow);
    this.#byText.set(text, flow);
  }

  #queued(flow: Flow): void {
    flow.isQueued = true;
    this.#waiting += 1;
    // A reply that was sent makes room at once; that it was sent is in the log a moment later, at most one for each conversation.
    const most = this.#limits.queueLimit + this.#sessions.size;
    if (this.#waiting > most) this.violated('8', `${this.#waiting} messages wait, and ${this.#limits.queueLimit} may`);
  }

  #started(flow: Flow): void {
    const last = this.#lastStarted.get(flow.streamId) ?? 0;
    if (flow.position < last) this.violated('4', `${flow.text} is run after a later message of its conversation`);
    this.#lastStarted.set(flow.streamId, flow.position);
  }

  #leaves(flow: Flow, note: () => void): void {
    if (flow.isQueued && flow.ends.length === 0 && !flow.isHeld) this.#waiting -= 1;
    note();
  }
}

/** The message that a scripted model's answer answers. */
export function questionOf(reply: string): string {
  return reply.startsWith('re: ') ? reply.slice('re: '.length) : reply;
}

export function lastUserText(request: ModelRequest): string {
  const last = request.messages.findLast((message) => message.role === 'user');
  return last?.role === 'user' ? last.text : '';
}
