import { type DataOf, GatewayError, type RouteDecided } from '@openclaw-gateway/events';
import type { Peer } from '@openclaw-gateway/sdk';

/** Raised when the order or meaning of the rules changes, so that an old decision can be told from a new one. */
export const EVALUATOR_VERSION = 1;

export type RouteRequest = {
  readonly channel: string;
  readonly account: string;
  readonly peer: Peer;
  readonly agentId?: string;
  readonly sessionKey?: string;
  /** The agent that the conversation was given to earlier, when it was moved. */
  readonly historyAgentId?: string;
};

export type Binding = {
  readonly agentId: string;
  readonly match: {
    readonly channel?: string | undefined;
    readonly accountId?: string | undefined;
    readonly peer?: { readonly kind?: string | undefined; readonly id?: string | undefined } | undefined;
  };
};

/** The part of the configuration that routing reads. */
export type RouteConfig = {
  readonly agentIds: readonly string[];
  readonly defaultAgentId: string;
  readonly bindings: readonly Binding[];
  readonly channelAgentId?: string | undefined;
  readonly dmScope: 'main' | 'per-peer' | 'per-channel-peer';
  readonly mainKey: string;
};

export type RouteCandidate = DataOf<typeof RouteDecided>['candidates'][number];
export type Route = {
  readonly candidates: readonly RouteCandidate[];
} & (
  | { readonly agentId: string; readonly winner: string; readonly sessionKey: string; readonly sessionKeyRule: string }
  | { readonly agentId?: undefined; readonly error: GatewayError }
);

type Rule = {
  readonly rule: string;
  readonly agentId: string | undefined;
  readonly expected: Record<string, string>;
  readonly actual: Record<string, string>;
  readonly applies: boolean;
  readonly reason: string;
};

/**
 * Which agent and which conversation take a message. Every rule is named in the order of its priority, with what it
 * expected and what it saw; rules after the winner were not reached. Pure.
 */
export function route(request: RouteRequest, config: RouteConfig): Route {
  const rules = rulesFor(request, config);
  const won = rules.findIndex((rule) => rule.applies);
  const candidates = rules.map((rule, index) => candidate(rule, index, won));
  const winner = rules[won];
  const agentId = winner?.agentId;
  if (!winner || agentId === undefined)
    return { candidates, error: new GatewayError('AGENT_NOT_FOUND', { message: 'No rule names an agent for this message.' }) };
  if (!config.agentIds.includes(agentId)) {
    const message = `There is no agent "${agentId}", which ${winner.rule} names. Configured: ${config.agentIds.join(', ')}.`;
    return { candidates, error: new GatewayError('AGENT_NOT_FOUND', { message, details: { agentId, configured: config.agentIds } }) };
  }
  return { candidates, agentId, winner: winner.rule, ...sessionKeyFor(request, agentId, config) };
}

function candidate(rule: Rule, index: number, won: number): RouteCandidate {
  const { rule: name, expected, actual, reason } = rule;
  if (won >= 0 && index > won) return { rule: name, priority: index + 1, reason: 'An earlier rule decided.', expected, actual };
  return { rule: name, priority: index + 1, matched: index === won, reason, expected, actual };
}

function rulesFor(request: RouteRequest, config: RouteConfig): Rule[] {
  const keyAgent = request.sessionKey === undefined ? undefined : agentOfKey(request.sessionKey);
  return [
    named('request.agent', 'agentId', request.agentId, 'The request names an agent.', 'The request names no agent.'),
    named('session.key', 'agentId', keyAgent, 'The session key names an agent.', 'The session key names no agent.'),
    named(
      'session.history',
      'agentId',
      request.historyAgentId,
      'The conversation was given to this agent.',
      'The conversation was not moved to another agent.',
    ),
    ...bySpecificity(config.bindings).map(({ binding, index }) => bindingRule(binding, index, request)),
    named(
      `channels.${request.channel}.agentId`,
      'agentId',
      config.channelAgentId,
      'The channel has an agent of its own.',
      'The channel has no agent of its own.',
    ),
    {
      rule: 'agents.default',
      agentId: config.defaultAgentId,
      expected: {},
      actual: {},
      applies: true,
      reason: `"${config.defaultAgentId}" is the default agent.`,
    },
  ];
}

function named(rule: string, field: string, agentId: string | undefined, yes: string, no: string): Rule {
  return {
    rule,
    agentId,
    expected: { [field]: 'any' },
    actual: { [field]: agentId ?? 'none' },
    applies: agentId !== undefined,
    reason: agentId === undefined ? no : yes,
  };
}

/** The more a binding says, the earlier it is asked; among equals the order of the file holds. */
function bySpecificity(bindings: readonly Binding[]): { binding: Binding; index: number }[] {
  const weight = ({ match }: Binding): number =>
    (match.peer?.id === undefined ? 0 : 8) +
    (match.accountId === undefined || match.accountId === '*' ? 0 : 4) +
    (match.peer?.kind === undefined ? 0 : 2) +
    (match.channel === undefined ? 0 : 1);
  return bindings.map((binding, index) => ({ binding, index })).sort((a, b) => weight(b.binding) - weight(a.binding) || a.index - b.index);
}

function bindingRule(binding: Binding, index: number, request: RouteRequest): Rule {
  const { match } = binding;
  const expected: Record<string, string> = {};
  const actual: Record<string, string> = {};
  const failed: string[] = [];
  const compare = (field: string, want: string | undefined, have: string): void => {
    if (want === undefined) return;
    expected[field] = want;
    actual[field] = have;
    if (want !== '*' && want !== have) failed.push(field);
  };
  compare('channel', match.channel, request.channel);
  compare('accountId', match.accountId, request.account);
  compare('peer.kind', match.peer?.kind, request.peer.kind);
  compare('peer.id', match.peer?.id, request.peer.id);
  const reason = failed.length === 0 ? 'Everything the binding asks for matches.' : `Differs in ${failed.join(', ')}.`;
  return { rule: `bindings[${index}]`, agentId: binding.agentId, expected, actual, applies: failed.length === 0, reason };
}

/** The agent in a key like `agent:main:telegram:direct:42`. */
export function agentOfKey(sessionKey: string): string | undefined {
  return /^agent:([^:]+):./.exec(sessionKey)?.[1];
}

function sessionKeyFor(request: RouteRequest, agentId: string, config: RouteConfig): { sessionKey: string; sessionKeyRule: string } {
  const { channel, account, peer } = request;
  if (request.sessionKey !== undefined) {
    const rest = /^agent:[^:]+:(.+)$/s.exec(request.sessionKey)?.[1] ?? request.sessionKey;
    return { sessionKey: `agent:${agentId}:${rest}`, sessionKeyRule: 'request.sessionKey' };
  }
  const place = account === 'default' ? channel : `${channel}:${account}`;
  if (peer.kind !== 'direct')
    return { sessionKey: `agent:${agentId}:${place}:${peer.kind}:${peer.id}`, sessionKeyRule: `peer.${peer.kind}` };
  const rule = { sessionKeyRule: `session.dmScope=${config.dmScope}` };
  if (config.dmScope === 'main') return { sessionKey: `agent:${agentId}:${config.mainKey}`, ...rule };
  if (config.dmScope === 'per-peer') return { sessionKey: `agent:${agentId}:direct:${peer.id}`, ...rule };
  return { sessionKey: `agent:${agentId}:${place}:direct:${peer.id}`, ...rule };
}
