/** A message's first step: who sent it, may they, where does it go. Decided before, and committed with, its arrival. */
import { createHash } from 'node:crypto';
import type { StreamEvent } from '@openclaw-gateway/db';
import {
  type Actor,
  type Attachment,
  AuthAccepted,
  AuthDenied,
  type CommandName,
  ERASED_TEXT,
  type EventMetadata,
  encodeBase32,
  GatewayError,
  idFromBytes,
  MessageDeduplicated,
  MessageNoReply,
  MessageQueued,
  MessageReceived,
  MessageRejected,
  MOST_ATTACHMENTS,
  type NewEvent,
  newId,
  type OpenMessage,
  RouteDecided,
  SessionClosed,
  SessionOpened,
  type StoredEvent,
} from '@openclaw-gateway/events';
import type { Received } from '@openclaw-gateway/sdk';
import { notKept, type Taken } from '../attachments/not-kept.ts';
import type { Config } from '../config/index.ts';
import type { Submission } from '../parts.ts';
import { type Admission, type AdmissionRequest, admit } from './admit.ts';
import { agentIds, agentSettings, defaultAgentId } from './agent.ts';
import { decision, wordIn } from './approvals.ts';
import { channelSettings } from './channel-settings.ts';
import { commandIn, takeCommand } from './command.ts';
import { identify, metadataOf, openMessage, type PipelineContext, sessionIdOf, subjectOf } from './context.ts';
import { nextRun } from './next.ts';
import { openAgent } from './open-agent.ts';
import { quarantined } from './quarantine.ts';
import { queueModeOf } from './queue.ts';
import { EVALUATOR_VERSION, type Route, type RouteConfig, type RouteRequest, route } from './route.ts';
import { withRouters } from './routers.ts';
import { type Start, startWith } from './run.ts';
import { problemOf } from './run-context.ts';
import type { SessionCell } from './sessions.ts';

/** More roles than a person has anywhere. */
const MOST_ROLES = 250;
const ANSWER_TIMEOUT_MS = 30_000;

type Receipt = Received & { readonly runId: string };
type Routed = Extract<Route, { agentId: string }>;
/** Where a message goes, and what it asks of the gateway itself. */
type Decision = Routed & { readonly command: CommandName | undefined };
type Idempotency = { readonly key: string; readonly requestHash: string } | undefined;

/** Commits a message with its admission and routing; resolves once it is durable. */
export async function receiveMessage(context: PipelineContext, given: Submission): Promise<Receipt> {
  const messageId = newId('message');
  const { channel, account, inbound } = given;
  const word = wordIn(context, { channel, account, senderId: inbound.sender.id, text: inbound.text });
  // Who answers what the agent asked speaks to it, whether he names it or not.
  const submission = word && inbound.mentioned === false ? { ...given, inbound: { ...inbound, mentioned: true } } : given;
  const idempotency = idempotencyOf(context, submission);
  const { config, hash: configHash } = context.config();
  const settings = channelSettings(config, channel, account);
  const { sender } = inbound;
  const admission = admit(admissionRequestOf(context, submission), settings);
  if (!admission.allowed)
    return await turnAway(context, submission, refusedArrival(messageId, submission, admission.error), admission, idempotency);

  const accepted = AuthAccepted.create({ method: submission.caller.method, rule: admission.rule, reason: admission.reason });
  if (word) {
    const arrival = MessageReceived.create(receivedData(messageId, submission, []));
    return takeWord(context, submission, word, [arrival, accepted], idempotency);
  }
  const startedAt = performance.now();
  const routeConfig = routeConfigOf(config, settings.agentId);
  const { request, first } = await withRouters(context, await routeRequestOf(context, submission, routeConfig), routeConfig, sender.id);
  if (first.agentId === undefined) {
    const decided = RouteDecided.create({
      candidates: [...first.candidates],
      configHash,
      evaluatorVersion: EVALUATOR_VERSION,
      durationUs: 0,
      decidedAt: request.at,
    });
    return reject(context, submission, refusedArrival(messageId, submission, first.error), [accepted, decided], first.error, idempotency);
  }
  const { cell, decision } = await conversation(context, request, routeConfig, first);
  const command = commandIn(config, submission);
  const settingsOfAgent = agentSettings(config, decision.agentId);
  const decided = RouteDecided.create({
    candidates: [...decision.candidates],
    winner: decision.winner,
    agentId: decision.agentId,
    model: settingsOfAgent.model,
    modelFrom: settingsOfAgent.modelFrom,
    sessionId: cell.sessionId,
    sessionKeyRule: decision.sessionKeyRule,
    configHash,
    evaluatorVersion: EVALUATOR_VERSION,
    durationUs: Math.round((performance.now() - startedAt) * 1000),
    decidedAt: request.at,
    ...(decision.messagePriority === 'normal' ? {} : { messagePriority: decision.messagePriority }),
    ...(command && { command }),
  });
  const refusal = quarantined(cell.state);
  if (refusal)
    return reject(context, submission, refusedArrival(messageId, submission, refusal), [accepted, decided], refusal, idempotency);
  const files = await takeFiles(context, submission);
  try {
    const arrival = MessageReceived.create(receivedData(messageId, submission, files.attachments));
    return await accept(context, submission, cell, { ...decision, command }, [arrival, accepted, decided], messageId, idempotency);
  } finally {
    files.release();
  }
}

