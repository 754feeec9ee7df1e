import { hostname, userInfo } from 'node:os';
import type { Config } from '../config/index.ts';
import { guessTarget, type SshTarget } from '../operations/ssh/tunnel.ts';
import type { Context } from './context.ts';

/** How one gets to this machine by SSH, as far as it can be known here. */
export function sshTargetHere(context: Context, config: Config): SshTarget {
  const { publicUrl } = config.gateway.network;
  const publicHost = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.hostname;
  return guessTarget(context.env, { user: userName(context.env), hostname: hostname(), ...(publicHost !== undefined && { publicHost }) });
}

function userName(env: NodeJS.ProcessEnv): string {
  if (/^[\w][\w.-]*$/.test(env['USER'] ?? '')) return env['USER'] ?? '';
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return 'user';
  }
}
