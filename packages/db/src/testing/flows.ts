/** Histories as the pipeline writes them, for tests: the way of a message in its commits, with any outcome. */
import {
  AuthAccepted,
  AuthDenied,
  ConfigChanged,
  DeliveryAttempted,
  DeliveryFailed,
  DeliveryRequested,
  DeliverySucceeded,
  DeliveryUncertain,
  type EventMetadata,
  MessageDeadLettered,
  MessageDeduplicated,
  MessageDelivered,
  MessageNoReply,
  MessageQueued,
  MessageReceived,
  MessageRejected,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  type NewEvent,
  newId,
  RouteDecided,
  RunAborted,
  RunCompleted,
  RunFailed,
  RunStarted,
  SessionOpened,
} from '@openclaw-gateway/events';
import fc from 'fast-check';
import type { AppendRequest } from '../log.ts';

export const OUTCOMES = [
  'delivered',
  'delivered_after_retry',
  'queued',
  'running',
  'retrying',
  'delivering',
  'held',
  'dead_lettered',
  'aborted',
  'rejected',
  'duplicated',
] as const;
export type FlowOutcome = (typeof OUTCOMES)[number];

export type FlowOptions = {
  readonly outcome?: FlowOutcome;
  readonly channel?: string;
  readonly account?: string;
  readonly agentId?: string;
  readonly text?: string;
  readonly requestId?: string;
  /** It brings a file with this hash. */
  readonly fileHash?: string;
  /** Whose words these are; with it they are sealed. */
  readonly subject?: string;
  /** Begins the session: an event between receipt and queue. */
  readonly opens?: boolean;
  readonly sessionKey?: string;
};

export type Flow = { readonly messageId: string; readonly sessionId: string; readonly commits: readonly AppendRequest[] };

/** The commits of one message, in their order. */
export function messageFlow(sessionId: string, options: FlowOptions = {}): Flow {
  const { outcome = 'delivered', channel = 'http', account = 'default', agentId = 'main', text = 'Hello there', opens = false } = options;
  const messageId = newId('message');
  const runId = newId('run');
  const deliveryId = newId('delivery');
  const peer = { kind: 'direct', id: 'someone' } as const;
  const problem = { code: 'MODEL_TIMEOUT', message: 'The model did not answer in time.' };
  const received = MessageReceived.create({
    messageId,
    channel,
    account,
    sender: { id: 'someone' },
    peer,
    text,
    ...(options.requestId !== undefined && { requestId: options.requestId }),
    ...(options.fileHash !== undefined && {
      attachments: [{ id: newId('attachment'), name: 'photo.jpg', mimeType: 'image/jpeg', size: 3, hash: options.fileHash }],
    }),
  });
  const ofSubject = options.subject === undefined ? {} : { subject: options.subject };
  if (outcome === 'rejected') {
    const metadata: EventMetadata = { correlationId: messageId, channel, ...ofSubject };
    const denied = AuthDenied.create({ method: 'channel', rule: 'allowlist', problem });
    const events = [received, denied, MessageRejected.create({ messageId, problem })];
    return {
      messageId,
      sessionId,
      commits: [{ events: events.map((event) => ({ streamId: `channel/${channel}/${account}`, event, metadata })) }],
    };
  }
  const metadata: EventMetadata = {
    correlationId: messageId,
    sessionId,
    agentId,
    channel,
    runId,
    actor: { type: 'app_user', id: 'snd_x' },
    ...ofSubject,
  };
  const commit = (...events: NewEvent[]): AppendRequest => ({
    events: events.map((event) => ({ streamId: `session/${sessionId}`, event, metadata })),
  });
  const usage = { inputTokens: 5, outputTokens: 7 };
  const session = {
    sessionId,
    sessionKey: options.sessionKey ?? `agent:${agentId}:${sessionId}`,
    agentId,
    channel,
    account,
    peer,
  };
  const admitted = commit(
    received,
    AuthAccepted.create({ method: 'channel', rule: 'open', reason: 'Everyone may write.' }),
    RouteDecided.create({
      candidates: [],
      winner: 'default',
      agentId,
      sessionId,
      configHash: 'c0ffee00',
      evaluatorVersion: 1,
      durationUs: 3,
    }),
    ...(opens ? [SessionOpened.create(session)] : []),
    MessageQueued.create({ messageId, sessionId, agentId, runId }),
  );
  const started = (attempt: number): AppendRequest =>
    commit(
      RunStarted.create({ runId, messageId, agentId, attempt, queuedMs: 1 }),
      ModelRequested.create({ runId, step: 1, provider: 'echo', model: 'echo', requestHash: 'abcdef01', messages: 1, tools: [] }),
    );
  const modelFailed = ModelFailed.create({ runId, step: 1, provider: 'echo', model: 'echo', problem, retryable: true, durationMs: 1 });
  const failed = (retryAt?: number): NewEvent =>
    RunFailed.create({ runId, messageId, attempt: 1, problem, ...(retryAt !== undefined && { retryAt }) });
  const answered = commit(
    ModelResponded.create({ runId, step: 1, text: `re: ${text}`, toolCalls: [], finishReason: 'stop', usage, durationMs: 2 }),
    RunCompleted.create({ runId, messageId, steps: 1, usage, durationMs: 3 }),
    DeliveryRequested.create({ deliveryId, messageId, runId, channel, account, to: peer, text: `re: ${text}` }),
    DeliveryAttempted.create({ deliveryId, attempt: 1 }),
  );
  const done = commit(
    DeliverySucceeded.create({ deliveryId, attempt: 1, durationMs: 1 }),
    MessageDelivered.create({ messageId, deliveryId, totalMs: 9 }),
  );
  const retriedDelivery = commit(
    DeliveryFailed.create({ deliveryId, attempt: 1, problem, retryAt: 1 }),
    DeliveryAttempted.create({ deliveryId, attempt: 2 }),
  );
  const ways: Readonly<Record<Exclude<FlowOutcome, 'rejected'>, readonly AppendRequest[]>> = {
    queued: [admitted],
    running: [admitted, started(1)],
    retrying: [admitted, started(1), commit(modelFailed, failed(1))],
    delivering: [admitted, started(1), answered],
    held: [admitted, started(1), answered, commit(DeliveryUncertain.create({ deliveryId, attempt: 1, resolution: 'held' }))],
    delivered: [admitted, started(1), answered, done],
    delivered_after_retry: [admitted, started(1), commit(modelFailed, failed(1)), started(2), answered, retriedDelivery, done],
    dead_lettered: [
      admitted,
      started(1),
      commit(modelFailed, failed(), MessageDeadLettered.create({ messageId, stage: 'run', attempts: 1, problem })),
    ],
    aborted: [
      admitted,
      started(1),
      commit(RunAborted.create({ runId, messageId, reason: 'user' }), MessageNoReply.create({ messageId, reason: 'aborted' })),
    ],
    duplicated: [admitted, started(1), answered, done, commit(MessageDeduplicated.create({ messageId, firstPosition: 1 }))],
  };
  return { messageId, sessionId, commits: ways[outcome] };
}

