/** What is counted off the events as they are appended, so that whoever does the work does not have to count it. */
import {
  AuditVerified,
  AuthAccepted,
  AuthDenied,
  AuthLogin,
  ConfigChanged,
  ConfigRejected,
  ConfigRolledBack,
  type DataOf,
  DeliveryFailed,
  DeliverySucceeded,
  DeliveryUncertain,
  ERRORS,
  MessageDeadLettered,
  MessageDeduplicated,
  MessageDelivered,
  MessageMerged,
  MessageNoReply,
  MessageQueued,
  MessageRejected,
  MessageUndelivered,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  RouteDecided,
  RunAborted,
  RunCompleted,
  RunFailed,
  RunStarted,
  RunStopped,
  SessionCompacted,
  SessionCompactionRequested,
  type StoredEvent,
  ToolApprovalRequested,
  ToolApproved,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolStarted,
} from '@openclaw-gateway/events';
import { countedElsewhere, counter, gauge, histogram } from './registry.ts';

/** What a crash of the bookkeeping could leave open at most. */
const MAX_OPEN = 10_000;

const received = counter('openclaw_messages_received_total');
const delivered = counter('openclaw_messages_delivered_total');
const settled = counter('openclaw_messages_settled_total');
const routes = counter('openclaw_route_decisions_total');
const replies = histogram('openclaw_reply_duration_seconds');
const stages = histogram('openclaw_message_stage_duration_seconds');
const attempts = counter('openclaw_delivery_attempts_total');
const auths = counter('openclaw_auth_attempts_total');
const errors = counter('openclaw_errors_total');
const limited = counter('openclaw_rate_limited_total');
const modelCalls = counter('openclaw_model_requests_total');
const modelTimes = histogram('openclaw_model_request_duration_seconds');
const firstTokens = histogram('openclaw_model_time_to_first_token_seconds');
const modelTokens = counter('openclaw_model_tokens_total');
const modelCosts = counter('openclaw_model_cost_usd_total');
const runs = counter('openclaw_runs_total');
const runTimes = histogram('openclaw_run_duration_seconds');
const toolCalls = counter('openclaw_tool_calls_total');
const toolTimes = histogram('openclaw_tool_duration_seconds');

/** The hottest count of all is kept by hand and only handed over when it is read. */
const appendedByType = new Map<string, number>();
countedElsewhere('openclaw_events_appended_total', (set) => {
  for (const [type, count] of appendedByType) set({ type }, count);
});

/** Names of tools that ran. A model may invent others, which must not become labels. */
const knownTools = new Set<string>();
/** Model calls in flight, by run and step: the answer does not name the model again. */
type ModelCall = { readonly provider: string; readonly model: string };
const openModelCalls = new Map<string, ModelCall>();
/** Who was asked to sum up a conversation. */
const openSummaries = new Map<string, ModelCall>();
const waitingForApproval = new Map<string, true>();
let verification: { readonly to: number; readonly ok: boolean; readonly at: number } | undefined;
let contradicted = false;
let lastReload: { readonly ok: boolean; readonly okAt: number } = { ok: true, okAt: Date.now() };

gauge('openclaw_approvals_pending', (set) => set({}, waitingForApproval.size));
gauge('openclaw_chain_valid', (set) => set({}, contradicted || verification?.ok === false ? 0 : 1));
gauge('openclaw_chain_verified_sequence', (set) => {
  if (verification?.ok) set({}, verification.to);
});
gauge('openclaw_chain_last_verification_timestamp_seconds', (set) => {
  if (verification) set({}, verification.at / 1000);
});
gauge('openclaw_config_last_reload_successful', (set) => set({}, lastReload.ok ? 1 : 0));
gauge('openclaw_config_last_reload_success_timestamp_seconds', (set) => set({}, lastReload.okAt / 1000));

type Stage = 'authenticate' | 'route' | 'queue' | 'agent' | 'model' | 'tool' | 'deliver';
type Source = 'http' | 'message' | 'run' | 'model' | 'tool' | 'delivery';

/** How long something spent in a stage of its way. */
export function countStage(stage: Stage, durationMs: number): void {
  stages.observe({ stage }, durationMs / 1000);
}

/** A failure. What is no code of the registry counts as OTHER, so that nobody can make labels. */
export function countError(source: Source, code: string): void {
  errors.inc({ source, code: Object.hasOwn(ERRORS, code) ? code : 'OTHER' });
}

