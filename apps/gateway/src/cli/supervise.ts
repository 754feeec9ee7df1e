/** `openclaw gateway supervise`, which `gateway start` runs in the background. It loads next to nothing: it stays for years. */
import { NODE_FLAGS, NODE_VARIABLES } from '../../bin/bundle.mjs';
import { LAUNCHER } from '../operations/service/definition.ts';
import { supervise } from '../operations/service/supervisor.ts';
import { statePaths } from '../operations/state-dir.ts';

/** `args` are those of `openclaw gateway run`. Resolves with the exit code. */
export function runSupervisor(args: readonly string[]): Promise<number> {
  const command = [process.execPath, ...NODE_FLAGS, LAUNCHER, 'gateway', 'run', ...args];
  return supervise({ paths: statePaths(), command, env: { ...process.env, ...NODE_VARIABLES } });
}