/**
 * Commits a message that is somebody's word on a call that waits, together with the decision, in the conversation that the call
 * belongs to. Should somebody else have decided meanwhile, it is a message like any other.
 */
async function takeWord(
  context: PipelineContext,
  submission: Submission,
  { found, verdict }: NonNullable<ReturnType<typeof wordIn>>,
  events: readonly [NewEvent<string, { messageId: string }>, NewEvent],
  idempotency: Idempotency,
): Promise<Receipt> {
  const { cell, open } = found;
  const { sessionId } = cell;
  const { agentId } = open;
  const { channel, inbound } = submission;
  const { messageId } = events[0].data;
  const actor = actorOf(context, submission);
  const subject = subjectOf(context.store, channel, inbound.sender.id);
  const metadata: EventMetadata = { correlationId: messageId, sessionId, agentId, channel, actor, subject };
  const result = await context.sessions.commit(cell, [...events, MessageNoReply.create({ messageId, reason: 'approval' })], metadata, {
    about: { event: decision(found, verdict), metadata: { ...metadataOf(cell, open), actor, causationId: events[0].id } },
    expected: { [cell.streamId]: cell.state.version },
    ...(idempotency ? { idempotency } : {}),
  });
  if (result.ok && result.replayed) return repeated(context, result.first, result.last);
  if (result.ok) {
    const { sessionKey } = cell.state;
    return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: result.last, duplicate: false, runId: open.runId };
  }
  if (result.reason === 'idempotency_mismatch') throw mismatch(result.position);
  await context.sessions.load(sessionId);
  return receiveMessage(context, submission);
}

const NO_FILES: Taken = { attachments: [], release: () => undefined };

/** The message's files, on the disk. Only of senders who may write: others must not fill it. */
async function takeFiles({ attachments }: PipelineContext, { inbound }: Submission): Promise<Taken> {
  const { attachments: files = [] } = inbound;
  if (files.length === 0) return NO_FILES;
  if (attachments) return attachments.take(files);
  const error = new GatewayError('ATTACHMENT_UNAVAILABLE', { message: 'No files are kept here.' });
  return { ...NO_FILES, attachments: files.slice(0, MOST_ATTACHMENTS).map((file) => notKept(file, error)) };
}

/** A message that may not come in: what it brought is named, not fetched. */
function refusedArrival(messageId: string, submission: Submission, error: GatewayError) {
  const files = submission.inbound.attachments ?? [];
  const attachments = files.slice(0, MOST_ATTACHMENTS).map((file) => notKept(file, error));
  return MessageReceived.create(receivedData(messageId, submission, attachments));
}

export function routeConfigOf(config: Config, channelAgentId?: string): RouteConfig {
  return {
    agentIds: agentIds(config),
    defaultAgentId: defaultAgentId(config),
    bindings: config.bindings,
    channelAgentId,
    dmScope: config.session.dmScope,
    mainKey: config.session.mainKey,
    threads: config.session.threads,
  };
}

/** The conversation a message belongs to; one that was moved to another agent stays with that agent. */
export async function conversation(
  context: Pick<PipelineContext, 'sessions' | 'store'>,
  request: RouteRequest,
  config: RouteConfig,
  first: Routed,
): Promise<{ cell: SessionCell; decision: Routed }> {
  const cell = await context.sessions.load(sessionIdOf(context, first.sessionKey));
  const historyAgentId = cell.state.agentId;
  if (historyAgentId === '' || historyAgentId === first.agentId) return { cell, decision: first };
  const again = route({ ...request, historyAgentId }, config);
  return { cell, decision: again.agentId === undefined ? first : { ...again, sessionKey: first.sessionKey } };
}

async function accept(
  context: PipelineContext,
  submission: Submission,
  cell: SessionCell,
  decision: Decision,
  events: readonly NewEvent[],
  messageId: string,
  idempotency: Idempotency,
): Promise<Receipt> {
  const leave = arrive(context, cell.sessionId);
  try {
    return await commitAccepted(context, submission, cell, decision, events, messageId, idempotency);
  } finally {
    leave();
  }
}

