/** The tools: one line each. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import { browserTools } from './browser/index.ts';
import clockNow from './clock/index.ts';
import { execTool } from './exec/index.ts';
import { fetchTool } from './fetch/index.ts';
import { filesTools } from './files/index.ts';
import type { ToolHost } from './host.ts';
import messageSend from './message/index.ts';

/** The tools that come with the gateway. */
export function builtInTools(host: ToolHost): readonly ToolDefinition[] {
  return [clockNow, ...filesTools(host), execTool(host), fetchTool(host), ...browserTools(host), messageSend];
}

const notRun = () => new GatewayError('INTERNAL', { message: 'These tools are not run.' });

/** The same, only to be spoken of: they have nowhere to work. */
export const TOOLS: readonly ToolDefinition[] = builtInTools({
  settings: () => {
    throw notRun();
  },
  workspace: () => Promise.reject(notRun()),
  get: () => Promise.reject(notRun()),
  browsers: { act: () => Promise.reject(notRun()) },
});
