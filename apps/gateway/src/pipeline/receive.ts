/** A message's first step: who sent it, may they, where does it go. Decided before, and committed with, its arrival. */
import {
  AuthAccepted,
  type EventMetadata,
  GatewayError,
  MessageNoReply,
  MessageReceived,
  type NewEvent,
  newId,
  RouteDecided,
} from '@openclaw-gateway/events';
import type { Submission } from '../parts.ts';
import { accept } from './accept.ts';
import { type AdmissionRequest, admit } from './admit.ts';
import { agentSettings } from './agent.ts';
import { decide, wordIn } from './approvals.ts';
import { actorOf, type Receipt, receivedData, refusedArrival, takeFiles } from './arrival.ts';
import { channelSettings } from './channel-settings.ts';
import { commandIn } from './command.ts';
import { metadataOf, type PipelineContext, subjectOf } from './context.ts';
import { type Idempotency, idempotencyOf, mismatch, repeated } from './idempotency.ts';
import { quarantined } from './quarantine.ts';
import { reject, rejectAloud, turnAway } from './reject.ts';
import { EVALUATOR_VERSION } from './route.ts';
import { conversation, routeConfigOf, routeRequestOf } from './route-inputs.ts';
import { withRouters } from './routers.ts';

/** Commits a message with its admission and routing; resolves once it is durable. */
export async function receiveMessage(context: PipelineContext, given: Submission): Promise<Receipt> {
  const messageId = newId('message');
  const { channel, account, inbound } = given;
  const word = wordIn(context, given);
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
    sessionKeyParts: [...decision.sessionKeyParts],
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
    const events = [arrival, accepted, decided];
    return await accept(context, cell, { submission, decision: { ...decision, command }, events, messageId, idempotency });
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
  { found, word }: NonNullable<ReturnType<typeof wordIn>>,
  events: readonly [NewEvent<string, { messageId: string }>, NewEvent],
  idempotency: Idempotency,
): Promise<Receipt> {
  const decision = decide(context, found, word);
  if (decision instanceof GatewayError) return await rejectAloud(context, submission, events, decision, idempotency);
  const { cell, open } = found;
  const { sessionId } = cell;
  const { agentId } = open;
  const { channel, inbound } = submission;
  const { messageId } = events[0].data;
  const actor = actorOf(context, submission);
  const subject = subjectOf(context.store, channel, inbound.sender.id);
  const metadata: EventMetadata = { correlationId: messageId, sessionId, agentId, channel, actor, subject };
  const result = await context.sessions.commit(cell, [...events, MessageNoReply.create({ messageId, reason: 'approval' })], metadata, {
    about: { events: decision.events, metadata: { ...metadataOf(cell, open), actor, causationId: events[0].id } },
    expected: { [cell.streamId]: cell.state.version },
    ...(idempotency ? { idempotency } : {}),
  });
  if (result.ok && result.replayed) return repeated(context, result.first, result.last);
  if (result.ok) {
    if (decision.outcome === 'waits') context.wakeDelivery(sessionId);
    const { sessionKey } = cell.state;
    return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: result.last, duplicate: false, runId: open.runId };
  }
  if (result.reason === 'idempotency_mismatch') throw mismatch(result.position);
  await context.sessions.load(sessionId);
  return receiveMessage(context, submission);
}

function admissionRequestOf({ pairing }: PipelineContext, { channel, account, inbound, caller }: Submission): AdmissionRequest {
  const { sender, peer, parent, text, mentioned } = inbound;
  const paired = pairing?.isPaired({ channel, account, sender });
  return { channel, senderId: sender.id, peer, parent, text, mentioned, paired, method: caller.method };
}
