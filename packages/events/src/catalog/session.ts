import { z } from 'zod';
import { type DataOf, defineAggregate, defineEvent, ERASED_TEXT, pii, shorten } from '../define.ts';
import type { StoredEvent } from '../envelope.ts';
import { AuthAccepted } from './auth.ts';
import { type CommandName, CommandTaken } from './command.ts';
import { SessionCompacted, SessionCompactionRequested } from './compaction.ts';
import {
  DeliveryAttempted,
  DeliveryFailed,
  DeliveryRequested,
  type DeliveryStatus,
  DeliverySucceeded,
  DeliveryUncertain,
} from './delivery.ts';
import {
  MessageDeadLettered,
  MessageDeleted,
  MessageDiscarded,
  MessageEdited,
  MessageMerged,
  MessageQueued,
  MessageReceived,
  MessageResubmitted,
  MessageUndelivered,
  type QueueMode,
  TERMINAL_MESSAGE_EVENTS,
} from './message.ts';
import { ModelFailed, ModelRequested, ModelResponded } from './model.ts';
import { type QUARANTINE_REASONS, SessionQuarantined, SessionReleased } from './quarantine.ts';
import { RunAborted, RunCompleted, RunFailed, RunStarted, RunStopped } from './run.ts';
import { type Attachment, attachment, channelName, count, name, peer } from './shared.ts';
import {
  type Influence,
  ToolApprovalGiven,
  ToolApprovalRequested,
  ToolApproved,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolRequested,
  ToolStarted,
} from './tool.ts';

export const SessionOpened = defineEvent('session.opened', {
  version: 1,
  description: 'The first message of a conversation was routed.',
  schema: z.object({
    sessionId: name,
    sessionKey: pii(z.string().min(1).max(1024)),
    agentId: name,
    channel: channelName,
    account: name,
    peer,
  }),
  summary: (d) => `Session opened with agent ${d.agentId} on ${d.channel}`,
  retention: 'content',
});

export const SessionUpdated = defineEvent('session.updated', {
  version: 1,
  description: 'The title or agent of a session changed.',
  schema: z.object({ sessionId: name, title: pii(z.string().max(200)).optional(), agentId: name.optional() }),
  summary: (d) =>
    `Session updated: ${Object.keys(d)
      .filter((key) => key !== 'sessionId')
      .join(', ')}`,
  retention: 'content',
});

export const SessionForked = defineEvent('session.forked', {
  version: 1,
  description: 'This session continues another one from an earlier position.',
  schema: z.object({ sessionId: name, fromSessionId: name, position: count, reason: name }),
  summary: (d) => `Forked from ${d.fromSessionId} at ${d.position}`,
  retention: 'audit',
});

const said = { time: z.int(), position: count };

/** What the sender did to a message after its run had begun. */
const change = z.union([z.object({ kind: z.literal('edited'), text: z.string() }), z.object({ kind: z.literal('deleted') })]);
export type Change = Readonly<z.output<typeof change>>;

export const SessionCarried = defineEvent('session.carried', {
  version: 1,
  description: 'Part of the conversation that a forked session begins with, as it stood at the position it was forked from.',
  schema: z.object({
    sessionId: name,
    entries: pii(
      z.array(
        z.discriminatedUnion('role', [
          z.object({
            role: z.literal('user'),
            text: z.string(),
            messageId: name.optional(),
            attachments: z.array(attachment).optional(),
            change: change.optional(),
            ...said,
          }),
          z.object({
            role: z.literal('assistant'),
            text: z.string(),
            toolCalls: z.array(z.object({ callId: name, tool: name, arguments: z.unknown() })),
            runId: name.optional(),
            ...said,
          }),
          z.object({
            role: z.literal('tool'),
            callId: name,
            tool: name,
            result: z.unknown(),
            failed: z.boolean(),
            attachments: z.array(attachment).optional(),
            ...said,
          }),
        ]),
      ),
    ),
  }),
  summary: (d) => `Carried over ${d.entries.length} ${d.entries.length === 1 ? 'entry' : 'entries'} of the conversation`,
  retention: 'content',
});

