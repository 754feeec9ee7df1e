/** The gateway as a service of the user's systemd. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { ask, reasonOf, type Said } from './command.ts';
import type { Manager, ServiceState } from './manager.ts';
import { renderUnit } from './systemd-unit.ts';

export const UNIT = 'openclaw-gateway.service';

const QUICK_MS = 10_000;

/** `stopTimeoutMs`: how long systemd may take to stop the gateway. */
export function systemd({ env, home, stopTimeoutMs }: { env: NodeJS.ProcessEnv; home: string; stopTimeoutMs: number }): Manager {
  const called = withRuntimeDirectory(env);
  const systemctl = (args: readonly string[], timeoutMs = QUICK_MS) => ask('systemctl', ['--user', ...args], { env: called, timeoutMs });
  const must = async (args: readonly string[], timeoutMs?: number): Promise<Said> => {
    const said = await systemctl(args, timeoutMs);
    if (said.code !== 0) throw failure(args, said);
    return said;
  };
  return {
    name: 'systemd',
    file: join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'systemd/user', UNIT),
    async unavailable() {
      const said = await systemctl(['show-environment']);
      return said.code === 0 ? undefined : reasonOf(said);
    },
    async render(definition) {
      const { stdout } = await systemctl(['--version']);
      return renderUnit(definition, Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0));
    },
    async enable() {
      await must(['daemon-reload']);
      await must(['enable', UNIT]);
    },
    async disable() {
      const said = await systemctl(['disable', '--now', UNIT], stopTimeoutMs + QUICK_MS);
      // A unit that systemd does not know is as good as disabled.
      if (said.code !== 0 && !/not loaded|does not exist|No such file/i.test(said.stderr)) throw failure(['disable', '--now', UNIT], said);
    },
    async forgotten() {
      await must(['daemon-reload']);
      // Of a unit that failed, systemd would go on to tell.
      await systemctl(['reset-failed', UNIT]);
    },
    async start() {
      await must(['start', UNIT], stopTimeoutMs + QUICK_MS);
    },
    async stop() {
      await must(['stop', UNIT], stopTimeoutMs + QUICK_MS);
    },
    async state() {
      const properties = ['ActiveState', 'SubState', 'MainPID', 'ExecMainStatus', 'NRestarts'];
      const { stdout } = await must(['show', UNIT, `--property=${properties.join(',')}`]);
      return readState(stdout);
    },
    async hints() {
      const { username } = userInfo();
      const said = await ask('loginctl', ['show-user', username, '--property=Linger'], { env: called, timeoutMs: QUICK_MS });
      if (said.code === 0 && /^Linger=yes$/m.test(said.stdout)) return [];
      return [`It ends when you sign out. To let it run always: \`loginctl enable-linger ${username}\``];
    },
  };
}

/** What `systemctl show` says. @example readState('ActiveState=active\nMainPID=7\n') // { active: true, state: 'active', pid: 7 } */
export function readState(shown: string): ServiceState {
  const properties = new Map(shown.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const whole = (name: string) => Number(properties.get(name) ?? 0);
  const activeState = properties.get('ActiveState') ?? 'unknown';
  const isWaiting = properties.get('SubState') === 'auto-restart';
  const active = ['active', 'activating', 'reloading', 'deactivating'].includes(activeState);
  return {
    active,
    state: isWaiting ? 'waiting to start again after a crash' : activeState,
    ...(whole('MainPID') > 0 && { pid: whole('MainPID') }),
    ...(!active && whole('ExecMainStatus') > 0 && { exitCode: whole('ExecMainStatus') }),
    ...(whole('NRestarts') > 0 && { restarts: whole('NRestarts') }),
  };
}

/** After `su` or in a cron job nobody has said where the user's systemd is; its place is known all the same. */
function withRuntimeDirectory(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const usual = `/run/user/${process.getuid?.() ?? 0}`;
  return env['XDG_RUNTIME_DIR'] || !existsSync(join(usual, 'bus')) ? env : { ...env, XDG_RUNTIME_DIR: usual };
}

function failure(args: readonly string[], said: Said): GatewayError {
  const command = `systemctl --user ${args.join(' ')}`;
  const reason = reasonOf(said);
  if (/connect to (the )?(user scope )?bus|no such program|did not answer/i.test(said.stderr)) {
    return new GatewayError('SERVICE_MANAGER_UNAVAILABLE', {
      message: `systemd does not answer this user: ${reason}.`,
      details: {
        command,
        remedy:
          'Sign in as this user itself rather than by su or sudo, or set XDG_RUNTIME_DIR=/run/user/$(id -u); without systemd, use `openclaw gateway install --manager background`.',
      },
    });
  }
  return new GatewayError('SERVICE_FAILED', {
    message: `\`${command}\` failed: ${reason}.`,
    details: { command, remedy: `See \`systemctl --user status ${UNIT}\` and \`journalctl --user -u ${UNIT}\`.` },
  });
}
