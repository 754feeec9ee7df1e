/** How much may go wrong with a tool, from what is known of it. Pure. */
import type { RegisteredTool } from './policy.ts';

export const RISK_CLASSES = ['low', 'medium', 'high'] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];

const PROGRAMS: ReadonlySet<RegisteredTool['sandbox']> = new Set(['program', 'mcp-program']);
const OUTSIDE: ReadonlySet<RegisteredTool['sandbox']> = new Set(['internet', 'browser', 'channel', 'mcp-address']);

/**
 * `high`: it runs programs that nothing locks in, or changes something out of reach. `medium`: it changes what the gateway bounds, or
 * looks at what others wrote. `low`: it looks at what is here. What a tool of others says of its effect is taken as it says.
 * @example riskOf({ effect: 'read', source: 'built-in', sandbox: 'internet' }) // 'medium'
 */
export function riskOf({ effect, source, sandbox }: Pick<RegisteredTool, 'effect' | 'source' | 'sandbox'>): RiskClass {
  if (PROGRAMS.has(sandbox)) return 'high';
  const isBounded = source === 'built-in' && !OUTSIDE.has(sandbox);
  if (effect === 'write') return isBounded ? 'medium' : 'high';
  return isBounded ? 'low' : 'medium';
}