export const SessionClosed = defineEvent('session.closed', {
  version: 1,
  description: 'The conversation was ended: what was said before is not shown to the model again.',
  schema: z.object({ sessionId: name, reason: name }),
  summary: (d) => `Session closed: ${d.reason}`,
  retention: 'audit',
});

export const SessionNoted = defineEvent('session.noted', {
  version: 1,
  description: 'Somebody who looked at the conversation wrote a note about it. No model is shown it.',
  schema: z.object({
    sessionId: name,
    text: pii(z.string().min(1).max(2000)),
    /** What the note is about, where that is one event. */
    about: count.optional(),
  }),
  summary: (d) => `Note${d.about === undefined ? '' : ` about ${d.about}`}: ${shorten(d.text, 150)}`,
  retention: 'content',
});

/** One entry of the conversation as a model is shown it, and whose message it belongs to. */
export type TranscriptEntry = { readonly subject?: string } & (
  | {
      readonly role: 'user';
      readonly text: string;
      readonly messageId?: string;
      /** Somebody wrote it who is signed in to the gateway or has a token of it. */
      readonly trusted?: boolean;
      readonly change?: Change;
      readonly attachments?: readonly Attachment[];
      readonly time: number;
      readonly position: number;
    }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolCalls: DataOf<typeof ModelResponded>['toolCalls'];
      readonly runId?: string;
      readonly time: number;
      readonly position: number;
    }
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly tool: string;
      readonly result: unknown;
      readonly failed: boolean;
      /** What the tool showed beside its result. */
      readonly attachments?: readonly Attachment[];
      readonly time: number;
      readonly position: number;
    }
);

export type OpenToolCall = {
  readonly callId: string;
  readonly tool: string;
  readonly arguments: unknown;
  status: 'requested' | 'waiting' | 'approved' | 'started' | 'finished';
  /** What a person is asked, once one is. */
  approval?: {
    readonly rule: string;
    readonly code: string;
    readonly requestedAt: number;
    readonly expiresAt: number;
    /** Present where two people have to say yes. */
    readonly people?: 2;
    /** The yes of the first of them. */
    readonly given?: FirstYes;
  };
};

export type FirstYes = Pick<DataOf<typeof ToolApprovalGiven>, 'person' | 'reason' | 'lasting'> & {
  /** As whom it was said, an opaque id. */
  readonly actor: string;
  readonly time: number;
};

/** Something to send, and how far that came. */
export type OpenDelivery = {
  readonly deliveryId: string;
  readonly request: DataOf<typeof DeliveryRequested>;
  status: DeliveryStatus;
  attempts: number;
  retryAt?: number;
  /** How long the service that said that it did not arrive wants to be left alone. */
  retryAfterMs?: number;
  possiblyDuplicate: boolean;
};

/** A message that has no terminal event yet, and how far it came. */
export type OpenMessage = {
  readonly messageId: string;
  readonly position: number;
  readonly receivedAt: number;
  /** As it came; with the newest text where it was edited before its run began. */
  received: DataOf<typeof MessageReceived>;
  /** What became of it since its run began: shown to the model from the next turn on. */
  change?: Change;
  /** Whose personal data the message's events hold. */
  readonly subject?: string;
  readonly runId: string;
  readonly agentId: string;
  /** Somebody wrote it who is signed in to the gateway or has a token of it. */
  trusted: boolean;
  readonly priority?: 'high' | 'low';
  readonly queueMode?: QueueMode;
  /** What the gateway itself was asked. */
  command?: CommandName;
  /** Messages that are answered together with this one. */
  readonly joined: OpenMessage[];
  run: 'waiting' | 'running' | 'retrying' | 'completed' | 'failed' | 'aborted';
  /** Runs started for this message. */
  attempts: number;
  runStartedAt?: number;
  retryAt?: number;
  lastProblem?: { readonly code: string; readonly message: string };
  /** Model answers so far in this run. */
  steps: number;
  modelPending: boolean;
  /** How often the process ended since the model last answered. */
  interruptions: number;
  /** Which model was asked last. */
  model?: string;
  inputTokens: number;
  outputTokens: number;
  answer: string;
  toolCalls: OpenToolCall[];
  /** Files that go out with the answer. */
  attachments?: readonly Attachment[];
  /** The reply. */
  delivery?: OpenDelivery;
  /** What the tool calls of the run send, and what people are asked about them. */
  notices: OpenDelivery[];
};

