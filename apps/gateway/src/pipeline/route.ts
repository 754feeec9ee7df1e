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
export type SessionKeyPart = NonNullable<DataOf<typeof RouteDecided>['sessionKeyParts']>[number];
export type Route = {
  readonly candidates: readonly RouteCandidate[];
} & (
  | {
      readonly agentId: string;
      readonly winner: string;
      readonly sessionKey: string;
      readonly sessionKeyRule: string;
      readonly sessionKeyParts: readonly SessionKeyPart[];
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
  const { binding } = winner;
  const scope = scopeOf(binding, config);
  const key = keyOf(request, agentId, scope, config);
  const asker = binding?.dmScope === undefined ? 'session' : `bindings[${config.bindings.indexOf(binding)}]`;
  return {
    candidates,
    agentId,
    winner: winner.rule,
    sessionKey: textOf(key),
    sessionKeyRule: key.sessionKeyRule,
    sessionKeyParts: partsOf(key, { agent: winner.rule, scope: `${asker}.dmScope=${scope}` }),
    messagePriority: binding?.messagePriority ?? 'normal',
  };
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
      const { agentId } = binding;
      return { agentId, sessionKey: textOf(keyOf(request, agentId, scopeOf(binding, config), config)) };
    });
}

/** The bindings by text that differ in nothing but the text. */
function byText(request: RouteRequest, bindings: readonly Binding[]): readonly Binding[] {
  return inOrder(bindings)
    .map(({ binding }) => binding)
    .filter((binding) => binding.match.text !== undefined && compare(binding, request).failed.every((field) => field === 'text'));
}

const scopeOf = (binding: Binding | undefined, config: RouteConfig): DmScope => binding?.dmScope ?? config.dmScope;

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

type Key = { readonly agentId: string; readonly sessionKeyRule: string; readonly rest: readonly Omit<SessionKeyPart, 'by'>[] };

/** The key of a message's conversation, by what it is made of. */
function keyOf(
  { channel, account, peer, parent, parentKind, sessionKey }: RouteRequest,
  agentId: string,
  dmScope: DmScope,
  config: RouteConfig,
): Key {
  if (sessionKey !== undefined) {
    const value = /^agent:[^:]+:(.+)$/s.exec(sessionKey)?.[1] ?? sessionKey;
    return { agentId, sessionKeyRule: 'request.sessionKey', rest: [{ part: 'given', value }] };
  }
  const place = [
    { part: 'channel', value: channel } as const,
    ...(account === 'default' ? [] : [{ part: 'account', value: account } as const]),
  ];
  const kind = (value: string) => ({ part: 'kind', value }) as const;
  if (peer.kind === 'thread' && parent !== undefined && config.threads === 'parent') {
    const rest = [...place, kind(parentKind ?? 'group'), { part: 'group', value: parent } as const];
    return { agentId, sessionKeyRule: 'session.threads=parent', rest };
  }
  if (peer.kind !== 'direct') {
    const rest = [...place, kind(peer.kind), { part: peer.kind === 'thread' ? 'thread' : 'group', value: peer.id } as const];
    return { agentId, sessionKeyRule: `peer.${peer.kind}`, rest };
  }
  const direct = kind('direct');
  const sender = { part: 'peer', value: peer.id } as const;
  const rests: Readonly<Record<DmScope, Key['rest']>> = {
    main: [{ part: 'main', value: config.mainKey }],
    'per-peer': [direct, sender],
    'per-channel': [...place, direct],
    'per-channel-peer': [...place, direct, sender],
  };
  return { agentId, sessionKeyRule: `session.dmScope=${dmScope}`, rest: rests[dmScope] };
}

function textOf({ agentId, rest }: Key): string {
  return ['agent', agentId, ...rest.map(({ value }) => value)].join(':');
}

/** Each part with what put it into the key: the rule that chose the agent, else the scope or the kind of place. */
function partsOf(
  { agentId, sessionKeyRule, rest }: Key,
  by: { readonly agent: string; readonly scope: string },
): readonly SessionKeyPart[] {
  const byScope = sessionKeyRule.startsWith('session.dmScope=') ? by.scope : sessionKeyRule;
  return [
    { part: 'agent', value: `agent:${agentId}`, by: by.agent },
    ...rest.map((part) => ({ ...part, by: part.part === 'main' ? 'session.mainKey' : byScope })),
  ];
}
