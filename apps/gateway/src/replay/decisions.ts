/** Admission and routing of recorded messages decided again, under their own configuration and under another. Pure. */

import type { Config } from '../config/index.ts';
import { type Admission, admit } from '../pipeline/admit.ts';
import { agentSettings } from '../pipeline/agent.ts';
import { channelSettings } from '../pipeline/channel-settings.ts';
import { type RouteRequest, route } from '../pipeline/route.ts';
import { routeConfigOf } from '../pipeline/route-inputs.ts';
import { RecordedConfigs, readDocument } from './configs.ts';
import type { Decision, DecisionChange, DecisionsJob, DecisionsReport, RecordedDecision, Verdict } from './job.ts';

const ORDER: Readonly<Record<Verdict, number>> = { looser: 0, stricter: 1, 'route changed': 2, identical: 3 };
const MAX_UNFAITHFUL = 100;

/** Decides every message twice and says what would be otherwise, what is looser first. */
export function replayDecisions({ messages, configs, candidate }: DecisionsJob): DecisionsReport {
  const recorded = new RecordedConfigs(configs);
  const candidateConfig = readDocument(candidate);
  const counts: Record<Verdict, number> = { identical: 0, 'route changed': 0, stricter: 0, looser: 0 };
  const changes: DecisionChange[] = [];
  const unfaithful: DecisionsReport['unfaithful'][number][] = [];
  let withoutConfig = 0;
  for (const message of messages) {
    const inForce = recorded.at(message.position, message.configHash);
    const baseline = inForce && decide(message, inForce.config);
    if (!baseline) withoutConfig += 1;
    else if (!isSame(baseline, message.outcome)) {
      if (unfaithful.length < MAX_UNFAITHFUL)
        unfaithful.push({ position: message.position, recorded: message.outcome, replayed: baseline });
      continue;
    }
    const before = baseline ?? message.outcome;
    const after = decide(message, candidateConfig, before.route?.sessionKey);
    const verdict = verdictOf(before, after);
    counts[verdict] += 1;
    if (verdict === 'identical') continue;
    const { position, messageId, channel } = message;
    changes.push({ verdict, position, messageId, channel, before, after });
  }
  changes.sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict] || b.position - a.position);
  return { messages: messages.length, counts, changes, unfaithful, withoutConfig };
}

/**
 * What a configuration decides about a message. A conversation that had been given to an agent stays with that agent as long
 * as it is the same conversation: `recordedKey` is the key that it had, where that is known.
 */
export function decide(message: RecordedDecision, config: Config, recordedKey?: string): Decision {
  const { channel, account, senderId, peer, method, agentId, sessionKey } = message;
  const { parent, parentKind, roles, text, openAgentId, routers } = message;
  const settings = channelSettings(config, channel, account);
  const admission = admit(
    { channel, senderId, peer, method, parent, text, mentioned: message.mentioned, paired: message.paired },
    settings,
  );
  if (!admission.allowed) return denied(admission);
  const request: RouteRequest = {
    channel,
    account,
    peer,
    at: message.at ?? message.time,
    ...(parent !== undefined && { parent }),
    ...(parentKind !== undefined && { parentKind }),
    ...(roles !== undefined && { roles }),
    ...(text !== undefined && { text }),
    ...(openAgentId !== undefined && { openAgentId }),
    ...(routers !== undefined && { routers }),
    ...(agentId !== undefined && { agentId }),
    ...(sessionKey !== undefined && { sessionKey }),
  };
  const routes = routeConfigOf(config, settings.agentId);
  const first = route(request, routes);
  if (first.agentId === undefined) return { allowed: false, rule: 'route', reason: first.error.message };
  const { historyAgentId } = message;
  const isSameConversation = recordedKey === undefined || recordedKey === first.sessionKey;
  const again =
    historyAgentId !== undefined && isSameConversation && historyAgentId !== first.agentId
      ? route({ ...request, historyAgentId }, routes)
      : first;
  const decided = again.agentId === undefined ? first : again;
  const model = agentSettings(config, decided.agentId).model;
  return {
    allowed: true,
    rule: admission.rule,
    reason: admission.reason,
    route: { agentId: decided.agentId, rule: decided.winner, model, sessionKey: first.sessionKey },
  };
}

function denied({ rule, error }: Extract<Admission, { allowed: false }>): Decision {
  return { allowed: false, rule, reason: error.message };
}

/** The recording does not keep the session's key, so that it is not compared with it. */
function isSame(replayed: Decision, recorded: Decision): boolean {
  if (replayed.allowed !== recorded.allowed || replayed.rule !== recorded.rule) return false;
  const [a, b] = [replayed.route, recorded.route];
  return a?.agentId === b?.agentId && a?.rule === b?.rule && a?.model === b?.model;
}

function verdictOf(before: Decision, after: Decision): Verdict {
  if (!before.allowed && after.allowed) return 'looser';
  if (before.allowed && !after.allowed) return 'stricter';
  const [a, b] = [before.route, after.route];
  const isSameKey = a?.sessionKey === undefined || b?.sessionKey === undefined || a.sessionKey === b.sessionKey;
  return a?.agentId === b?.agentId && a?.model === b?.model && isSameKey ? 'identical' : 'route changed';
}