/** What one of several people said, summed up. */
export type SpeakerSummary = { readonly subject?: string; readonly summary: string };

/** A conversation: who it is with, what was said, and what is still to do, in the order it came. */
export type SessionState = {
  sessionId: string;
  sessionKey: string;
  agentId: string;
  channel: string;
  account: string;
  peer?: DataOf<typeof SessionOpened>['peer'];
  openedAt: number;
  /** The conversation this one continues, and from where. */
  forkedFrom?: { readonly sessionId: string; readonly position: number };
  closed: boolean;
  version: number;
  position: number;
  transcript: TranscriptEntry[];
  open: Map<string, OpenMessage>;
  turns: number;
  /** What the model is shown in place of the entries before `from`. */
  compacted?: {
    readonly summary: string;
    readonly from: number;
    /** What it is made of where several people speak. */
    readonly speakers?: readonly SpeakerSummary[];
  };
  /** Those of the speakers whose part was summed up, until all were. */
  summing?: readonly SpeakerSummary[];
  /** What the model itself counted: so many tokens for everything before the entry `at`. */
  measured?: { readonly model: string; readonly tokens: number; readonly at: number };
  /** Whose the first message was, and whether others have spoken since. */
  subject?: string;
  shared: boolean;
  /** Messages in a row that the model refused. */
  refusals: number;
  /** Tools that a person allowed for the whole conversation, and those of them that two did. */
  granted?: readonly string[];
  grantedByTwo?: readonly string[];
  /** Why nothing is run in it. */
  quarantine?: {
    readonly reason: (typeof QUARANTINE_REASONS)[number];
    readonly problem: { readonly code: string; readonly message: string };
    readonly since: number;
  };
};

/** The untrusted texts since the last trusted message, the oldest first: what may have led to what a model asks for now. */
export function influencesOn({ transcript }: SessionState): Influence[] {
  const last = transcript.findLastIndex((entry) => entry.role === 'user' && entry.trusted === true);
  return transcript.slice(last + 1).flatMap((entry): Influence[] => {
    const { position } = entry;
    if (entry.role === 'assistant') return [];
    if (entry.role === 'user') return [{ kind: 'message', position, ...(entry.messageId !== undefined && { messageId: entry.messageId }) }];
    return entry.failed ? [] : [{ kind: 'tool_result', position, callId: entry.callId, tool: entry.tool }];
  });
}

export const Session = defineAggregate<SessionState>({
  name: 'session',
  events: [
    SessionOpened,
    SessionUpdated,
    SessionForked,
    SessionCarried,
    SessionCompactionRequested,
    SessionCompacted,
    SessionQuarantined,
    SessionReleased,
    SessionClosed,
    SessionNoted,
  ],
  initial: () => ({
    sessionId: '',
    sessionKey: '',
    agentId: '',
    channel: '',
    account: '',
    openedAt: 0,
    closed: false,
    version: 0,
    position: 0,
    transcript: [],
    open: new Map(),
    turns: 0,
    shared: false,
    refusals: 0,
  }),
  evolve: (state, event) => {
    state.version = event.version;
    state.position = event.position;
    evolveSession(state, withBody(event));
    return state;
  },
});

