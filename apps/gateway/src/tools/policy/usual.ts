import type { Action } from './index.ts';

/** The tools whose calls a person is asked about where no rule speaks of them. */
const ASKED: ReadonlySet<string> = new Set(['exec.run', 'message.send']);

/** What is done with a call that no rule speaks of. What servers of others bring is asked about, whatever they say of it. */
export function usualFor(name: string): Action {
  return ASKED.has(name) || name.startsWith('mcp.') ? 'ask' : 'allow';
}
