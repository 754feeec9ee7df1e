import { GatewayError } from '@openclaw-gateway/events';
import { globOf } from './glob.ts';

export type ToolRules = { readonly allow: readonly string[]; readonly deny: readonly string[] };

export type ToolDecision =
  | { readonly allowed: true; readonly rule: string; readonly reason: string }
  | { readonly allowed: false; readonly rule: string; readonly error: GatewayError };

/**
 * Whether an agent may call a tool, by which rule and why. `tools.deny` is stronger than everything; then the tool must
 * be in `tools.allow` and in the agent's own list.
 */
export function decideTool(rules: ToolRules, agentTools: readonly string[], known: ReadonlySet<string>, name: string): ToolDecision {
  if (!known.has(name)) {
    const message = `No tool is called ${JSON.stringify(name)}; the agent has: ${agentTools.join(', ') || 'none'}.`;
    return { allowed: false, rule: 'tools', error: new GatewayError('TOOL_UNKNOWN', { message }) };
  }
  if (lists(rules.deny, name)) return deny('tools.deny', `tools.deny lists ${name}.`);
  if (!lists(rules.allow, name)) return deny('tools.allow', `tools.allow does not list ${name}.`);
  if (!lists(agentTools, name)) return deny('agents.tools', `The agent's tools do not list ${name}.`);
  return { allowed: true, rule: 'tools.allow', reason: `tools.allow and the agent's tools list ${name}.` };
}

/** Whether a list names a tool, by its name or by a pattern such as `files.*`. */
export function lists(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => globOf(pattern)(name));
}

function deny(rule: string, message: string): ToolDecision {
  return { allowed: false, rule, error: new GatewayError('TOOL_DENIED', { message, details: { rule } }) };
}