/** An event whose body was removed because its time was over still says that something happened, and to which message. */
function withBody(event: StoredEvent): StoredEvent {
  if (!event.erased || (event.data as { erased?: boolean }).erased !== true) return event;
  return { ...event, data: BODIES[event.type]?.(event) ?? {} };
}

const UNKNOWN_PEER = { kind: 'direct', id: ERASED_TEXT } as const;

const BODIES: Readonly<Record<string, (event: StoredEvent) => unknown>> = {
  'session.opened': ({ metadata: { sessionId = '', agentId = '', channel = '' } }) =>
    ({ sessionId, agentId, channel, account: '', sessionKey: ERASED_TEXT, peer: UNKNOWN_PEER }) satisfies DataOf<typeof SessionOpened>,
  'session.carried': () => ({ entries: [] }),
  'session.compacted': () => ({ summary: ERASED_TEXT, keptEntries: Number.MAX_SAFE_INTEGER, usage: { inputTokens: 0, outputTokens: 0 } }),
  'message.received': ({ metadata: { correlationId = '', channel = '' } }) =>
    ({
      messageId: correlationId,
      channel,
      account: '',
      sender: { id: ERASED_TEXT },
      peer: UNKNOWN_PEER,
      text: ERASED_TEXT,
    }) satisfies DataOf<typeof MessageReceived>,
  'message.edited': ({ metadata: { correlationId = '' } }) => ({ messageId: correlationId, text: ERASED_TEXT }),
  'message.queued': ({ metadata: { runId = '', agentId = '' } }) => ({ runId, agentId }),
  'run.stopped': ({ metadata: { runId = '' } }) => ({ runId, explanation: ERASED_TEXT }),
  'model.responded': ({ metadata: { runId = '' } }) => ({
    runId,
    text: ERASED_TEXT,
    toolCalls: [],
    usage: { inputTokens: 0, outputTokens: 0 },
  }),
};

function evolveSession(state: SessionState, event: StoredEvent): void {
  if (SessionOpened.is(event)) {
    const { sessionId, sessionKey, agentId, channel, account, peer: with_ } = event.data;
    Object.assign(state, { sessionId, sessionKey, agentId, channel, account, peer: with_, openedAt: event.time, closed: false });
  } else if (SessionUpdated.is(event)) {
    state.agentId = event.data.agentId ?? state.agentId;
  } else if (SessionForked.is(event)) {
    state.forkedFrom = { sessionId: event.data.fromSessionId, position: event.data.position };
  } else if (SessionCarried.is(event)) {
    const of = event.metadata.subject === undefined ? {} : { subject: event.metadata.subject };
    state.transcript.push(...(event.data.entries as TranscriptEntry[]).map((entry) => ({ ...entry, ...of })));
  } else if (SessionClosed.is(event)) {
    const kept = underWay(state);
    forgetAll(state);
    state.closed = true;
    state.transcript = kept;
    delete state.granted;
    delete state.grantedByTwo;
  } else if (SessionQuarantined.is(event)) {
    const { reason, problem } = event.data;
    state.quarantine = { reason, problem, since: event.time };
  } else if (SessionReleased.is(event)) {
    release(state);
  } else if (SessionCompacted.is(event)) {
    compact(state, event);
  } else if (MessageResubmitted.is(event)) {
    if (event.data.to !== undefined) state.open.set(event.data.messageId, resubmitted(event));
  } else if (MessageUndelivered.is(event)) {
    if (event.data.to !== undefined) state.open.set(event.data.messageId, undelivered(event));
  } else if (MessageDiscarded.is(event)) {
    state.open.delete(event.data.messageId);
  } else if (MessageReceived.is(event)) {
    const { subject } = event.metadata;
    if (subject !== undefined) state.subject ??= subject;
    state.shared ||= state.subject !== subject;
    state.open.set(event.data.messageId, openMessage(event));
  } else if (MessageEdited.is(event)) {
    changeMessage(state, event.metadata.correlationId, { kind: 'edited', text: event.data.text });
  } else if (MessageDeleted.is(event)) {
    changeMessage(state, event.metadata.correlationId, { kind: 'deleted' });
  } else {
    const open = event.metadata.correlationId === undefined ? undefined : state.open.get(event.metadata.correlationId);
    if (open) evolveOpen(state, open, event);
  }
}