async function commitAccepted(
  context: PipelineContext,
  submission: Submission,
  cell: SessionCell,
  decision: Decision,
  events: readonly NewEvent[],
  messageId: string,
  idempotency: Idempotency,
): Promise<Receipt> {
  const { agentId, sessionKey, command } = decision;
  const { channel, account } = submission;
  const { sessionId } = cell;
  const runId = newId('run');
  const received = events.find((event) => event.type === MessageReceived.type)?.data as OpenMessage['received'];
  const actor = actorOf(context, submission);
  const subject = subjectOf(context.store, channel, submission.inbound.sender.id);
  const start = command ? undefined : await startAtOnce(context, cell, { messageId, runId, agentId, received }, subject);
  const { traceparent } = submission;
  const metadata: EventMetadata = {
    correlationId: messageId,
    sessionId,
    agentId,
    channel,
    runId,
    actor,
    subject,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const { messagePriority } = decision;
  const priority = messagePriority === 'normal' ? {} : { priority: messagePriority };
  const queueMode = queueModeOf(context.config().config, { channel, agentId, asked: submission.queueMode });
  const mode = queueMode === 'queue' ? {} : { queueMode };
  const queued = MessageQueued.create({ messageId, sessionId, agentId, runId, ...priority, ...mode });
  const isNew = cell.state.version === 0;
  // A conversation whose opener was erased is known again by the one who goes on with it.
  const opens = isNew || cell.state.sessionKey === ERASED_TEXT || command === 'new';
  const closed = command === 'new' && !isNew ? [SessionClosed.create({ sessionId, reason: 'new' })] : [];
  const ownEvents = command ? takeCommand(context, cell, { command, messageId, runId, agentId }, submission) : start?.events;
  const opened = opens ? [SessionOpened.create({ sessionId, sessionKey, agentId, channel, account, peer: submission.inbound.peer })] : [];
  const result = await context.sessions.commit(cell, [...events, ...closed, ...opened, queued], metadata, {
    ...(ownEvents && { ownEvents }),
    ...(isNew ? { expected: { [cell.streamId]: 'none' as const } } : {}),
    ...(idempotency ? { idempotency } : {}),
  });
  if (!result.ok) {
    if (result.reason === 'idempotency_mismatch') throw mismatch(result.position);
    if (cell.state.version === 0) cell.stale = true;
    return commitAccepted(context, submission, await context.sessions.load(sessionId), decision, events, messageId, idempotency);
  }
  if (result.replayed) return repeated(context, result.first, result.last);
  context.live.add(messageId, openMessage(cell, messageId).receivedAt, submission);
  if (start) context.started.set(messageId, start.request);
  if (command) context.wakeDelivery(sessionId);
  context.progress.publish({ ...identify(cell, openMessage(cell, messageId)), type: 'queued' });
  return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: result.last, duplicate: false, runId };
}

/** Counts a message that is on its way into a conversation, until the function that is returned is called. */
function arrive({ arriving }: PipelineContext, sessionId: string): () => void {
  arriving.set(sessionId, (arriving.get(sessionId) ?? 0) + 1);
  return () => {
    const left = (arriving.get(sessionId) ?? 1) - 1;
    if (left > 0) arriving.set(sessionId, left);
    else arriving.delete(sessionId);
  };
}

/** The start of the message's run, when nothing in the conversation or elsewhere comes before it. */
async function startAtOnce(
  context: PipelineContext,
  cell: SessionCell,
  message: { readonly messageId: string; readonly runId: string; readonly agentId: string; readonly received: OpenMessage['received'] },
  sender: string,
): Promise<Start | undefined> {
  const isNext = () =>
    context.arriving.get(cell.sessionId) === 1 &&
    !cell.stale &&
    !cell.state.quarantine &&
    nextRun(cell.state, context.now()).kind === 'idle' &&
    context.hasFreeSlot({ sender, agentId: message.agentId });
  if (!isNext()) return undefined;
  const start = await startWith(context, cell, message);
  return isNext() ? start : undefined;
}

