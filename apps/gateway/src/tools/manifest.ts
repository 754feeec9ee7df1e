/** The tools: one line each. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import clockNow from './clock/index.ts';
import { execTool } from './exec/index.ts';
import { filesTools } from './files/index.ts';
import type { ToolHost } from './host.ts';

/** The tools that come with the gateway. */
export function builtInTools(host: ToolHost): readonly ToolDefinition[] {
  return [clockNow, ...filesTools(host), execTool(host)];
}

/** The same, only to be spoken of: they have nowhere to work. */
export const TOOLS: readonly ToolDefinition[] = builtInTools({
  settings: () => {
    throw new GatewayError('INTERNAL', { message: 'These tools are not run.' });
  },
  workspace: async () => {
    throw new GatewayError('INTERNAL', { message: 'These tools are not run.' });
  },
});
