/** Admission and routing of recorded messages decided again, under their own configuration and under another. Pure. */

import type { Config } from '../config/index.ts';
import { type Admission, admit } from '../pipeline/admit.ts';
import { agentSettings } from '../pipeline/agent.ts';
import { channelSettings } from '../pipeline/channel-settings.ts';
import { type RouteRequest, route } from '../pipeline/route.ts';
import { routeConfigOf } from '../pipeline/route-inputs.ts';
import { RecordedConfigs, readDocument } from './configs.ts';
import type { Decision, DecisionChange, DecisionsJob, DecisionsReport, DecisionsSummary, RecordedDecision, Verdict } from './job.ts';

const ORDER: Readonly<Record<Verdict, number>> = { looser: 0, stricter: 1, 'route changed': 2, identical: 3 };
const MAX_UNFAITHFUL = 100;

/** Decides messages twice, batch by batch, and counts what would be otherwise. */
export class Decider {
  readonly #recorded: RecordedConfigs;
  readonly #candidate: Config;
  readonly #counts: Record<Verdict, number> = { identical: 0, 'route changed': 0, stricter: 0, looser: 0 };
  readonly #unfaithful: DecisionsSummary['unfaithful'][number][] = [];
  #unfaithfulCount = 0;
  #messages = 0;
  #withoutConfig = 0;

  constructor({ configs, candidate }: Omit<DecisionsJob, 'kind'>) {
    this.#recorded = new RecordedConfigs(configs);
    this.#candidate = readDocument(candidate);
  }

  /** Those that would be decided otherwise, in their order. */
  decide(messages: readonly RecordedDecision[]): DecisionChange[] {
    this.#messages += messages.length;
    return messages.flatMap((message) => this.#change(message) ?? []);
  }

  summary(): DecisionsSummary {
    return {
      messages: this.#messages,
      counts: { ...this.#counts },
      unfaithful: this.#unfaithful,
      unfaithfulCount: this.#unfaithfulCount,
      withoutConfig: this.#withoutConfig,
    };
  }

  #change(message: RecordedDecision): DecisionChange | undefined {
    const { position, messageId, channel, outcome } = message;
    const inForce = this.#recorded.at(position, message.configHash);
    const baseline = inForce && decide(message, inForce.config);
    if (!baseline) this.#withoutConfig += 1;
    else if (!isSame(baseline, outcome)) {
      this.#unfaithfulCount += 1;
      if (this.#unfaithful.length < MAX_UNFAITHFUL) this.#unfaithful.push({ position, recorded: outcome, replayed: baseline });
      return undefined;
    }
    const before = baseline ?? outcome;
    const after = decide(message, this.#candidate, before.route?.sessionKey);
    const verdict = verdictOf(before, after);
    this.#counts[verdict] += 1;
    return verdict === 'identical' ? undefined : { verdict, position, messageId, channel, before, after };
  }
}

/** Decides a few messages again, here. */
export function replayDecisions({
  messages,
  ...job
}: Omit<DecisionsJob, 'kind'> & { readonly messages: readonly RecordedDecision[] }): DecisionsReport {
  const decider = new Decider(job);
  const changes = decider.decide(messages).sort(byVerdict);
  return { ...decider.summary(), changes };
}

/** What is looser first; of the same verdict the newest. */
export function byVerdict(a: DecisionChange, b: DecisionChange): number {
  return ORDER[a.verdict] - ORDER[b.verdict] || b.position - a.position;
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
