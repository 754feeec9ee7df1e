import { type DataOf, GatewayError, type RouteDecided } from '@openclaw-gateway/events';
import type { Peer } from '@openclaw-gateway/sdk';
import { type Binding, compare, type DmScope, inOrder, type MessagePriority } from './binding.ts';

/** Raised when the order or meaning of the rules changes, so that an old decision can be told from a new one. */
export const EVALUATOR_VERSION = 2;

export type RouteRequest = {
  readonly channel: string;
  readonly account: string;
  readonly peer: Peer;
  /** The group or channel that a thread is in, and which of the two it is. */
  readonly parent?: string;
  readonly parentKind?: 'group' | 'channel';
  readonly roles?: readonly string[];
  readonly text?: string;
  /** When it is decided, in milliseconds since 1970. */
  readonly at?: number;
  readonly agentId?: string;
  readonly sessionKey?: string;
  /** The agent that the conversation was given to earlier, when it was moved. */
  readonly historyAgentId?: string;
  /** The agent that a text of this peer's gave it to, and that it still talks with. */
  readonly openAgentId?: string;
  /** What routers of extensions said, in their order. */
  readonly routers?: readonly { readonly rule: string; readonly agentId?: string; readonly reason: string }[];
};

/** The part of the configuration that routing reads. */
export type RouteConfig = {
  readonly agentIds: readonly string[];
  readonly defaultAgentId: string;
  readonly bindings: readonly Binding[];
  readonly channelAgentId?: string | undefined;
  readonly dmScope: DmScope;
  readonly mainKey: string;
  /** Whether a thread is a conversation of its own or belongs to that of its group. */
  readonly threads: 'own' | 'parent';
};

export type RouteCandidate = DataOf<typeof RouteDecided>['candidates'][number];
export type Route = {
  readonly candidates: readonly RouteCandidate[];
} & (
  | {
      readonly agentId: string;
      readonly winner: string;
      readonly sessionKey: string;
      readonly sessionKeyRule: string;
      readonly messagePriority: MessagePriority;
    }
  | { readonly agentId?: undefined; readonly error: GatewayError }
);

type Rule = {
  readonly rule: string;
  readonly binding?: Binding;
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
  const key = sessionKeyFor(request, agentId, winner.binding?.dmScope ?? config.dmScope, config);
  return { candidates, agentId, winner: winner.rule, ...key, messagePriority: winner.binding?.messagePriority ?? 'normal' };
}

/**
 * The conversations that an earlier text of the peer's may have opened: those of bindings that ask for a text and that all
 * messages of this peer fit but for that, in the order they are asked. Whether there is such a conversation the log says.
 */
export function conversationsByText(
  request: RouteRequest,
  config: RouteConfig,
): readonly { readonly agentId: string; readonly sessionKey: string }[] {
  if (request.agentId !== undefined || request.sessionKey !== undefined) return [];
  return byText(request, config.bindings)
    .filter((binding) => scopeOf(binding, config) !== 'main' || request.peer.kind !== 'direct')
    .map((binding) => {
      const { sessionKey } = sessionKeyFor(request, binding.agentId, scopeOf(binding, config), config);
      return { agentId: binding.agentId, sessionKey };
    });
}

/** The bindings by text that differ in nothing but the text. */
function byText(request: RouteRequest, bindings: readonly Binding[]): readonly Binding[] {
  return inOrder(bindings)
    .map(({ binding }) => binding)
    .filter((binding) => binding.match.text !== undefined && compare(binding, request).failed.every((field) => field === 'text'));
}

const scopeOf = (binding: Binding, config: RouteConfig): DmScope => binding.dmScope ?? config.dmScope;

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
    ...bindingRules(request, config.bindings),
    ...(request.routers ?? []).map((said) => routerRule(said, config)),
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

/** A router that names no agent, or one that is not there, has no opinion. */
function routerRule({ rule, agentId, reason }: NonNullable<RouteRequest['routers']>[number], { agentIds }: RouteConfig): Rule {
  const applies = agentId !== undefined && agentIds.includes(agentId);
  return { rule, agentId, expected: { agentId: 'any' }, actual: { agentId: agentId ?? 'none' }, applies, reason };
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

/** Whom the peer talks with is asked after the last binding that looks at the text, and only where there is one. */
function bindingRules(request: RouteRequest, bindings: readonly Binding[]): Rule[] {
  const ordered = inOrder(bindings);
  const rules = ordered.map(({ binding, index }) => bindingRule(binding, index, request));
  const lastByText = ordered.findLastIndex(({ binding }) => binding.match.text !== undefined);
  if (lastByText < 0) return rules;
  const yes = 'The peer is in a conversation with this agent, which a text opened.';
  const open = named('session.open', 'agentId', request.openAgentId, yes, 'The peer is in no conversation that a text opened.');
  const opener = byText(request, bindings).find(({ agentId }) => agentId === request.openAgentId);
  return rules.toSpliced(lastByText + 1, 0, { ...open, ...(opener && { binding: opener }) });
}

function bindingRule(binding: Binding, index: number, request: RouteRequest): Rule {
  const { expected, actual, failed } = compare(binding, request);
  const reason = failed.length === 0 ? 'Everything the binding asks for matches.' : `Differs in ${failed.join(', ')}.`;
  const { agentId } = binding;
  return {
    rule: `bindings[${index}]`,
    binding,
    agentId,
    expected: { ...expected },
    actual: { ...actual },
    applies: failed.length === 0,
    reason,
  };
}

/** The agent in a key like `agent:main:telegram:direct:42`. */
export function agentOfKey(sessionKey: string): string | undefined {
  return /^agent:([^:]+):./.exec(sessionKey)?.[1];
}

function sessionKeyFor(
  request: RouteRequest,
  agentId: string,
  dmScope: DmScope,
  config: RouteConfig,
): { sessionKey: string; sessionKeyRule: string } {
  const { channel, account, peer, parent } = request;
  const keyed = (rest: string, sessionKeyRule: string) => ({ sessionKey: `agent:${agentId}:${rest}`, sessionKeyRule });
  if (request.sessionKey !== undefined) {
    return keyed(/^agent:[^:]+:(.+)$/s.exec(request.sessionKey)?.[1] ?? request.sessionKey, 'request.sessionKey');
  }
  const place = account === 'default' ? channel : `${channel}:${account}`;
  if (peer.kind === 'thread' && parent !== undefined && config.threads === 'parent') {
    return keyed(`${place}:${request.parentKind ?? 'group'}:${parent}`, 'session.threads=parent');
  }
  if (peer.kind !== 'direct') return keyed(`${place}:${peer.kind}:${peer.id}`, `peer.${peer.kind}`);
  const rests: Readonly<Record<DmScope, string>> = {
    main: config.mainKey,
    'per-peer': `direct:${peer.id}`,
    'per-channel': `${place}:direct`,
    'per-channel-peer': `${place}:direct:${peer.id}`,
  };
  return keyed(rests[dmScope], `session.dmScope=${dmScope}`);
}
