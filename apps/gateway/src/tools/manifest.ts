/** The tools: one line each. */
import type { ToolDefinition } from '@openclaw-gateway/sdk';
import clockNow from './clock/index.ts';

export const TOOLS: readonly ToolDefinition[] = [clockNow];
