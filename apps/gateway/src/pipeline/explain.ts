/** How a message would be decided about now, rule by rule. Only reads: nothing is written and nobody is told. */
import type { Peer } from '@openclaw-gateway/sdk';
import type { Explanation } from '../parts.ts';
import { PULL_CHANNELS } from '../pull-channels.ts';
import { type Admission, admit } from './admit.ts';
import { agentSettings } from './agent.ts';
import { channelSettings } from './channel-settings.ts';
import type { PipelineContext } from './context.ts';
import { openAgent } from './open-agent.ts';
import { EVALUATOR_VERSION } from './route.ts';
import { conversation, routeConfigOf } from './route-inputs.ts';
import { withRouters } from './routers.ts';

/** A message that did not come. */
export type RouteQuestion = {
  readonly channel: string;
  readonly account: string;
  readonly senderId: string;
  readonly peer: Peer;
  readonly parent?: string;
  readonly roles?: readonly string[];
  readonly text: string;
  readonly mentioned?: boolean;
  /** In milliseconds since 1970. */
  readonly at: number;
};

/** A message as it is imagined from outside: of `from`, in a thread or a group where one is named. */
export type Imagined = {
  readonly channel: string;
  readonly account: string;
  readonly from: string;
  readonly group?: string | undefined;
  readonly thread?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly mentioned?: boolean | undefined;
  readonly text: string;
  readonly at?: number | undefined;
};

export function questionOf(asked: Imagined): RouteQuestion {
  const { channel, account, from: senderId, group, thread, roles, mentioned, text, at = Date.now() } = asked;
  return {
    channel,
    account,
    senderId,
    peer: peerOf(senderId, group, thread),
    text,
    at,
    ...(roles !== undefined && { roles }),
    ...(mentioned !== undefined && { mentioned }),
    ...(thread !== undefined && group !== undefined && { parent: group }),
  };
}

function peerOf(from: string, group: string | undefined, thread: string | undefined): Peer {
  if (thread !== undefined) return { kind: 'thread', id: thread };
  return group === undefined ? { kind: 'direct', id: from } : { kind: 'group', id: group };
}

/** Decides as `receive` does. What is not allowed in is routed all the same, so that both can be seen. */
export async function explainRoute(context: PipelineContext, question: RouteQuestion): Promise<Explanation> {
  const { config, hash: configHash } = context.config();
  const { senderId, ...facts } = question;
  const { channel, account, peer } = facts;
  const settings = channelSettings(config, channel, account);
  const { parent, text, mentioned } = facts;
  const paired = context.pairing?.isPaired({ channel, account, sender: { id: senderId } });
  const method = PULL_CHANNELS.get(channel) ?? ('channel' as const);
  const asked = { channel, senderId, peer, parent, text, mentioned, paired, method };
  const admission = describe(admit(asked, settings));
  const routes = routeConfigOf(config, settings.agentId);
  const { request, first } = await withRouters(context, await openAgent(context, facts, routes), routes, senderId);
  const base = { admission, evaluatorVersion: EVALUATOR_VERSION, configHash };
  if (first.agentId === undefined) return { ...base, candidates: first.candidates, result: { error: first.error.toBody() } };
  const { cell, decision } = await conversation(context, request, routes, first);
  const { agentId, winner: rule, sessionKey, sessionKeyRule, messagePriority } = decision;
  const { model } = agentSettings(config, agentId);
  const { sessionId, state } = cell;
  const isOpen = state.version > 0 && !state.closed;
  return {
    ...base,
    candidates: decision.candidates,
    result: { agentId, rule, model, sessionId, sessionKey, sessionKeyRule, isOpen, messagePriority },
  };
}

function describe(admission: Admission): Explanation['admission'] {
  const { allowed, rule } = admission;
  return { allowed, rule, reason: admission.allowed ? admission.reason : admission.error.message };
}