/** Something was slowed down or turned away. */
export function countLimited(scope: 'http' | 'websocket' | 'connection' | 'ban' | 'anomaly' | 'model' | 'channel'): void {
  limited.inc({ scope });
}

/** The log is not the one that was signed. */
export function countContradiction(): void {
  contradicted = true;
}

export function countEvents(events: readonly StoredEvent[]): void {
  for (const event of events) {
    appendedByType.set(event.type, (appendedByType.get(event.type) ?? 0) + 1);
    const count = COUNTS[event.type.slice(0, event.type.indexOf('.'))];
    count?.(event, event.metadata.channel ?? 'none');
  }
}

const COUNTS: Readonly<Record<string, (event: StoredEvent, channel: string) => void>> = {
  message: countMessage,
  delivery: countDelivery,
  auth: countAuth,
  route: countRoute,
  run: countRun,
  model: countModel,
  session: countModel,
  tool: countTool,
  config: countConfig,
  audit: countAudit,
};

function countMessage(event: StoredEvent, channel: string): void {
  if (MessageQueued.is(event)) received.inc({ channel, outcome: 'accepted' });
  else if (MessageDeduplicated.is(event)) received.inc({ channel, outcome: 'duplicate' });
  else if (MessageRejected.is(event)) {
    received.inc({ channel, outcome: 'rejected' });
    settled.inc({ channel, status: 'rejected' });
  } else if (MessageDelivered.is(event)) {
    delivered.inc({ channel, outcome: event.data.possiblyDuplicate ? 'possibly_duplicate' : 'delivered' });
    settled.inc({ channel, status: 'delivered' });
    replies.observe({ channel }, event.data.totalMs / 1000);
  } else if (MessageDeadLettered.is(event)) {
    settled.inc({ channel, status: 'dead_lettered' });
    countError('message', event.data.problem.code);
  } else if (MessageUndelivered.is(event)) {
    const { code } = event.data.problem;
    countError('delivery', code);
    if (code === 'CHANNEL_RATE_LIMITED') countLimited('channel');
  } else if (MessageNoReply.is(event)) settled.inc({ channel, status: 'no_reply' });
  else if (MessageMerged.is(event)) settled.inc({ channel, status: 'merged' });
}

function countDelivery(event: StoredEvent, channel: string): void {
  if (DeliverySucceeded.is(event)) {
    attempts.inc({ channel, result: 'succeeded' });
    countStage('deliver', event.data.durationMs);
  } else if (DeliveryFailed.is(event)) {
    const { code } = event.data.problem;
    attempts.inc({ channel, result: 'failed' });
    countError('delivery', code);
    if (code === 'CHANNEL_RATE_LIMITED') countLimited('channel');
  } else if (DeliveryUncertain.is(event)) attempts.inc({ channel, result: 'uncertain' });
}

function countAuth(event: StoredEvent): void {
  if (AuthAccepted.is(event)) auths.inc({ method: event.data.method, result: 'accepted' });
  else if (AuthLogin.is(event)) auths.inc({ method: event.data.method, result: 'accepted' });
  else if (AuthDenied.is(event)) auths.inc({ method: event.data.method, result: 'denied' }, event.data.times ?? 1);
}

function countRoute(event: StoredEvent): void {
  if (!RouteDecided.is(event)) return;
  routes.inc({ rule_kind: ruleKind(event.data.winner) });
  countStage('route', event.data.durationUs / 1000);
}

/** `bindings[3]` and `channels.telegram.agentId` are kinds of rules; their numbers and names are not. */
function ruleKind(winner: string | undefined): string {
  if (winner === undefined) return 'none';
  if (winner.startsWith('bindings[')) return 'binding';
  return winner.startsWith('channels.') ? 'channel' : winner;
}

function countRun(event: StoredEvent): void {
  const agent = event.metadata.agentId ?? 'unknown';
  if (RunStarted.is(event)) countStage('queue', event.data.queuedMs);
  else if (RunCompleted.is(event) || RunStopped.is(event)) {
    countStage('agent', event.data.durationMs);
    runs.inc({ agent, result: RunCompleted.is(event) ? 'completed' : 'stopped' });
    runTimes.observe({ agent }, event.data.durationMs / 1000);
  } else if (RunFailed.is(event)) {
    countError('run', event.data.problem.code);
    runs.inc({ agent, result: 'failed' });
  } else if (RunAborted.is(event)) runs.inc({ agent, result: 'aborted' });
}

