/**
 * The tools: what a model is told of them, who may call them, and calling them within limits.
 * A tool's effect happens here and nowhere else; recording it is the pipeline's work.
 */
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolContext, ToolDefinition, ToolSpec } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { TOOLS } from './manifest.ts';
import { badArguments, createDecider, type RegisteredTool, type ToolDecider, type ToolRules } from './policy.ts';
import { MOST_RESULT_BYTES } from './result-size.ts';
import { type RiskClass, riskOf } from './risk.ts';

const MOST_RUN_MS = 30_000;

export type Tools = ToolDecider & {
  /** Every tool there is, whoever may call it. */
  readonly registry: () => readonly RegisteredTool[];
  /**
   * Checks the arguments, runs the tool for at most its time, 30 s for most, and returns its result as JSON of at most 64 KiB.
   * Throws TOOL_UNKNOWN, TOOL_BAD_ARGUMENTS, TOOL_FAILED, RUN_ABORTED.
   */
  readonly run: (name: string, args: unknown, context: ToolContext) => Promise<unknown>;
  /** Puts the tools of extensions in place of those it had of them. A name that is taken stays whose it is. */
  readonly extend: (definitions: readonly ToolDefinition[]) => void;
  /** Puts another configuration in force. */
  readonly apply: (rules: ToolRules) => void;
};

type ToolOptions = {
  readonly definitions?: readonly ToolDefinition[];
  /** Those that come and go; another list whenever they change. */
  readonly more?: () => readonly ToolDefinition[];
  readonly timeoutMs?: number;
};

const NONE: readonly ToolDefinition[] = [];

/** The tools under a configuration. */
export function createTools(
  config: ToolRules,
  { definitions = TOOLS, more = () => NONE, timeoutMs = MOST_RUN_MS }: ToolOptions = {},
): Tools {
  let rules = config;
  let listed = NONE;
  let offered = NONE;
  const originOf = (tool: ToolDefinition): Pick<RegisteredTool, 'source' | 'sandbox'> => {
    if (offered.includes(tool)) return { source: 'extension', sandbox: 'extension' };
    return { source: listed.includes(tool) ? 'mcp' : 'built-in', sandbox: tool.sandbox ?? 'gateway' };
  };
  const riskIn = (tool: ToolDefinition) => riskOf({ effect: tool.effect, ...originOf(tool) });
  let inUse = inUseOf(definitions, () => rules, riskIn);
  const renew = () => {
    inUse = inUseOf([...definitions, ...offered, ...listed], () => rules, riskIn);
  };
  const now = () => {
    const latest = more();
    if (latest === listed) return inUse;
    listed = latest;
    renew();
    return inUse;
  };
  return {
    specs: (names) => now().decider.specs(names),
    known: (names) => now().decider.known(names),
    decide: (call) => now().decider.decide(call),
    standing: (call) => now().decider.standing(call),
    registry: () =>
      [...now().byName.values()].map((tool) => ({
        ...specOf(tool),
        ...originOf(tool),
        risk: riskIn(tool),
        effect: tool.effect,
        policy: tool.policy ?? 'allow',
        timeoutMs: tool.timeoutMs?.() ?? timeoutMs,
      })),
    run: async (name, args, context) => {
      const tool = now().byName.get(name);
      if (!tool) throw new GatewayError('TOOL_UNKNOWN', { message: `No tool is called ${JSON.stringify(name)}.` });
      const parsed = tool.parameters.safeParse(args ?? {});
      if (!parsed.success) throw badArguments(name, parsed.error);
      return checkResult(name, await runInTime(tool, parsed.data, context, tool.timeoutMs?.() ?? timeoutMs));
    },
    extend: (further) => {
      offered = further;
      renew();
    },
    apply: (next) => {
      rules = next;
    },
  };
}

/** Of two with the same name the first counts. */
function inUseOf(tools: readonly ToolDefinition[], rules: () => ToolRules, riskIn: (tool: ToolDefinition) => RiskClass) {
  const byName = new Map(tools.toReversed().map((tool) => [tool.name, tool]));
  const decidable = tools
    .filter((tool) => byName.get(tool.name) === tool)
    .map((tool) => ({ spec: specOf(tool), policy: tool.policy ?? 'allow', risk: riskIn(tool), parameters: tool.parameters }));
  return { byName, decider: createDecider(decidable, rules) };
}

function specOf(tool: ToolDefinition): ToolSpec {
  if (tool.inputSchema) return { name: tool.name, description: tool.description, parameters: tool.inputSchema };
  const { $schema: _, ...parameters } = z.toJSONSchema(tool.parameters, { io: 'input' });
  return { name: tool.name, description: tool.description, parameters };
}

async function runInTime(tool: ToolDefinition, args: unknown, context: ToolContext, timeoutMs: number): Promise<unknown> {
  const control = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stop(new GatewayError('RUN_ABORTED'));
  const timer = setTimeout(() => {
    stop(new GatewayError('TOOL_FAILED', { message: `${tool.name} took longer than ${timeoutMs / 1000} s.`, details: { timeoutMs } }));
  }, timeoutMs);
  const stop = (error: GatewayError) => {
    control.abort(error);
    stopped.reject(error);
  };
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    // A tool that ignores the signal must not hold up the run.
    return await Promise.race([
      stopped.promise,
      context.signal.aborted ? stopped.promise : tool.run(args, { ...context, signal: control.signal }),
    ]);
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    throw new GatewayError('TOOL_FAILED', {
      message: `${tool.name} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      cause: thrown,
    });
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', onAbort);
  }
}

/** The result as the JSON that it is stored as. */
function checkResult(name: string, result: unknown): unknown {
  let text: string;
  try {
    text = JSON.stringify(result ?? null);
  } catch (cause) {
    throw new GatewayError('TOOL_FAILED', { message: `The result of ${name} is not JSON.`, cause });
  }
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MOST_RESULT_BYTES) {
    throw new GatewayError('TOOL_FAILED', {
      message: `The result of ${name} is larger than ${MOST_RESULT_BYTES / 1024} KiB.`,
      details: { sizeBytes, limitBytes: MOST_RESULT_BYTES },
    });
  }
  return JSON.parse(text);
}
