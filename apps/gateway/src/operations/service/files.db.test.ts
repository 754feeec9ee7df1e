/** The files that service managers get, held against the programs that read them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureProgram } from '../../../../../scripts/programs.mjs';
import { statePaths } from '../state-dir.ts';
import { cleanSearchPath, defineService, type ServiceRecord } from './definition.ts';
import { LAUNCHD_LABEL, renderPlist } from './launchd-plist.ts';
import { renderUnit } from './systemd-unit.ts';

const run = promisify(execFile);
const AWKWARD = 'a "b" %h $HOME \\ <&>';

let dir: string;
beforeAll(async () => {
  await Promise.all(['systemd-analyze', 'plistutil'].map((name) => ensureProgram(name as 'plistutil')));
}, 300_000);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-service-files-'));
});
afterEach(() => rm(dir, { recursive: true }));

const define = (record: Partial<ServiceRecord>, stateDir: string, drainMs = 30_000) =>
  defineService(
    { manager: 'systemd', searchPath: '/usr/bin:/bin', ...record },
    { paths: statePaths({ OPENCLAW_STATE_DIR: stateDir }), env: { OPENCLAW_CONFIG_PATH: '/x' }, drainMs },
  );

/** What the real systemd says of a unit; its exit status is mostly 0 whatever it says. */
async function complaints(unit: string): Promise<string> {
  const path = join(dir, 'openclaw-gateway.service');
  await writeFile(path, unit);
  const runtime = join(dir, 'runtime');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
  const { stderr } = await run('systemd-analyze', ['--user', 'verify', path], { env }).catch((error: { stderr: string }) => error);
  return stderr;
}

async function systemdVersion(): Promise<number> {
  return Number(/systemd (\d+)/.exec((await run('systemd-analyze', ['--version'])).stdout)?.[1]);
}

describe('the systemd unit', () => {
  it('B4 the real systemd has nothing to say of it, also with a path that is awkward to quote', async () => {
    const version = await systemdVersion();
    expect(await complaints(renderUnit(define({ port: 1234, bind: '127.0.0.1' }, '/home/ann/.openclaw'), version))).toBe('');
    expect(await complaints(renderUnit(define({}, join(dir, AWKWARD)), version))).toBe('');
  });

  it('B4 the check sees a bad value, a bad key and a program that is not there', async () => {
    const unit = renderUnit(define({}, '/s'), await systemdVersion());
    expect(await complaints(unit.replace('RestartSec=2', 'RestartSec=soon'))).toContain('soon');
    expect(await complaints(unit.replace('OOMPolicy=continue', 'OOMPolicies=continue'))).toContain('OOMPolicies');
    expect(await complaints(unit.replace(process.execPath, '/no/such/node'))).toContain('/no/such/node');
  });

  it('B4 starts this Node and this launcher by absolute paths, and knows which ends are final', () => {
    const unit = renderUnit(define({ port: 1234 }, '/s'), 252);
    expect(unit).toContain(`ExecStart="${process.execPath}" `);
    expect(unit).toMatch(/^ExecStart=.*"\/[^"]*bin\/openclaw\.mjs" "gateway" "run" "--port" "1234"$/m);
    expect(unit).toContain('RestartPreventExitStatus=78\nRestartForceExitStatus=75\n');
    expect(unit).toContain('Environment="OPENCLAW_STATE_DIR=/s"\nEnvironment="OPENCLAW_CONFIG_PATH=');
    expect(unit).toContain('EnvironmentFile=-/s/service.env');
    expect(unit).not.toContain('RestartSteps');
    expect(renderUnit(define({}, '/s'), 254)).toContain('RestartSec=2\nRestartSteps=6\nRestartMaxDelaySec=60\n');
  });

  it('gateway.shutdown.drainTimeout: systemd waits longer than the drain before it kills', () => {
    expect(renderUnit(define({}, '/s', 300_000), 252)).toContain('TimeoutStopSec=330\n');
  });
});

/** What plistutil understood: it makes its own binary form of the file, and of that its own XML, which has one way to write a thing. */
async function parsePlist(path: string): Promise<unknown> {
  const binary = `${path}.bin`;
  const canonical = `${path}.xml`;
  await run('plistutil', ['-i', path, '-o', binary]);
  await run('plistutil', ['-i', binary, '-o', canonical]);
  const tokens = (await readFile(canonical, 'utf8')).match(/<[^!?][^>]*>[^<]*/g) ?? [];
  let at = 0;
  const textOf = (token: string) =>
    token
      .slice(token.indexOf('>') + 1)
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
  const value = (): unknown => {
    const token = tokens[at++] ?? '';
    if (token.startsWith('<true')) return true;
    if (token.startsWith('<false')) return false;
    if (token.startsWith('<dict')) {
      const entries: [string, unknown][] = [];
      while (tokens[at]?.startsWith('<key>')) {
        const key = textOf(tokens[at] ?? '');
        at += 2;
        entries.push([key, value()]);
      }
      at++;
      return Object.fromEntries(entries);
    }
    if (token.startsWith('<array')) {
      const items: unknown[] = [];
      while (!tokens[at]?.startsWith('</array')) items.push(value());
      at++;
      return items;
    }
    at++;
    return token.startsWith('<integer') ? Number(textOf(token)) : textOf(token);
  };
  while (!tokens[at]?.startsWith('<dict')) at++;
  return value();
}

describe('the launchd property list', () => {
  it('B4 the real parser reads what was meant, also of a path that is awkward to quote', async () => {
    const stateDir = join(dir, AWKWARD);
    const definition = define({ manager: 'launchd', port: 1234 }, stateDir);
    const path = join(dir, `${LAUNCHD_LABEL}.plist`);
    await writeFile(path, renderPlist(definition));
    expect(await parsePlist(path)).toEqual({
      Label: LAUNCHD_LABEL,
      ProgramArguments: [process.execPath, ...definition.args],
      EnvironmentVariables: { ...definition.environment, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_SERVICE: 'launchd' },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 10,
      ExitTimeOut: 60,
      ProcessType: 'Interactive',
      Umask: 63,
      SoftResourceLimits: { NumberOfFiles: 65_536 },
      StandardOutPath: join(stateDir, 'logs/gateway-start.log'),
      StandardErrorPath: join(stateDir, 'logs/gateway-start.log'),
    });
  });
});

it('the search path of a service has only absolute folders, each once', () => {
  expect(cleanSearchPath('/a:node_modules/.bin:/b::/a:~/x')).toBe('/a:/b');
  expect(cleanSearchPath(undefined)).toBeUndefined();
});
