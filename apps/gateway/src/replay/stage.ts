/**
 * Where a recording is run again: the pipeline itself, over a log in memory and effects from the recording. Messages are given
 * to it one after the other; where the recorded process died, the pipeline dies and a new one takes over, as it was then.
 */
import type { AppendRequest, EventLog, PipelineReads, Store, UnsettledSession } from '@openclaw-gateway/db';
import { MemoryLog } from '@openclaw-gateway/db/memory-log';
import {
  AuthAccepted,
  AuthDenied,
  fold,
  idToBytes,
  MessageReceived,
  RouteDecided,
  Session,
  type SessionState,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
  ToolApprovalGiven,
  ToolApproved,
  ToolDenied,
} from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import type { Logger } from '../operations/logs.ts';
import type { Submission } from '../parts.ts';
import { DECIDED_BY_A_PERSON } from '../pipeline/approvals.ts';
import { createPipeline, type RunningPipeline } from '../pipeline/index.ts';
import { PULL_CHANNELS } from '../pull-channels.ts';
import type { KnownTool } from '../tools/policy.ts';
import type { InForce } from './configs.ts';
import { type AskLive, type Control, type EffectOptions, recordedBudget, recordedModels, recordedSenders, type Turn } from './effects.ts';
import { RECORDED_ATTACHMENTS, recordedFile } from './files.ts';
import type { Flow } from './flows.ts';
import type { Change, Method, Recording } from './job.ts';
import { pseudonymOf } from './pseudonym.ts';
import { recordedTools } from './recorded-tools.ts';
import { seenAgent } from './seen-agent.ts';
import { seenRouters } from './seen-routers.ts';
import type { VirtualTime } from './virtual-time.ts';

export type StageOptions = {
  readonly recording: Recording;
  readonly flows: readonly Flow[];
  readonly tools: readonly KnownTool[];
  /** The configuration for what happens at a position of the recording; the hash is that which the recording names there. */
  readonly configAt: (position: number, hash: string | undefined) => InForce;
  readonly time: VirtualTime;
  readonly live?: AskLive;
  /** What tools give otherwise than they did. */
  readonly toolAnswers?: Pick<Change, 'toolAnswers' | 'onMiss'>;
};

/** What became of one message. */
export type Played = {
  readonly messageId: string;
  readonly events: readonly StoredEvent[];
  readonly requests: readonly ModelRequest[];
  readonly missed: readonly string[];
};

/** So many turns of the event loop without a step mean that everything waits for time to pass. */
const QUIET_TURNS = 6;
const SILENT = { fatal() {}, error() {}, warn() {}, info() {}, debug() {}, trace() {} } as unknown as Logger;

const never = (): Promise<never> => new Promise(() => undefined);

export class Stage {
  readonly #options: StageOptions;
  readonly #log = new MemoryLog();
  #turn: Turn | undefined;
  #messageId = '';
  /** What the message under way has become so far. */
  #played: StoredEvent[] = [];
  #pipeline: RunningPipeline | undefined;
  #life = 0;
  #steps = 0;
  #asking = 0;
  #stalled = false;
  #died = false;
  #missed: string[] = [];
  #spent: string | undefined;
  /** The messages' ids of the recording, and their new ones. */
  readonly #replayedAs = new Map<string, string>();

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Why the budget ended the replay, within the message that was played last. */
  get spent(): string | undefined {
    return this.#spent;
  }

  /** Puts events into the log that no message of the recording made. */
  async give(events: readonly StoredEvent[]): Promise<void> {
    for (const { id, type, schemaVersion, data, streamId, metadata: recorded } of events) {
      const replayedAs = this.#replayedAs.get(recorded.correlationId ?? '');
      const metadata = replayedAs === undefined ? recorded : { ...recorded, correlationId: replayedAs };
      await this.#log.append({ events: [{ streamId, event: { id, type, schemaVersion, data }, metadata }] });
    }
    // What a pipeline has in memory does not know of them.
    if (events.length > 0) this.#pipeline = undefined;
  }