function forgetAll(state: SessionState): void {
  state.transcript = [];
  delete state.compacted;
  delete state.summing;
  delete state.measured;
}

function release(state: SessionState): void {
  delete state.quarantine;
  state.refusals = 0;
  for (const open of state.open.values()) open.interruptions = 0;
}

function compact(state: SessionState, { data, metadata }: StoredEvent<string, DataOf<typeof SessionCompacted>>): void {
  const { summary, keptEntries, usage, part } = data;
  const { subject } = metadata;
  const own = { ...(subject !== undefined && { subject }), summary };
  const speakers = part && part.index > 0 ? [...(state.summing ?? []), own] : [own];
  if (part && part.index + 1 < part.of) state.summing = speakers;
  else {
    const from = Math.max(0, state.transcript.length - keptEntries);
    state.compacted = part ? { summary: together(speakers), from, speakers } : { summary, from };
    delete state.summing;
    delete state.measured;
  }
  const open = state.open.get(metadata.correlationId ?? '');
  if (!open) return;
  open.modelPending = false;
  open.inputTokens += usage.inputTokens;
  open.outputTokens += usage.outputTokens;
}

const together = (speakers: readonly SpeakerSummary[]) =>
  speakers
    .map(({ summary }) => summary)
    .filter((summary) => summary !== '' && summary !== ERASED_TEXT)
    .join('\n\n');

/** Puts out of memory what the model is no longer shown; the log has it. */
export function forgetCompacted(state: SessionState): void {
  const { compacted, measured } = state;
  if (!compacted || compacted.from === 0) return;
  state.transcript = state.transcript.slice(compacted.from);
  state.compacted = { ...compacted, from: 0 };
  if (measured) state.measured = { ...measured, at: measured.at - compacted.from };
}

function changeMessage(state: SessionState, messageId: string | undefined, next: Change): void {
  const open = messageId === undefined ? undefined : state.open.get(messageId);
  if (!open) markChanged(state, messageId, next);
  else if (open.attempts === 0 && next.kind === 'edited') open.received = { ...open.received, text: next.text };
  else open.change = next;
}

/** The question keeps its place: what was answered stays the answer to what was asked. */
function markChanged(state: SessionState, messageId: string | undefined, next: Change): void {
  if (messageId === undefined) return;
  const { transcript } = state;
  const index = transcript.findLastIndex((entry) => entry.role === 'user' && entry.messageId === messageId);
  const entry = transcript[index];
  if (entry?.role !== 'user') return;
  transcript[index] = { ...entry, change: next };
  delete state.measured;
}

/** What was said since the question that is being answered; nothing when none is. A run that has begun is finished with what it has begun with. */
export function underWay({ open, transcript }: SessionState): TranscriptEntry[] {
  const message = [...open.values()].find(({ run }) => run === 'running' || run === 'retrying');
  const question = transcript.findLastIndex(
    (entry) => entry.role === 'user' && entry.messageId !== undefined && entry.messageId === message?.messageId,
  );
  return question < 0 ? [] : transcript.slice(question);
}

function openMessage(event: StoredEvent<string, DataOf<typeof MessageReceived>>): OpenMessage {
  return {
    messageId: event.data.messageId,
    position: event.position,
    receivedAt: event.time,
    received: event.data,
    ...(event.metadata.subject === undefined ? {} : { subject: event.metadata.subject }),
    runId: '',
    agentId: '',
    joined: [],
    trusted: false,
    run: 'waiting',
    attempts: 0,
    steps: 0,
    modelPending: false,
    interruptions: 0,
    inputTokens: 0,
    outputTokens: 0,
    answer: '',
    toolCalls: [],
    notices: [],
  };
}