function countModel(event: StoredEvent): void {
  if (ModelRequested.is(event)) {
    const { runId, step, provider, model } = event.data;
    keep(openModelCalls, `${runId} ${step}`, { provider, model });
    // Another endpoint is asked for a summary.
    const { sessionId = '' } = event.metadata;
    if (openSummaries.has(sessionId)) keep(openSummaries, sessionId, { provider, model });
  } else if (SessionCompactionRequested.is(event)) {
    const { sessionId, provider, model } = event.data;
    keep(openSummaries, sessionId, { provider, model });
  } else if (SessionCompacted.is(event)) {
    const { sessionId, usage, durationMs } = event.data;
    const call = openSummaries.get(sessionId);
    openSummaries.delete(sessionId);
    // What was left out without a summary asked nobody.
    if (call) countAnswer(call, usage, durationMs);
  } else if (ModelResponded.is(event)) {
    const { runId, step, usage, durationMs, firstTokenMs } = event.data;
    const call = openModelCalls.get(`${runId} ${step}`) ?? { provider: 'unknown', model: 'unknown' };
    openModelCalls.delete(`${runId} ${step}`);
    countAnswer(call, usage, durationMs);
    if (firstTokenMs !== undefined) firstTokens.observe(call, firstTokenMs / 1000);
  } else if (ModelFailed.is(event)) {
    const { runId, step, provider, model, problem, durationMs } = event.data;
    modelCalls.inc({ provider, model, result: problem.code });
    // The answer came from elsewhere, and was counted.
    if (problem.code === 'MODEL_OVERTAKEN') return;
    openModelCalls.delete(`${runId} ${step}`);
    openSummaries.delete(event.metadata.sessionId ?? '');
    modelTimes.observe({ provider, model }, durationMs / 1000);
    countStage('model', durationMs);
    countError('model', problem.code);
    if (problem.code === 'MODEL_RATE_LIMITED') countLimited('model');
  }
}

function countAnswer(call: ModelCall, usage: DataOf<typeof ModelResponded>['usage'], durationMs: number): void {
  modelCalls.inc({ ...call, result: 'ok' });
  modelTimes.observe(call, durationMs / 1000);
  countStage('model', durationMs);
  modelTokens.inc({ ...call, type: 'input' }, usage.inputTokens);
  modelTokens.inc({ ...call, type: 'output' }, usage.outputTokens);
  if (usage.costUsd !== undefined) modelCosts.inc(call, usage.costUsd);
  if (usage.cachedInputTokens !== undefined) modelTokens.inc({ ...call, type: 'cached_input' }, usage.cachedInputTokens);
}

function countTool(event: StoredEvent): void {
  if (ToolStarted.is(event)) knownTools.add(event.data.tool);
  else if (ToolApprovalRequested.is(event)) keep(waitingForApproval, event.data.callId, true);
  else if (ToolApproved.is(event)) waitingForApproval.delete(event.data.callId);
  else if (ToolDenied.is(event)) {
    waitingForApproval.delete(event.data.callId);
    toolCalls.inc({ tool: toolLabel(event.data.tool), result: 'denied' });
  } else if (ToolCompleted.is(event)) {
    const { tool, durationMs } = event.data;
    toolCalls.inc({ tool, result: 'completed' });
    toolTimes.observe({ tool }, durationMs / 1000);
    countStage('tool', durationMs);
  } else if (ToolFailed.is(event)) {
    const { tool, durationMs, problem } = event.data;
    toolCalls.inc({ tool: toolLabel(tool), result: 'failed' });
    countError('tool', problem.code);
    if (durationMs === undefined) return;
    toolTimes.observe({ tool: toolLabel(tool) }, durationMs / 1000);
    countStage('tool', durationMs);
  }
}

function countConfig(event: StoredEvent): void {
  if (ConfigChanged.is(event) || ConfigRolledBack.is(event)) lastReload = { ok: true, okAt: event.time };
  else if (ConfigRejected.is(event)) lastReload = { ...lastReload, ok: false };
}

function countAudit(event: StoredEvent): void {
  if (AuditVerified.is(event)) verification = { to: event.data.to, ok: event.data.ok, at: event.time };
}

function toolLabel(tool: string): string {
  return knownTools.has(tool) ? tool : 'unknown';
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  const oldest = map.size > MAX_OPEN ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
