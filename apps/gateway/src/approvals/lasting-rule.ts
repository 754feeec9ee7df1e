/** The rule that lets a call like this one run from now on. It names every argument as it is: nothing wider is ever written for a person. */
import type { ToolRule } from '../tools/policy.ts';

export type LastingRule = {
  readonly rule: ToolRule;
  /** Where among `tools.rules` it is put: directly before the rule that asked, so that what stands earlier stays stronger. */
  readonly at: number;
  /** What the tool also takes and this call left out: a call with any value there fits the rule, too. */
  readonly open: readonly string[];
};

type Called = { readonly tool: string; readonly agentId: string; readonly arguments: unknown };
type Asked = {
  /** The rule by which a person is asked, as the event names it. */
  readonly by: string;
  /** How many rules there are. */
  readonly rules: number;
  /** The arguments that the tool takes. */
  readonly takes: readonly string[];
};

const NAME = /^[A-Za-z0-9_-]+$/;

/** Nothing when no rule can say exactly this: where a value has a `*` or `?`, or an argument a name that a path cannot have. */
export function lastingRule({ tool, agentId, arguments: args }: Called, { by, rules, takes }: Asked): LastingRule | undefined {
  const given = Object.entries((args ?? {}) as Readonly<Record<string, unknown>>).map(([name, value]) => [name, textOf(value)] as const);
  if ([tool, agentId].some(isPattern) || given.some(([name, text]) => !NAME.test(name) || text === '' || isPattern(text))) return undefined;
  const when = Object.fromEntries(given.map(([name, text]) => [name, [text]]));
  const asked = /^tools\.rules\[(\d+)\]$/.exec(by)?.[1];
  return {
    rule: { tools: [tool], agents: [agentId], ...(given.length > 0 && { when }), action: 'allow' },
    at: asked === undefined ? rules : Math.min(Number(asked), rules),
    open: takes.filter((name) => !given.some(([given]) => given === name)),
  };
}

const isPattern = (text: string) => /[*?]/.test(text);

/** As rules see an argument: a text as it is, all else as its JSON. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