  /** Runs one message to its end, or to where the recording ends. */
  async play(flow: Flow): Promise<Played> {
    this.#turn = { flow, models: 0, tools: 0, sends: 0, requests: [], answered: new Set() };
    this.#missed = [];
    this.#messageId = '';
    this.#played = [];
    this.#stalled = false;
    this.#pipeline ??= await this.#begin();
    let failure: unknown;
    this.#pipeline.receive(submissionOf(flow)).catch((thrown: unknown) => {
      failure = thrown;
      this.#steps += 1;
    });
    await this.#untilOver(() => failure !== undefined);
    if (failure !== undefined) throw failure;
    this.#replayedAs.set(flow.received.metadata.correlationId ?? '', this.#messageId);
    return { messageId: this.#messageId, events: this.#played, requests: this.#turn.requests, missed: this.#missed };
  }

  async #untilOver(failed: () => boolean): Promise<void> {
    for (;;) {
      await this.#quiet();
      if (this.#died) {
        this.#died = false;
        this.#pipeline = await this.#begin();
        continue;
      }
      if (failed() || this.#stalled || this.#isOver()) return;
      if (await this.#decideAsRecorded()) continue;
      if (!this.#options.time.advance()) return;
    }
  }

  /** What a person decided next about a call that waits, in the recording. */
  async #decideAsRecorded(): Promise<boolean> {
    const next = wordIn(this.#turn?.flow.events[this.#played.length]);
    if (!next) return false;
    const approval = this.#pipeline?.approvals().find(({ callId }) => callId === next.data.callId);
    if (!approval) return false;
    const reason = ToolDenied.is(next) ? next.data.problem.message : next.data.reason;
    const actor = next.metadata.actor ?? { type: 'system' as const, id: 'replay' };
    const verdict = ToolDenied.is(next) ? 'deny' : 'approve';
    const lasting = ToolDenied.is(next) ? undefined : next.data.lasting;
    await this.#pipeline?.decideApproval(approval.code, verdict, { actor, reason, ...(lasting && { lasting }) });
    return true;
  }

  async #quiet(): Promise<void> {
    for (let quiet = 0, steps = this.#steps; quiet < QUIET_TURNS || this.#asking > 0; quiet++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (steps === this.#steps) continue;
      steps = this.#steps;
      quiet = 0;
    }
  }

  #isOver(): boolean {
    const last = this.#played.at(-1);
    return (
      last !== undefined &&
      (TERMINAL_MESSAGE_EVENTS.some((terminal) => terminal.type === last.type) ||
        (last.data as { resolution?: string }).resolution === 'held')
    );
  }

  async #begin(): Promise<RunningPipeline> {
    this.#life += 1;
    const pipeline = createPipeline(this.#dependencies(this.#life), () => undefined);
    await pipeline.recover();
    return pipeline;
  }

  #dependencies(life: number): Parameters<typeof createPipeline>[0] {
    const { flows, tools, live, time, toolAnswers } = this.#options;
    const control: Control = {
      die: () => {
        this.#died = true;
        this.#life += 1;
        return never();
      },
      stall: () => {
        this.#stalled = true;
        return never();
      },
      cancel: (reason) => void this.#cancel(reason),
      spent: (reason) => {
        this.#spent = reason;
        this.#stalled = true;
        return never();
      },
    };
    const effects: EffectOptions = {
      flows,
      control,
      turn: () => {
        this.#steps += 1;
        if (!this.#turn) throw new Error('nothing is being replayed');
        return this.#turn;
      },
      missed: (what) => void this.#missed.push(what),
      ...(live && { live: (reference, request) => this.#ask(live, reference, request) }),
    };
    return {
      store: this.#store(life),
      config: () => this.#inForce(),
      models: recordedModels(effects),
      budget: recordedBudget(effects.turn),
      tools: recordedTools(tools, () => this.#inForce().config.tools, effects, toolAnswers),
      senders: recordedSenders(effects),
      attachments: RECORDED_ATTACHMENTS,
      logger: SILENT,
      now: () => time.now,
      random: () => 0.5,
    };
  }

  async #cancel(reason: string): Promise<void> {
    const sessionId = this.#played[0]?.metadata.sessionId;
    if (sessionId !== undefined) await this.#pipeline?.abort({ sessionId, messageId: this.#messageId }, reason);
    this.#steps += 1;
  }

  async *#ask(live: AskLive, reference: string, request: ModelRequest): ReturnType<AskLive> {
    this.#asking += 1;
    try {
      yield* live(reference, request);
    } finally {
      this.#asking -= 1;
      this.#steps += 1;
    }
  }

  /** What was in force where the recording was at this step. */
  #inForce(): InForce {
    const { flow } = this.#turn ?? {};
    const done = this.#played.length;
    const event = flow?.events[Math.min(done, flow.events.length - 1)] ?? this.#options.recording.events[0];
    const decided = done === 0 ? flow?.events.find(RouteDecided.is)?.data.configHash : undefined;
    return this.#options.configAt(event?.position ?? 0, decided);
  }

  #store(life: number): Store {
    const isAlive = () => life === this.#life;
    const memory = this.#log;
    const log: Partial<EventLog> = {
      append: async (request: AppendRequest) => {
        if (!isAlive()) return never();
        this.#steps += 1;
        const result = await memory.append(request);
        if (result.ok) for (const event of result.events) this.#note(event);
        return isAlive() ? result : never();
      },
      head: () => memory.head(),
      readAll: (options) => memory.readAll(options),
      readStream: (streamId, options) => memory.readStream(streamId, options),
      readAt: (position) => memory.readAt(position),
    };
    const reads: Partial<PipelineReads> = {
      sessionState: (sessionId) => this.#stateOf(sessionId),
      unsettledSessions: async ({ after = 0 }) => ((await this.#unsettled()) ?? []).filter((session) => session.firstPosition > after),
    };
    const { sessionId, sessionKey } = this.#options.recording;
    const known = sessionId === '' ? undefined : { key: sessionKey, bytes: idToBytes('session', sessionId) };
    return { log, pipeline: reads, waitForViews: async () => undefined, pseudonym: pseudonymOf(known) } as unknown as Store;
  }

  #note(event: StoredEvent): void {
    if (MessageReceived.is(event)) {
      this.#messageId = event.data.messageId;
      this.#played = [];
    }
    if (event.metadata.correlationId === this.#messageId) this.#played.push(event);
  }

  async #stateOf(sessionId: string): Promise<SessionState> {
    return fold(
      Session,
      (await this.#all()).filter((event) => event.streamId === `session/${sessionId}`),
    );
  }

  async #unsettled(): Promise<UnsettledSession[]> {
    const events = await this.#all();
    const ids = new Set(events.flatMap((event) => /^session\/(.+)$/.exec(event.streamId)?.[1] ?? []));
    const states = await Promise.all([...ids].map((sessionId) => this.#stateOf(sessionId).then(({ open }) => ({ sessionId, open }))));
    return states.flatMap(({ sessionId, open }) => {
      const [first] = open.values();
      return first ? [{ sessionId, firstPosition: first.position, messages: open.size }] : [];
    });
  }

  async #all(): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (;;) {
      const page = await this.#log.readAll({ after: events.length, limit: 1000 });
      events.push(...page);
      if (page.length < 1000) return events;
    }
  }
}

