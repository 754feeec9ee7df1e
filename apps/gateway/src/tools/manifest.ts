/** The tools: one line each. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import clockNow from './clock/index.ts';
import { execTool } from './exec/index.ts';
import { fetchTool } from './fetch/index.ts';
import { filesTools } from './files/index.ts';
import type { ToolHost } from './host.ts';
import messageSend from './message/index.ts';

/** The tools that come with the gateway. */
export function builtInTools(host: ToolHost): readonly ToolDefinition[] {
  return [clockNow, ...filesTools(host), execTool(host), fetchTool(host), messageSend];
}

/** The same, only to be spoken of: they have nowhere to work. */
export const TOOLS: readonly ToolDefinition[] = builtInTools({
  settings: () => {
    throw new GatewayError('INTERNAL', { message: 'These tools are not run.' });
  },
  workspace: () => Promise.reject(new GatewayError('INTERNAL', { message: 'These tools are not run.' })),
  get: () => Promise.reject(new GatewayError('INTERNAL', { message: 'These tools are not run.' })),
});