/** A message whose reply was given up and is to be sent again: its run is long over. */
function resubmitted(event: StoredEvent<string, DataOf<typeof MessageResubmitted>>): OpenMessage & { delivery: OpenDelivery } {
  const { messageId, deliveryId, runId, channel, account, to, text, attachments, replyTo, possiblyDuplicate = false } = event.data;
  return {
    messageId,
    position: event.position,
    receivedAt: event.time,
    received: {
      messageId,
      channel,
      account,
      sender: { id: to.id },
      peer: to,
      text: '',
      ...(replyTo !== undefined && { externalId: replyTo }),
    },
    ...(event.metadata.subject === undefined ? {} : { subject: event.metadata.subject }),
    runId,
    agentId: event.metadata.agentId ?? '',
    run: 'completed',
    attempts: 1,
    steps: 0,
    modelPending: false,
    inputTokens: 0,
    outputTokens: 0,
    answer: text,
    toolCalls: [],
    joined: [],
    notices: [],
    trusted: false,
    interruptions: 0,
    delivery: {
      deliveryId,
      request: { deliveryId, messageId, runId, channel, account, to, text, ...(attachments && { attachments }) },
      status: 'requested',
      attempts: 0,
      possiblyDuplicate,
    },
  };
}

/** A reply that did not arrive after all: whether it is sent again is still to be decided. */
function undelivered(event: StoredEvent<string, DataOf<typeof MessageUndelivered>>): OpenMessage {
  const open = resubmitted(event);
  const { attempts, receivedAt, problem, retryAfterMs } = event.data;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { ...open, receivedAt, lastProblem: problem, delivery: { ...open.delivery, status: 'undelivered', attempts, ...wait } };
}

function evolveOpen(state: SessionState, open: OpenMessage, event: StoredEvent): void {
  if (TERMINAL_MESSAGE_EVENTS.some((terminal) => terminal.type === event.type)) {
    if (MessageDeadLettered.is(event) && event.data.problem?.code === 'MODEL_REFUSED') state.refusals += 1;
    if (MessageMerged.is(event)) join(state, open, event.data.intoMessageId);
    closePairs(state, open, event);
    if (open.change) markChanged(state, open.messageId, open.change);
    state.open.delete(open.messageId);
    // What a later message began anew does not go on with what was cancelled for it.
    if ([...state.open.values()].some(({ command, position }) => command === 'new' && position > open.position)) forgetAll(state);
  } else if (AuthAccepted.is(event)) {
    open.trusted = event.data.method === 'token' || event.data.method === 'session';
  } else if (MessageQueued.is(event)) {
    const { runId, agentId, priority, queueMode } = event.data;
    Object.assign(open, { runId, agentId, ...(priority !== undefined && { priority }), ...(queueMode !== undefined && { queueMode }) });
  } else if (CommandTaken.is(event)) {
    open.run = 'completed';
    open.command = event.data.command;
  } else if (RunStarted.is(event)) {
    startRun(state, open, event);
  } else if (RunCompleted.is(event)) {
    open.run = 'completed';
    state.turns += 1;
    state.refusals = 0;
  } else if (RunStopped.is(event)) {
    closePairs(state, open, event);
    open.run = 'completed';
    state.turns += 1;
    const { explanation: text, runId } = event.data;
    state.transcript.push({ role: 'assistant', text, toolCalls: [], runId, ...whose(open), time: event.time, position: event.position });
  } else if (RunFailed.is(event)) {
    closePairs(state, open, event);
    open.run = event.data.retryAt === undefined ? 'failed' : 'retrying';
    open.lastProblem = event.data.problem;
    open.modelPending = false;
    if (event.data.retryAt !== undefined) open.retryAt = event.data.retryAt;
  } else if (RunAborted.is(event)) {
    closePairs(state, open, event);
    open.run = 'aborted';
    open.modelPending = false;
  } else if (ModelRequested.is(event)) {
    open.modelPending = true;
    open.model = `${event.data.provider}/${event.data.model}`;
  } else if (SessionCompactionRequested.is(event)) {
    open.modelPending = true;
  } else if (ModelFailed.is(event)) {
    open.modelPending = false;
    open.lastProblem = event.data.problem;
    if (event.data.problem?.code === 'MODEL_INTERRUPTED') open.interruptions += 1;
  } else if (ModelResponded.is(event)) {
    respond(state, open, event);
  } else if (event.type.startsWith('tool.')) {
    evolveTool(state, open, event);
  } else {
    evolveDelivery(open, event);
  }
}

