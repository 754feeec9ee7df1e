/** What may be done with a tool call. Pure: the same call under the same rules is always decided the same way. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolSandbox, ToolSpec } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { globOf } from '../glob.ts';
import type { RiskClass } from './risk.ts';

export type Action = 'allow' | 'ask' | 'deny';

/** The first rule that fits decides. What a rule leaves out fits everything. */
export type ToolRule = {
  /** Patterns of names. */
  readonly tools?: readonly string[];
  readonly agents?: readonly string[];
  /** Patterns by the path of an argument, such as `argv.0`; `*` in a path stands for every item of a list. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
  readonly action: Action;
};

export type ToolRules = { readonly allow: readonly string[]; readonly deny: readonly string[]; readonly rules?: readonly ToolRule[] };

export type ToolCall = {
  readonly agentId: string;
  /** What the agent's own list names. */
  readonly agentTools: readonly string[];
  readonly name: string;
  /** As the tool takes them; `undefined` as long as there is no call yet. */
  readonly args?: unknown;
};

export type ToolDecision =
  | { readonly action: 'allow' | 'ask'; readonly rule: string; readonly reason: string; readonly risk?: RiskClass }
  | { readonly action: 'deny'; readonly rule: string; readonly error: GatewayError };

/** A tool as it is decided about. Nothing here can run it. */
export type KnownTool = { readonly spec: ToolSpec /** What is usual for it. */; readonly policy: Action; readonly risk: RiskClass };

/** A tool as people are shown it. */
export type RegisteredTool = {
  readonly name: string;
  readonly description: string;
  /** As JSON Schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly effect: 'read' | 'write';
  /** What is decided about a call that no rule speaks of. */
  readonly policy: Action;
  readonly timeoutMs: number;
  readonly source: 'built-in' | 'extension' | 'mcp';
  readonly sandbox: ToolSandbox | 'extension';
  readonly risk: RiskClass;
};

type DecidableTool = KnownTool & { readonly parameters: z.ZodType };

export type ToolDecider = {
  /** Those of the named tools that exist and are allowed, as a model is told of them. */
  readonly specs: (names: readonly string[]) => readonly ToolSpec[];
  /** The same, with what is usual for each. */
  readonly known: (names: readonly string[]) => readonly KnownTool[];
  /** What may be done with a call. Arguments that the tool does not take are refused with TOOL_BAD_ARGUMENTS: nobody is asked about them. */
  readonly decide: (call: ToolCall) => ToolDecision;
  /** How an agent stands to a tool before there is a call. */
  readonly standing: (call: Omit<ToolCall, 'args'>) => Standing;
};

export function createDecider(tools: readonly DecidableTool[], rules: () => ToolRules): ToolDecider {
  const byName = new Map(tools.map((tool) => [tool.spec.name, tool]));
  const usual = new Map(tools.map(({ spec, policy }) => [spec.name, policy]));
  const known = (names: readonly string[]) =>
    named(names, byName.keys()).flatMap((name) => {
      const tool = byName.get(name);
      const isAllowed = tool && !decideName(rules(), usual, { agentId: '', agentTools: names, name });
      return isAllowed ? [{ spec: tool.spec, policy: tool.policy, risk: tool.risk }] : [];
    });
  return {
    known,
    specs: (names) => known(names).map(({ spec }) => spec),
    standing: (call) => standingOf(rules(), usual, call),
    decide: (call) => {
      const unlisted = decideName(rules(), usual, call);
      if (unlisted) return unlisted;
      const tool = byName.get(call.name);
      const parsed = tool?.parameters.safeParse(call.args ?? {});
      if (parsed?.error) return { action: 'deny', rule: 'tools.arguments', error: badArguments(call.name, parsed.error) };
      const decision = decideTool(rules(), usual, { ...call, args: parsed?.data });
      return decision.action === 'ask' && tool ? { ...decision, risk: tool.risk } : decision;
    },
  };
}

/** What a tool takes, from what a model is told of it. A schema that cannot be read takes everything. */
export function decidable(known: KnownTool): DecidableTool {
  const { spec } = known;
  try {
    return { ...known, parameters: z.fromJSONSchema(spec.parameters as Parameters<typeof z.fromJSONSchema>[0]) };
  } catch {
    return { ...known, parameters: z.unknown() };
  }
}

