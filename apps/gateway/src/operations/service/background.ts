/** The gateway as a supervised process in the background, where there is no service manager to ask. */
import { GatewayError } from '@openclaw-gateway/events';
import { isAlive, waitUntilGone } from '../port.ts';
import { findRunning } from '../process.ts';
import type { StatePaths } from '../state-dir.ts';
import type { Manager } from './manager.ts';
import { findSupervisor } from './supervisor.ts';

/** `launch` starts the supervisor with the gateway; `stopTimeoutMs`: how long the gateway may take to stop. */
export function background(options: { paths: StatePaths; stopTimeoutMs: number; launch: () => Promise<void> }): Manager {
  const { paths, stopTimeoutMs, launch } = options;
  return {
    name: 'background',
    file: undefined,
    unavailable: async () => undefined,
    render: async () => '',
    enable: async () => undefined,
    disable: () => stopBackground(paths, stopTimeoutMs),
    forgotten: async () => undefined,
    start: launch,
    stop: () => stopBackground(paths, stopTimeoutMs),
    async state() {
      const supervisor = await findSupervisor(paths);
      const running = await findRunning(paths.pidFile);
      if (supervisor === undefined && !running) return { active: false, state: 'stopped' };
      const state = supervisor === undefined ? 'running, but its supervisor is gone' : running ? 'running' : 'starting';
      return { active: true, state, ...(running && { pid: running.pid }) };
    },
    hints: async () => ['Nothing starts it after a reboot of the machine: put `openclaw gateway start` where your system starts programs.'],
  };
}

/** Stops the gateway of a state directory in good order, and its supervisor. Resolves when both are gone. */
export async function stopBackground(paths: StatePaths, timeoutMs: number): Promise<void> {
  const supervisor = await findSupervisor(paths);
  const running = await findRunning(paths.pidFile);
  const pids = [supervisor, running?.pid].filter((pid) => pid !== undefined);
  const first = supervisor ?? running?.pid;
  if (first === undefined) return;
  if (isAlive(first)) process.kill(first, 'SIGTERM');
  const gone = await Promise.all(pids.map((pid) => waitUntilGone(pid, timeoutMs)));
  const left = pids.filter((_, index) => !gone[index]);
  if (left.length === 0) return;
  throw new GatewayError('DEADLINE_EXCEEDED', {
    message: `The gateway (pid ${left.join(', ')}) was asked to stop and has not after ${Math.round(timeoutMs / 1000)} s.`,
    details: {
      remedy: `Wait, or end it with \`kill -9 ${left.join(' ')}\`: no acknowledged message is lost, and it goes on where it was.`,
    },
  });
}