/** What a merged message says is part of the other one's turn from now on. */
function join(state: SessionState, open: OpenMessage, intoMessageId: string): void {
  const host = state.open.get(intoMessageId);
  if (!host) return;
  host.joined.push(open);
  if (host.attempts > 0) ask(state, open);
}

const whose = ({ subject }: OpenMessage) => (subject === undefined ? {} : { subject });

function ask({ transcript }: SessionState, open: OpenMessage): void {
  const { received, messageId, trusted, receivedAt: time, position } = open;
  const { text, attachments } = received;
  transcript.push({
    role: 'user',
    text,
    messageId,
    ...(attachments && { attachments }),
    ...(trusted && { trusted }),
    ...whose(open),
    time,
    position,
  });
}

function startRun(state: SessionState, open: OpenMessage, event: StoredEvent): void {
  open.run = 'running';
  open.runStartedAt = event.time;
  open.attempts += 1;
  open.steps = 0;
  open.modelPending = false;
  delete open.retryAt;
  if (open.attempts > 1) return;
  const at = { ...whose(open), time: open.receivedAt, position: open.position };
  for (const said of open.received.history ?? []) {
    state.transcript.push(
      said.role === 'user' ? { role: 'user', text: said.text, ...at } : { role: 'assistant', text: said.text, toolCalls: [], ...at },
    );
  }
  for (const asked of [open, ...open.joined]) ask(state, asked);
}

function respond(state: SessionState, open: OpenMessage, event: StoredEvent<string, DataOf<typeof ModelResponded>>): void {
  const { text, toolCalls, usage, runId } = event.data;
  open.modelPending = false;
  open.interruptions = 0;
  open.steps += 1;
  open.inputTokens += usage.inputTokens;
  open.outputTokens += usage.outputTokens;
  open.answer = text;
  open.toolCalls = toolCalls.map((call) => ({ callId: call.callId, tool: call.tool, arguments: call.arguments, status: 'requested' }));
  state.transcript.push({ role: 'assistant', text, toolCalls, runId, ...whose(open), time: event.time, position: event.position });
  if (usage.inputTokens > 0 && open.model !== undefined)
    state.measured = { model: open.model, tokens: usage.inputTokens + usage.outputTokens, at: state.transcript.length };
}