/** Records a message that is not taken. Somebody unknown who may pair is told how, once that is durable. */
async function turnAway(
  context: PipelineContext,
  submission: Submission,
  arrival: NewEvent<string, { messageId: string }>,
  admission: Extract<Admission, { allowed: false }>,
  idempotency: Idempotency,
): Promise<Receipt> {
  const { error, rule } = admission;
  const { messageId } = arrival.data;
  if (error.code === 'NOT_ADDRESSED') {
    const noReply = MessageNoReply.create({ messageId, reason: 'not_addressed', rule });
    return (await recordRefused(context, submission, messageId, [arrival, noReply], error, idempotency)).receipt;
  }
  const reasons = [denied(submission, admission)];
  if (error.code !== 'SENDER_UNPAIRED' || !context.pairing) return await reject(context, submission, arrival, reasons, error, idempotency);
  const { channel, account, inbound } = submission;
  const { peer, sender } = inbound;
  const asked = context.pairing.asked({ channel, account, sender, peer, messageId }, context.now());
  let stored: readonly StoredEvent[] | undefined;
  try {
    const events = [arrival, ...reasons, MessageRejected.create({ messageId, problem: problemOf(error) })];
    const refused = await recordRefused(context, submission, messageId, events, error, idempotency, asked.events);
    stored = refused.stored;
    if (stored.length > 0 && asked.answer !== undefined) answer(context, submission, messageId, asked.answer);
    return refused.receipt;
  } finally {
    asked.done(stored);
  }
}

/** Tried once: whoever gets no answer writes again, and is told later. */
function answer({ senders, logger }: PipelineContext, { channel, account, inbound }: Submission, messageId: string, text: string): void {
  const outbound = { deliveryId: newId('delivery'), messageId, to: inbound.peer, text, attempt: 1 };
  senders
    .send(channel, account, outbound, AbortSignal.timeout(ANSWER_TIMEOUT_MS))
    .catch((error: unknown) => logger.warn({ err: error, channel, account, messageId }, 'a stranger could not be told the pairing code'));
}

async function reject(
  context: PipelineContext,
  submission: Submission,
  arrival: NewEvent<string, { messageId: string }>,
  reasons: readonly NewEvent[],
  error: GatewayError,
  idempotency: Idempotency,
): Promise<Receipt> {
  const { messageId } = arrival.data;
  const events = [arrival, ...reasons, MessageRejected.create({ messageId, problem: problemOf(error) })];
  return (await recordRefused(context, submission, messageId, events, error, idempotency)).receipt;
}

async function recordRefused(
  context: PipelineContext,
  submission: Submission,
  messageId: string,
  events: readonly NewEvent[],
  error: GatewayError,
  idempotency: Idempotency,
  others: readonly StreamEvent[] = [],
): Promise<{ readonly receipt: Receipt; readonly stored: readonly StoredEvent[] }> {
  const { channel, account } = submission;
  const subject = subjectOf(context.store, channel, submission.inbound.sender.id);
  const metadata: EventMetadata = { correlationId: messageId, channel, actor: actorOf(context, submission), subject };
  const result = await context.log.append({
    events: [...events.map((event) => ({ streamId: `channel/${channel}/${account}`, event, metadata })), ...others],
    ...(idempotency ? { idempotency } : {}),
  });
  if (!result.ok) throw result.reason === 'conflict' ? new GatewayError('INTERNAL') : mismatch(result.position);
  if (result.replayed) return { receipt: await repeated(context, result.first, result.last), stored: [] };
  const receipt = { status: 'rejected', messageId, position: result.last, error, duplicate: false, runId: '' } as const;
  return { receipt, stored: result.events };
}

/** What became of the first message with the same key, read from its events. */
async function repeated(context: PipelineContext, first: number, last: number): Promise<Receipt> {
  const positions = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const events = (await Promise.all(positions.map((position) => context.log.readAt(position)))).filter((event) => event !== undefined);
  const arrival = events.find(MessageReceived.is);
  if (!arrival) throw new GatewayError('LOG_CORRUPT', { details: { position: first } });
  const { messageId } = arrival.data;
  const { streamId, metadata } = arrival;
  const duplicate = MessageDeduplicated.create({ messageId, firstPosition: first });
  if (metadata.sessionId === undefined) {
    await context.log.append({ events: [{ streamId, event: duplicate, metadata }] });
  } else {
    await context.sessions.commit(await context.sessions.load(metadata.sessionId), [duplicate], metadata);
  }
  const rejected = events.find(MessageRejected.is);
  const queued = events.find(MessageQueued.is);
  if (metadata.sessionId !== undefined && events.some(MessageNoReply.is)) {
    const { sessionKey, agentId } = (await context.sessions.load(metadata.sessionId)).state;
    return {
      status: 'accepted',
      messageId,
      sessionId: metadata.sessionId,
      sessionKey,
      agentId,
      position: last,
      duplicate: true,
      runId: '',
    };
  }
  if (rejected || !queued) {
    const error = events.some(MessageNoReply.is)
      ? new GatewayError('NOT_ADDRESSED')
      : rejected
        ? GatewayError.fromBody(rejected.data.problem as { code: GatewayError['code']; message: string })
        : new GatewayError('INTERNAL');
    return { status: 'rejected', messageId, position: last, error, duplicate: true, runId: '' };
  }
  const { sessionId, agentId, runId } = queued.data;
  const { sessionKey } = (await context.sessions.load(sessionId)).state;
  return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: last, duplicate: true, runId };
}

