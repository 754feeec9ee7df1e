import type { z } from 'zod';
import type { InboundAttachment, Peer } from './channel.ts';

export type ToolContext = {
  readonly agentId: string;
  readonly sessionId: string;
  readonly runId: string;
  readonly callId: string;
  readonly signal: AbortSignal;
  /** Sends a file along with the answer. It is stored when this resolves. Throws ATTACHMENT_TOO_LARGE, ATTACHMENTS_TOO_MANY, ATTACHMENTS_FULL. */
  readonly attach?: (file: InboundAttachment) => Promise<{ readonly name: string; readonly mimeType: string; readonly size: number }>;
  /** Shows a picture to the model along with the call's result. It is stored when this resolves. Throws as `attach` does. */
  readonly show?: NonNullable<ToolContext['attach']>;
  /**
   * Sends a message beside the reply, recorded before and after like any delivery; resolves once the channel took it. Throws what
   * the channel refused it with. It is not tried again.
   */
  readonly send?: (message: ToolMessage) => Promise<void>;
};

/** A message that a tool sends. */
export type ToolMessage = { readonly channel: string; readonly account: string; readonly to: Peer; readonly text: string };

/**
 * Where a tool does its work, and what keeps it there: `gateway` in the gateway's process; `workspace` in the agent's folder and not
 * beyond; `internet` over the gateway's way out; `browser` in a browser behind it; `channel` by a delivery to somebody; `program`
 * in a program that the call names, with limits, but not locked in; `mcp-program` and `mcp-address` in an MCP server of others.
 */
export type ToolSandbox = 'gateway' | 'workspace' | 'internet' | 'browser' | 'channel' | 'program' | 'mcp-program' | 'mcp-address';

export type ToolDefinition<S extends z.ZodType = z.ZodType> = {
  readonly name: string;
  readonly description: string;
  readonly parameters: S;
  /** The parameters as JSON Schema, where they do not come from `parameters` but from elsewhere. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  /** `read` looks at something, `write` changes something. */
  readonly effect: 'read' | 'write';
  /** Where it does its work; `gateway` when left out. Of an extension's tool it is not asked: its process is its sandbox. */
  readonly sandbox?: ToolSandbox;
  /** What is decided about a call that no rule speaks of: `ask` wants a person's word. `allow` when left out. */
  readonly policy?: 'allow' | 'ask' | 'deny';
  /** How long a call may take, in milliseconds; 30 s when left out. */
  readonly timeoutMs?: () => number;
  /** Does the work and returns what the model is told: JSON of at most 64 KiB. Throws a `GatewayError` to report a failure. */
  readonly run: (args: z.output<S>, context: ToolContext) => Promise<unknown>;
};

/** Declares a tool. @example export default defineTool({ name: 'clock.now', description: 'The time.', parameters: z.object({}), effect: 'read', run: async () => … }) */
export function defineTool<S extends z.ZodType>(definition: ToolDefinition<S>): ToolDefinition<S> {
  return definition;
}
