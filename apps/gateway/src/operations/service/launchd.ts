/** The gateway as an agent of the user's launchd. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { ask, reasonOf, type Said } from './command.ts';
import { LAUNCHD_LABEL, renderPlist } from './launchd-plist.ts';
import type { Manager, ServiceState } from './manager.ts';

const QUICK_MS = 10_000;
const POLL_MS = 100;

/** `stopTimeoutMs`: how long launchd may take to stop the gateway. */
export function launchd({ env, home, stopTimeoutMs }: { env: NodeJS.ProcessEnv; home: string; stopTimeoutMs: number }): Manager {
  const file = join(home, 'Library/LaunchAgents', `${LAUNCHD_LABEL}.plist`);
  const launchctl = (...args: string[]) => ask('launchctl', args, { env, timeoutMs: QUICK_MS });
  const must = async (...args: string[]): Promise<void> => {
    const said = await launchctl(...args);
    if (said.code !== 0) throw failure(args, said);
  };
  const uid = process.getuid?.() ?? 0;
  let found: string | undefined;
  /** Where agents of this user live: with their desktop, or, signed in over SSH alone, with the user. */
  const domain = async (): Promise<string> => {
    for (const candidate of [`gui/${uid}`, `user/${uid}`]) {
      found ??= (await launchctl('print', candidate)).code === 0 ? candidate : undefined;
    }
    return found ?? `gui/${uid}`;
  };
  const target = async () => `${await domain()}/${LAUNCHD_LABEL}`;
  const loaded = async (): Promise<ServiceState | undefined> => {
    const said = await launchctl('print', await target());
    return said.code === 0 ? readState(said.stdout) : undefined;
  };
  const untilStopped = async (holds: (state: ServiceState | undefined) => boolean): Promise<void> => {
    const deadline = Date.now() + stopTimeoutMs;
    while (!holds(await loaded())) {
      if (Date.now() > deadline) {
        throw new GatewayError('DEADLINE_EXCEEDED', {
          message: `launchd was asked to stop the gateway and has not after ${Math.round(stopTimeoutMs / 1000)} s.`,
          details: { remedy: `See \`launchctl print ${await target()}\`.` },
        });
      }
      await delay(POLL_MS);
    }
  };
  const unload = async (): Promise<void> => {
    if (!(await loaded())) return;
    const said = await launchctl('bootout', await target());
    // 36: it is under way. 3: it was gone already.
    if (said.code !== 0 && said.code !== 36 && said.code !== 3) throw failure(['bootout', await target()], said);
    await untilStopped((state) => state === undefined);
  };
  return {
    name: 'launchd',
    file,
    async unavailable() {
      const said = await launchctl('print', await domain());
      return said.code === 0 ? undefined : reasonOf(said);
    },
    render: async (definition) => renderPlist(definition),
    async enable() {
      // What launchd has loaded it does not read again.
      await unload();
      await must('enable', await target());
      await must('bootstrap', await domain(), file);
    },
    disable: unload,
    forgotten: async () => undefined,
    async start() {
      if (await loaded()) return must('kickstart', await target());
      if ((await readFile(file, 'utf8').catch(() => undefined)) !== undefined) await must('bootstrap', await domain(), file);
    },
    async stop() {
      const state = await loaded();
      if (!state?.pid) return;
      // It stays loaded; having exited with 0 it is not started again before the next sign-in.
      await must('kill', 'SIGTERM', await target());
      await untilStopped((now) => now?.pid === undefined);
    },
    async state() {
      return (await loaded()) ?? { active: false, state: 'not loaded' };
    },
    hints: async () => ['It starts when you sign in. A Mac that nobody is signed in to does not run it.'],
  };
}

/** What `launchctl print` says of a service. */
export function readState(printed: string): ServiceState {
  const value = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(printed)?.[1];
  const pid = Number(value('pid') ?? 0);
  const exitCode = Number(/^\d+/.exec(value('last exit code') ?? '')?.[0] ?? 0);
  const runs = Number(value('runs') ?? 0);
  return {
    active: pid > 0,
    state: value('state') ?? 'unknown',
    ...(pid > 0 && { pid }),
    ...(pid === 0 && exitCode > 0 && { exitCode }),
    ...(runs > 1 && { restarts: runs - 1 }),
  };
}

function failure(args: readonly string[], said: Said): GatewayError {
  const command = `launchctl ${args.join(' ')}`;
  if (said.code === 127 || said.code === 124) {
    return new GatewayError('SERVICE_MANAGER_UNAVAILABLE', {
      message: `launchd does not answer: ${reasonOf(said)}.`,
      details: { command },
    });
  }
  return new GatewayError('SERVICE_FAILED', {
    message: `\`${command}\` failed: ${reasonOf(said)}.`,
    details: { command, remedy: 'Look at the service with `openclaw gateway status`, and at its last output in logs/gateway-start.log.' },
  });
}