function receivedData(
  messageId: string,
  submission: Submission,
  attachments: readonly Attachment[],
): Parameters<typeof MessageReceived.create>[0] {
  const { channel, account, inbound, sessionKey, agentId, requestId, system, history } = submission;
  const { name, roles } = inbound.sender;
  const { parent, parentKind, mentioned } = inbound;
  return {
    messageId,
    channel,
    account,
    sender: {
      id: inbound.sender.id,
      ...(name === undefined ? {} : { name }),
      ...(roles === undefined || roles.length === 0 ? {} : { roles: roles.slice(0, MOST_ROLES) }),
    },
    peer: inbound.peer,
    ...(parent === undefined ? {} : { parent }),
    ...(parentKind === undefined ? {} : { parentKind }),
    ...(mentioned === undefined ? {} : { mentioned }),
    text: inbound.text,
    ...(attachments.length === 0 ? {} : { attachments: [...attachments] }),
    ...(submission.caller.method === 'channel' && isKept(inbound.externalId) ? { externalId: inbound.externalId } : {}),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(system === undefined ? {} : { system }),
    ...(history === undefined || history.length === 0 ? {} : { history: [...history] }),
  };
}

/** No service has ids this long; one that is, is unique all the same but cannot be quoted. */
const isKept = (externalId: string | undefined): externalId is string =>
  externalId !== undefined && externalId !== '' && externalId.length <= 512;

function admissionRequestOf({ pairing }: PipelineContext, { channel, account, inbound, caller }: Submission): AdmissionRequest {
  const { sender, peer, parent, text, mentioned } = inbound;
  const paired = pairing?.isPaired({ channel, account, sender });
  return { channel, senderId: sender.id, peer, parent, text, mentioned, paired, method: caller.method };
}

async function routeRequestOf(
  context: PipelineContext,
  submission: Submission,
  config: RouteConfig,
): Promise<RouteRequest & { readonly at: number }> {
  const { channel, account, inbound, agentId, sessionKey, seen } = submission;
  const { peer, parent, parentKind, text, sender } = inbound;
  const request = {
    channel,
    account,
    peer,
    text,
    at: seen?.at ?? context.now(),
    ...(parent === undefined ? {} : { parent }),
    ...(parentKind === undefined ? {} : { parentKind }),
    ...(sender.roles === undefined ? {} : { roles: sender.roles }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
  };
  return seen ? { ...request, ...seen } : await openAgent(context, request, config);
}

function denied(submission: Submission, admission: Extract<Admission, { allowed: false }>): NewEvent {
  return AuthDenied.create({ method: submission.caller.method, rule: admission.rule, problem: problemOf(admission.error) });
}

function actorOf(context: PipelineContext, submission: Submission): Actor {
  if (submission.caller.method !== 'channel') return submission.caller.actor;
  const pseudonym = context.store.pseudonym(`${submission.channel}\0${submission.account}\0${submission.inbound.sender.id}`);
  return { type: 'app_user', id: idFromBytes('sender', pseudonym.subarray(0, 16)) };
}

/** The channel's own id of a message makes it unique; what the id must stand for is its content. */
function idempotencyOf(context: PipelineContext, submission: Submission): Idempotency {
  const { channel, account, inbound, sessionKey, agentId, system, history } = submission;
  if (inbound.externalId === undefined) return undefined;
  const files = inbound.attachments?.map(({ name, mimeType, size }) => [name, mimeType, size]);
  const content = JSON.stringify([
    inbound.sender.id,
    inbound.peer,
    inbound.text,
    sessionKey,
    agentId,
    system,
    history,
    ...(files?.length ? [files] : []),
  ]);
  return {
    key: messageKey(context, channel, account, inbound.externalId),
    requestHash: createHash('sha256').update(content).digest('hex'),
  };
}

/** What a message is unique by in the log. */
export function messageKey({ store }: PipelineContext, channel: string, account: string, externalId: string): string {
  return `in:${encodeBase32(store.pseudonym(`${channel}\0${account}\0${externalId}`).subarray(0, 16))}`;
}

function mismatch(position: number): GatewayError {
  return new GatewayError('IDEMPOTENCY_MISMATCH', { details: { firstPosition: position } });
}