/** The event when it is what a person said to a call that waited. */
function wordIn(event: StoredEvent | undefined) {
  if (!event || ToolApprovalGiven.is(event)) return event;
  return (ToolApproved.is(event) || ToolDenied.is(event)) && event.data.rule === DECIDED_BY_A_PERSON ? event : undefined;
}

/** The message as it came to the gateway. */
export function submissionOf({ received, events }: Flow): Submission {
  if (!MessageReceived.is(received)) throw new TypeError('a flow begins with message.received');
  const { channel, account, sender, peer, text, sessionKey, agentId, requestId, system, history } = received.data;
  const { parent, parentKind, mentioned, externalId, attachments } = received.data;
  const seen = seenBy(events);
  return {
    channel,
    account,
    inbound: {
      sender: { id: sender.id, ...(sender.name !== undefined && { name: sender.name }), ...(sender.roles && { roles: sender.roles }) },
      peer,
      text,
      ...(parent !== undefined && { parent }),
      ...(parentKind !== undefined && { parentKind }),
      ...(mentioned !== undefined && { mentioned }),
      ...(externalId !== undefined && { externalId }),
      ...(attachments && { attachments: attachments.map(recordedFile) }),
    },
    ...(seen && { seen }),
    caller: { method: methodOf(events), actor: received.metadata.actor ?? { type: 'system', id: 'replay' } },
    ...(sessionKey !== undefined && { sessionKey }),
    ...(agentId !== undefined && { agentId }),
    ...(requestId !== undefined && { requestId }),
    ...(system !== undefined && { system }),
    ...(history !== undefined && { history }),
  };
}

function seenBy(events: readonly StoredEvent[]): Submission['seen'] {
  const routed = events.find(RouteDecided.is)?.data;
  if (routed?.decidedAt === undefined) return undefined;
  const openAgentId = seenAgent(routed, 'session.open');
  return { at: routed.decidedAt, routers: seenRouters(routed), ...(openAgentId !== undefined && { openAgentId }) };
}

export function methodOf(events: readonly StoredEvent[]): Method {
  const accepted = events.find(AuthAccepted.is) ?? events.find(AuthDenied.is);
  const [received] = events;
  const byDoor = received && MessageReceived.is(received) ? PULL_CHANNELS.get(received.data.channel) : undefined;
  return (accepted?.data.method as Method | undefined) ?? byDoor ?? 'channel';
}
