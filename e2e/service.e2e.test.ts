/** The gateway as a service, installed and run by the command line as a user types it. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandResult, runCommand, until } from './gateway-process.ts';
import { type ServiceManagers, startServiceManagers } from './stand-ins/service-managers.ts';

let dir: string;
let stateDir: string;
let managers: ServiceManagers;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-service-'));
  stateDir = join(dir, 'home/.open claw');
  await mkdir(stateDir, { recursive: true });
  await mkdir(join(dir, 'managers'));
  managers = await startServiceManagers(join(dir, 'managers'));
  await configure({});
  env = {
    HOME: join(dir, 'home'),
    PATH: `${managers.bin}:${process.env['PATH']}`,
    OPENCLAW_STATE_DIR: stateDir,
    NODE_ENV: 'production',
    NO_COLOR: '1',
  };
});
afterEach(async () => {
  managers.fail(undefined);
  await openclaw('gateway', 'uninstall');
  await openclaw('gateway', 'stop');
  await rm(dir, { recursive: true, maxRetries: 5 });
});

const openclaw = (...args: string[]): Promise<CommandResult> => runCommand(args, env);
const json = async <T = Record<string, unknown>>(...args: string[]): Promise<T> =>
  JSON.parse((await openclaw(...args, '--json')).stdout) as T;
const configure = (config: object) =>
  writeFile(
    join(stateDir, 'openclaw.json'),
    JSON.stringify({ ...config, gateway: { network: { port: 0 }, ...(config as { gateway?: object }).gateway } }),
  );
const unitPath = () => join(dir, 'home/.config/systemd/user/openclaw-gateway.service');

type Status = {
  runtime: string;
  pid: number;
  url: string;
  service: { manager?: string; state?: string; drift?: string; restarts?: number };
};
const untilStatus = (what: string, holds: (status: Status) => boolean) =>
  until(what, async () => {
    const status = await json<Status>('gateway', 'status');
    return holds(status) ? status : undefined;
  });

describe('as a service of systemd', () => {
  it('B3 B4 is installed, enabled and started; a second install changes nothing; stop, start and restart go through systemd; uninstall leaves nothing', async () => {
    const installed = await openclaw('gateway', 'install');
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    expect(installed.stdout).toContain('Installed: the gateway is a service of systemd.');
    expect(installed.stdout).toMatch(/Running {2}pid \d+, http:\/\/127\.0\.0\.1:\d+/);
    expect(installed.stdout).toContain('`loginctl enable-linger ');
    expect(await managers.calls()).toEqual(
      expect.arrayContaining([
        'systemctl --user show-environment',
        'systemctl --user daemon-reload',
        'systemctl --user enable openclaw-gateway.service',
        'systemctl --user start openclaw-gateway.service',
      ]),
    );
    const first = await json<Status>('gateway', 'status');
    expect(first).toMatchObject({ runtime: 'running', service: { manager: 'systemd', state: 'active' } });
    expect((await openclaw('gateway', 'status')).stdout).toContain(`Runtime: running (pid ${first.pid})\nConnection: ok\n`);

    managers.linger(true);
    const again = await json('gateway', 'install-daemon');
    expect(again).toMatchObject({ ok: true, change: 'unchanged', pid: first.pid, notes: [] });

    expect((await openclaw('gateway', 'stop')).stdout).toBe('Stopped.\n');
    expect(await managers.calls()).toContain('systemctl --user stop openclaw-gateway.service');
    expect(await json('gateway', 'status')).toMatchObject({ runtime: 'stopped', service: { manager: 'systemd', state: 'inactive' } });
    expect((await openclaw('gateway', 'start')).code).toBe(0);
    const restarted = await json<Status>('gateway', 'restart');
    expect(restarted.pid).not.toBe(first.pid);

    const removed = await json<{ removed: string[] }>('gateway', 'uninstall');
    expect(removed).toMatchObject({ kept: stateDir, removed: [unitPath(), join(stateDir, 'service.json')] });
    expect(existsSync(unitPath())).toBe(false);
    expect(existsSync(join(dir, 'home/.config/systemd/user/default.target.wants/openclaw-gateway.service'))).toBe(false);
    expect(await json('gateway', 'status')).toMatchObject({ runtime: 'stopped', service: { installed: false } });
    expect(existsSync(join(stateDir, 'state/events.db'))).toBe(true);
  });

  it('B4 a changed option updates the unit and restarts; a unit that was edited, or a longer drain, is told as drift and mended by install', async () => {
    const { pid } = await json<Status>('gateway', 'install');
    const updated = await json<Status & { change: string }>('gateway', 'install', '--bind', '127.0.0.1');
    expect(updated).toMatchObject({ change: 'updated' });
    expect(updated.pid).not.toBe(pid);
    expect(await readFile(unitPath(), 'utf8')).toContain('"gateway" "run" "--bind" "127.0.0.1"');

    await configure({ gateway: { shutdown: { drainTimeout: '4m' } } });
    expect((await json<Status>('gateway', 'status')).service.drift).toContain('TimeoutStopSec=270');
    expect((await openclaw('gateway', 'status')).stdout).toMatch(
      /Drift +the service is out of date: .*TimeoutStopSec=270.*`openclaw gateway install`/,
    );
    expect(await json('gateway', 'install')).toMatchObject({ change: 'updated' });
    expect((await json<Status>('gateway', 'status')).service.drift).toBeUndefined();
  });

  it('B3 a gateway that was killed is started again by systemd, and one whose configuration is refused is not: exit code 78', async () => {
    const { pid } = await json<Status>('gateway', 'install');
    process.kill(pid, 'SIGKILL');
    const again = await untilStatus('the next process', (status) => status.runtime === 'running' && status.pid !== pid);
    expect(again.service.restarts).toBe(1);
    await openclaw('gateway', 'stop');

    await writeFile(join(stateDir, 'openclaw.json'), '{ gateway: { network: { prot: 1 } } }');
    const refused = await openclaw('gateway', 'start');
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('Did you mean gateway.network.port?');
    const stopped = await openclaw('gateway', 'status');
    expect(stopped.stdout).toMatch(/Runtime: stopped\n.*failed, exit code 78/);
    await configure({});
  });

  it('B4 asked by systemd, the gateway restarts with a new process', async () => {
    const { pid, url } = await json<Status>('gateway', 'install');
    const token = (await readFile(join(stateDir, 'gateway-token'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await fetch(`${url}/api/shutdown`, { method: 'POST', headers, body: '{"restart":true}' })).status).toBe(202);
    await untilStatus('the next process', (status) => status.runtime === 'running' && status.pid !== pid);
  });

  it("B4 a key that the configuration takes from the environment must be in the service's own file", async () => {
    await configure({ gateway: { auth: { token: '${GATEWAY_TOKEN}' } } });
    env['GATEWAY_TOKEN'] = 'only-in-this-shell';
    const refused = await openclaw('gateway', 'install');
    expect(refused).toMatchObject({ code: 78, stdout: '' });
    expect(refused.stderr).toContain('The configuration takes GATEWAY_TOKEN from the environment');
    expect(refused.stderr).toContain('service.env');
    expect(existsSync(unitPath())).toBe(false);
    await writeFile(join(stateDir, 'service.env'), 'GATEWAY_TOKEN=from-the-file-of-the-service\n', { mode: 0o644 });
    const installed = await openclaw('gateway', 'install');
    expect(installed).toMatchObject({ code: 0 });
    expect(installed.stdout).toContain('Others on this machine can read');
    env['ANTHROPIC_API_KEY'] = 'only-in-this-shell';
    expect((await openclaw('gateway', 'install')).stdout).toContain('A service does not see ANTHROPIC_API_KEY of your shell.');
    const { url } = await json<Status>('gateway', 'status');
    const asked = await fetch(`${url}/api/status`, { headers: { authorization: 'Bearer from-the-file-of-the-service' } });
    expect(asked.status).toBe(200);
    expect(await readFile(unitPath(), 'utf8')).not.toContain('from-the-file');
  });

  it('B4 says what systemd said when it fails, and what to do', async () => {
    managers.fail('not-permitted');
    const failed = await openclaw('gateway', 'install');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('`systemctl --user enable openclaw-gateway.service` failed: Failed to enable unit: Access denied.');
    managers.fail('no-bus');
    const asked = await openclaw('gateway', 'install', '--manager', 'systemd');
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('systemd does not answer this user: Failed to connect to bus: No medium found.');
    expect(asked.stderr).toContain('XDG_RUNTIME_DIR');
  });

  it("B4 does not take over another state directory's service, unless it is forced to", async () => {
    await json('gateway', 'install');
    const other = { ...env, OPENCLAW_STATE_DIR: join(dir, 'other') };
    await mkdir(join(dir, 'other'));
    await writeFile(join(dir, 'other/openclaw.json'), '{ gateway: { network: { port: 0 } } }');
    const refused = await runCommand(['gateway', 'install'], other);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`installed for another state directory, ${stateDir}.`) });
    // What is not its own service it neither shows nor stops.
    expect((await runCommand(['gateway', 'stop'], other)).stdout).toBe('The gateway was not running.\n');
    expect((await json<Status>('gateway', 'status')).runtime).toBe('running');
  });
});

describe('as an agent of launchd', () => {
  const plist = () => join(dir, 'home/Library/LaunchAgents/ai.openclaw.gateway.plist');

  it('B3 B4 is loaded and started, installed twice, stopped, started and taken away', async () => {
    const installed = await json<Status>('gateway', 'install', '--manager', 'launchd');
    expect(installed).toMatchObject({ ok: true, manager: 'launchd', change: 'created', path: plist() });
    expect(await json('gateway', 'status')).toMatchObject({
      runtime: 'running',
      service: { manager: 'launchd', state: 'running', pid: installed.pid },
    });
    expect(await json('gateway', 'install', '--manager', 'launchd')).toMatchObject({ change: 'unchanged', pid: installed.pid });
    expect(await json('gateway', 'install', '--manager', 'launchd', '--bind', '127.0.0.1')).toMatchObject({ change: 'updated' });
    expect((await openclaw('gateway', 'stop')).stdout).toBe('Stopped.\n');
    expect(await json('gateway', 'status')).toMatchObject({ runtime: 'stopped' });
    expect((await openclaw('gateway', 'start')).code).toBe(0);
    const calls = await managers.calls();
    const domain = `gui/${process.getuid?.()}`;
    expect(calls).toContain(`launchctl bootstrap ${domain} ${plist()}`);
    expect(calls).toContain(`launchctl bootout ${domain}/ai.openclaw.gateway`);
    expect(calls).toContain(`launchctl kickstart ${domain}/ai.openclaw.gateway`);
    expect(await json('gateway', 'uninstall')).toMatchObject({ removed: [plist(), join(stateDir, 'service.json')] });
    expect(existsSync(plist())).toBe(false);
  });

  it('B4 ends with 0 where it must not be started again: launchd knows no other way', async () => {
    await json('gateway', 'install', '--manager', 'launchd');
    await openclaw('gateway', 'stop');
    await writeFile(join(stateDir, 'openclaw.json'), '{ gateway: { network: { prot: 1 } } }');
    const refused = await openclaw('gateway', 'start');
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('Did you mean gateway.network.port?');
    await configure({});
  });

  it('B4 says what launchd said when it fails', async () => {
    managers.fail('not-permitted');
    const failed = await openclaw('gateway', 'install', '--manager', 'launchd');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('failed: Bootstrap failed: 125: Domain does not support specified action.');
  });
});

describe('in the background', () => {
  it('B3 B4 where systemd does not answer it runs under its own supervisor, which starts it again when it is killed', async () => {
    managers.fail('no-bus');
    const installed = await json<Status & { notes: string[] }>('gateway', 'install');
    expect(installed).toMatchObject({ ok: true, manager: 'background' });
    expect(installed.notes[0]).toContain('systemd does not answer this user: Failed to connect to bus: No medium found');
    expect(existsSync(unitPath())).toBe(false);
    process.kill(installed.pid, 'SIGKILL');
    await untilStatus('the next process', (status) => status.runtime === 'running' && status.pid !== installed.pid);
    expect((await openclaw('gateway', 'stop')).stdout).toBe('Stopped.\n');
    expect(existsSync(join(stateDir, 'supervisor.pid'))).toBe(false);
    expect((await openclaw('gateway', 'start')).code).toBe(0);
    expect(await json('gateway', 'uninstall')).toMatchObject({ removed: [join(stateDir, 'service.json')] });
    expect(await json('gateway', 'status')).toMatchObject({ runtime: 'stopped', service: { installed: false } });
  });

  it('B4 moves from one manager to the other, and leaves nothing of the first', async () => {
    await json('gateway', 'install', '--manager', 'background');
    expect(await json('gateway', 'install')).toMatchObject({ manager: 'systemd', movedFrom: 'background' });
    expect(existsSync(join(stateDir, 'supervisor.pid'))).toBe(false);
    expect(await json('gateway', 'install', '--manager', 'background')).toMatchObject({ movedFrom: 'systemd' });
    expect(existsSync(unitPath())).toBe(false);
    expect(await json('gateway', 'status')).toMatchObject({ runtime: 'running', service: { manager: 'background' } });
  });

  it('B2 a gateway that runs and does not answer is told as a failed connection, with exit code 1', async () => {
    const { pid } = await json<Status>('gateway', 'install', '--manager', 'background');
    process.kill(pid, 'SIGSTOP');
    const status = await openclaw('gateway', 'status');
    process.kill(pid, 'SIGCONT');
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining(`Runtime: running (pid ${pid})`) });
    expect(status.stderr).toContain('Connection failed');
  });
});