function evolveTool(state: SessionState, open: OpenMessage, event: StoredEvent): void {
  const at = { time: event.time, position: event.position };
  if (ToolRequested.is(event)) return;
  if (ToolApproved.is(event) && event.data.lasting !== undefined) {
    const { tool, people } = event.data;
    state.granted = [...(state.granted ?? []), tool];
    if (people !== undefined) state.grantedByTwo = [...(state.grantedByTwo ?? []), tool];
  }
  if (ToolApprovalGiven.is(event)) {
    const { callId, person, reason, lasting } = event.data;
    const call = open.toolCalls.find((candidate) => candidate.callId === callId);
    if (!call?.approval) return;
    const given = { person, reason, ...(lasting && { lasting }), actor: event.metadata.actor?.id ?? person, time: event.time };
    call.approval = { ...call.approval, given };
  } else if (ToolApprovalRequested.is(event) || ToolApproved.is(event) || ToolStarted.is(event)) {
    const call = open.toolCalls.find((candidate) => candidate.callId === event.data.callId);
    if (!call || call.status === 'finished') return;
    call.status = ToolStarted.is(event) ? 'started' : ToolApproved.is(event) ? 'approved' : 'waiting';
    if (!ToolApprovalRequested.is(event)) return;
    const { rule, expiresAt, approvalCode: code = '', people } = event.data;
    call.approval = { rule, code, requestedAt: event.time, expiresAt, ...(people && { people }) };
  } else if (ToolCompleted.is(event)) {
    const files = event.data.attachments ?? [];
    const given = files.filter(({ toModel }) => !toModel);
    const shown = files.filter(({ toModel }) => toModel);
    if (given.length > 0) open.attachments = [...(open.attachments ?? []), ...given];
    finishTool(state, open, {
      role: 'tool',
      callId: event.data.callId,
      tool: event.data.tool,
      result: event.data.result,
      failed: false,
      ...(shown.length > 0 && { attachments: shown }),
      ...at,
    });
  } else if (ToolFailed.is(event) || ToolDenied.is(event)) {
    if (ToolFailed.is(event) && event.data.problem?.code === 'TOOL_INTERRUPTED') open.interruptions += 1;
    finishTool(state, open, {
      role: 'tool',
      callId: event.data.callId,
      tool: event.data.tool,
      result: event.data.problem,
      failed: true,
      ...at,
    });
  }
}

function finishTool(state: SessionState, open: OpenMessage, entry: TranscriptEntry & { role: 'tool' }): void {
  const call = open.toolCalls.find((candidate) => candidate.callId === entry.callId);
  if (!call || call.status === 'finished') return;
  call.status = 'finished';
  state.transcript.push({ ...entry, ...whose(open) });
}

/** A model refuses a transcript in which a tool call has no result, so what was cut short gets one. */
function closePairs(state: SessionState, open: OpenMessage, event: StoredEvent): void {
  for (const call of open.toolCalls) {
    const result = { code: 'TOOL_INTERRUPTED', message: 'The call was not finished.' };
    finishTool(state, open, {
      role: 'tool',
      callId: call.callId,
      tool: call.tool,
      result,
      failed: true,
      time: event.time,
      position: event.position,
    });
  }
}

function evolveDelivery(open: OpenMessage, event: StoredEvent): void {
  if (DeliveryRequested.is(event)) {
    const { deliveryId, callId } = event.data;
    const requested: OpenDelivery = { deliveryId, request: event.data, status: 'requested', attempts: 0, possiblyDuplicate: false };
    if (callId === undefined) open.delivery = requested;
    else open.notices.push(requested);
  }
  const { deliveryId } = event.data as { readonly deliveryId?: string };
  const notice = open.notices.find((candidate) => candidate.deliveryId === deliveryId);
  const delivery = notice ?? open.delivery;
  if (!delivery) return;
  if (DeliveryAttempted.is(event)) {
    delivery.status = 'attempting';
    delivery.attempts = event.data.attempt;
    delivery.possiblyDuplicate ||= event.data.possiblyDuplicate ?? false;
    delete delivery.retryAt;
  } else if (DeliverySucceeded.is(event)) {
    delivery.status = 'succeeded';
  } else if (DeliveryFailed.is(event)) {
    delivery.status = event.data.retryAt === undefined ? 'failed' : 'retrying';
    delivery.possiblyDuplicate ||= event.data.mayHaveArrived ?? false;
    if (!notice) open.lastProblem = event.data.problem;
    if (event.data.retryAt !== undefined) delivery.retryAt = event.data.retryAt;
  } else if (DeliveryUncertain.is(event)) {
    delivery.status = event.data.resolution === 'held' ? 'held' : 'retrying';
    if (event.data.resolution === 'retry_at_least_once') delivery.possiblyDuplicate = true;
  }
}