export function configChange(path: string): AppendRequest {
  const event = ConfigChanged.create({ hash: 'c0ffee01', source: 'command', changes: [{ path, op: 'add' }], restartNeeded: [] });
  return { events: [{ streamId: 'config', event, metadata: { actor: { type: 'user', id: 'usr_x' } } }] };
}

/** Histories of several conversations whose commits are interleaved, each message's own in their order. */
export const histories: fc.Arbitrary<readonly AppendRequest[]> = fc
  .array(
    fc.record({
      session: fc.integer({ min: 0, max: 3 }),
      outcome: fc.constantFrom(...OUTCOMES),
      channel: fc.constantFrom('http', 'telegram', 'hook'),
      agentId: fc.constantFrom('main', 'helper'),
      hasRequestId: fc.boolean(),
      file: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      // Where each commit falls among the others'.
      order: fc.array(fc.nat({ max: 1000 }), { minLength: 7, maxLength: 7 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((specs) => {
    const sessionIds = [0, 1, 2, 3].map(() => newId('session'));
    const opened = new Set<string>();
    const placed = specs.flatMap(({ session, outcome, channel, agentId, hasRequestId, file, order }) => {
      const sessionId = sessionIds[session] ?? '';
      const opens = outcome !== 'rejected' && !opened.has(sessionId);
      if (opens) opened.add(sessionId);
      const requestId = hasRequestId ? crypto.randomUUID() : undefined;
      const further = { ...(requestId !== undefined && { requestId }), ...(file !== undefined && { fileHash: file.repeat(64) }) };
      const flow = messageFlow(sessionId, { outcome, channel, agentId, opens, ...further });
      const times = order.slice(0, flow.commits.length).sort((a, b) => a - b);
      return flow.commits.map((commit, index) => ({ commit, at: times[index] ?? 0 }));
    });
    return placed.sort((a, b) => a.at - b.at).map(({ commit }) => commit);
  });