export function badArguments(name: string, error: z.ZodError): GatewayError {
  const findings = error.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`);
  return new GatewayError('TOOL_BAD_ARGUMENTS', {
    message: `${name} does not take these arguments. ${findings.join('; ')}`,
    details: { findings },
  });
}

/** The tools that a list names, in its order, each once. */
function named(patterns: readonly string[], known: Iterable<string>): readonly string[] {
  const all = [...known];
  return [...new Set(patterns.flatMap((pattern) => all.filter(globOf(pattern))))];
}

/**
 * Whether an agent may call a tool, by which rule and why. `tools.deny` is stronger than everything; then the tool must be in
 * `tools.allow` and in the agent's own list; then `tools.rules` are asked in their order, and at last what is usual for the tool.
 */
export function decideTool(rules: ToolRules, known: ReadonlyMap<string, Action>, call: ToolCall): ToolDecision {
  const unlisted = decideName(rules, known, call);
  if (unlisted) return unlisted;
  const { name } = call;
  for (const [index, rule] of (rules.rules ?? []).entries()) {
    if (fits(rule, call)) return decided(rule.action, `tools.rules[${index}]`, `tools.rules[${index}] speaks of this call of ${name}.`);
  }
  const usual = known.get(name) ?? 'deny';
  if (usual === 'allow') return { action: 'allow', rule: 'tools.allow', reason: `tools.allow and the agent's tools list ${name}.` };
  return decided(usual, 'tools', `No rule of tools.rules speaks of this call of ${name}; what is usual for it counts.`);
}

/** What becomes of an agent's calls of a tool, as long as no rule about arguments speaks of one. */
export type Standing = {
  readonly action: Action;
  readonly rule: string;
  /** The rules about arguments that are asked before. */
  readonly unless: readonly { readonly rule: string; readonly action: Action }[];
};

/** How an agent stands to a tool. */
export function standingOf(rules: ToolRules, known: ReadonlyMap<string, Action>, call: Omit<ToolCall, 'args'>): Standing {
  const unlisted = decideName(rules, known, call);
  if (unlisted) return { action: unlisted.action, rule: unlisted.rule, unless: [] };
  const { name, agentId } = call;
  const unless: { readonly rule: string; readonly action: Action }[] = [];
  for (const [index, { tools = ['*'], agents = ['*'], when = {}, action }] of (rules.rules ?? []).entries()) {
    if (!lists(tools, name) || !lists(agents, agentId)) continue;
    const rule = `tools.rules[${index}]`;
    if (Object.keys(when).length === 0) return { action, rule, unless };
    unless.push({ rule, action });
  }
  const { action, rule } = decideTool({ ...rules, rules: [] }, known, call);
  return { action, rule, unless };
}

/** Why an agent may not call a tool whatever the arguments are; `undefined` when that depends on them. */
export function decideName(rules: ToolRules, known: ReadonlyMap<string, Action>, { name, agentTools }: ToolCall): ToolDecision | undefined {
  if (!known.has(name)) {
    const message = `No tool is called ${JSON.stringify(name)}; the agent has: ${agentTools.join(', ') || 'none'}.`;
    return { action: 'deny', rule: 'tools', error: new GatewayError('TOOL_UNKNOWN', { message }) };
  }
  if (lists(rules.deny, name)) return decided('deny', 'tools.deny', `tools.deny lists ${name}.`);
  if (!lists(rules.allow, name)) return decided('deny', 'tools.allow', `tools.allow does not list ${name}.`);
  if (!lists(agentTools, name)) return decided('deny', 'agents.tools', `The agent's tools do not list ${name}.`);
  return undefined;
}

/** Whether a list names a tool, by its name or by a pattern such as `files.*`. */
export function lists(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => globOf(pattern)(name));
}

function fits({ tools = ['*'], agents = ['*'], when = {}, action }: ToolRule, { name, agentId, args }: ToolCall): boolean {
  if (!lists(tools, name) || !lists(agents, agentId)) return false;
  return Object.entries(when).every(([path, patterns]) => {
    const values = valuesAt(args, path.split('.'));
    const fit = (value: string) => lists(patterns, value);
    // A rule that permits must not be widened by one item of many, one that does not must not be evaded.
    return values.length > 0 && (action === 'allow' ? values.every(fit) : values.some(fit));
  });
}

/** The texts at a path of the arguments. What is no text, number, truth value or nothing is taken as its JSON. */
function valuesAt(value: unknown, [part, ...rest]: readonly string[]): readonly string[] {
  if (part === undefined) return value === undefined ? [] : [typeof value === 'string' ? value : (JSON.stringify(value) ?? '')];
  if (typeof value !== 'object' || value === null) return [];
  if (part === '*') return Object.values(value).flatMap((item) => valuesAt(item, rest));
  return Object.hasOwn(value, part) ? valuesAt((value as Record<string, unknown>)[part], rest) : [];
}

function decided(action: Action, rule: string, reason: string): ToolDecision {
  if (action !== 'deny') return { action, rule, reason };
  return { action, rule, error: new GatewayError('TOOL_DENIED', { message: reason, details: { rule } }) };
}
