import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../faults/small-disk.ts';
import { prepareGateway, runCommand, startGateway } from '../gateway-process.ts';
import { idsOf, makeHistory, makePatient } from './patient.ts';

type Report = {
  ok: boolean;
  running: boolean;
  findings: { id: string; severity: string; found: string; cause: string; remedy: string; fix?: string; fixed?: boolean }[];
  checks: { id: string; findings: number; durationMs: number; error?: string }[];
};

const LAUNCHER = join(import.meta.dirname, '../../apps/gateway/bin/openclaw.mjs');
const parse = (stdout: string) => JSON.parse(stdout) as Report;

let history: Awaited<ReturnType<typeof makeHistory>>;

beforeAll(async () => {
  history = await makeHistory();
});
afterAll(() => history[Symbol.asyncDispose]());

/** Everything with its mode, and of files the content and when it was written. */
function snapshot(dir: string): Record<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs } = statSync(path);
    const content = entry.isFile() ? ` ${mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}` : '';
    return [path, mode.toString(8) + content];
  });
  return Object.fromEntries(entries);
}

describe('openclaw doctor', () => {
  it('B10 finds nothing where no gateway has run yet, on one that runs, and on one that was stopped', async () => {
    // No service of this machine may be found.
    const env = { HOME: history.dir, XDG_CONFIG_HOME: '' };
    await using gateway = await prepareGateway({ config: { gateway: { network: { port: 0 } } }, env });
    const before = await gateway.command(['doctor', '--json']);
    expect(idsOf(parse(before.stdout) as never)).toEqual([]);
    expect(before.code).toBe(0);
    await gateway.start();
    const running = await gateway.command(['doctor', '--json']);
    expect(parse(running.stdout)).toMatchObject({ ok: true, running: true });
    expect(idsOf(parse(running.stdout) as never)).toEqual([]);
    await gateway.stop();
    const stopped = await gateway.command(['doctor']);
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toContain('whose gateway is stopped.');
    expect(stopped.stdout).toMatch(/✓ No problem found: \d+ checks in \d+\.\d s\./);
  });

  it('B10 changes nothing without --fix, repairs with it, and is then content', async () => {
    await using patient = await makePatient(history.dir);
    chmodSync(patient.path('gateway-token'), 0o644);
    writeFileSync(patient.path('state/views.db'), 'noise');
    chmodSync(patient.path('state/views.db'), 0o600);
    const env = { ...process.env, OPENCLAW_STATE_DIR: patient.dir, HOME: patient.folder, NO_COLOR: '1' };
    const before = snapshot(patient.dir);
    const found = await runCommand(['doctor'], env);
    expect(snapshot(patient.dir)).toEqual(before);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`✗ ${patient.path('gateway-token')} has the mode 0644.  [error: token.permissions]`);
    expect(found.stdout).toContain(`chmod 0600 ${patient.path('gateway-token')}`);
    expect(found.stdout).toContain('`openclaw doctor --fix` repairs 2 of these.');

    const fixed = await runCommand(['doctor', '--fix', '--json'], env);
    expect(fixed.code).toBe(0);
    expect(
      parse(fixed.stdout)
        .findings.filter((finding) => finding.fixed)
        .map(({ id }) => id),
    ).toEqual(['token.permissions', 'views.damaged']);
    expect(existsSync(patient.path('state/views.db'))).toBe(false);
    expect((await runCommand(['doctor'], env)).code).toBe(0);
    await using gateway = await patient.start();
    expect((await gateway.json<{ rows: unknown[] }>('/api/messages')).rows).toHaveLength(1);
  });

  it('B10 leaves the databases of a running gateway alone, also with --fix', async () => {
    await using gateway = await startGateway();
    const views = join(gateway.stateDir, 'state/views.db');
    const { ino } = statSync(views);
    await gateway.command(['doctor', '--fix']);
    expect(statSync(views).ino).toBe(ino);
    expect((await gateway.request('/readyz')).status).toBe(200);
  });

  it('B10 --verbose shows every check with its time, and a scope only its own', async () => {
    await using patient = await makePatient(history.dir);
    const env = { ...process.env, OPENCLAW_STATE_DIR: patient.dir, HOME: patient.folder, NO_COLOR: '1' };
    const all = await runCommand(['doctor', '--verbose'], env);
    expect(all.stdout).toMatch(/✓ log\.changed +\d+ ms/);
    const config = parse((await runCommand(['doctor', '--config', '--json'], env)).stdout).checks.map(({ id }) => id);
    expect(config.every((id) => /^(config|channels|oauth)\./.test(id))).toBe(true);
    const security = parse((await runCommand(['doctor', '--security', '--json'], env)).stdout).checks.map(({ id }) => id);
    expect(security).toEqual(expect.arrayContaining(['token.weak', 'exposure.no-tls', 'state.permissions', 'log.changed', 'tls.expired']));
    const network = parse((await runCommand(['doctor', '--network', '--json'], env)).stdout).checks.map(({ id }) => id);
    expect(network).toEqual(expect.arrayContaining(['port.taken', 'network.dns', 'network.key-refused', 'clock.skew']));
  });

  it('B10 says what is wrong with a configuration in place of failing on it', async () => {
    await using patient = await makePatient(history.dir);
    await patient.configure({ gateway: { network: { port: 'many' } } });
    const env = { ...process.env, OPENCLAW_STATE_DIR: patient.dir, HOME: patient.folder, NO_COLOR: '1' };
    const { code, stdout } = await runCommand(['doctor', '--config'], env);
    expect(code).toBe(1);
    expect(stdout).toContain('gateway.network.port is "many", expected a whole number from 0 to 65535.');
  });

  it('B10 keeps secrets to itself', async () => {
    await using patient = await makePatient(history.dir);
    const secret = 'hunter2';
    const provider = { api: 'openai-completions', baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'sk-never-shown-to-anybody' };
    await patient.configure({ gateway: { network: { port: 0 }, auth: { token: secret } }, models: { providers: { local: provider } } });
    const env = { ...process.env, OPENCLAW_STATE_DIR: patient.dir, HOME: patient.folder };
    for (const args of [
      ['doctor', '--verbose'],
      ['doctor', '--network', '--json'],
      ['doctor', '--security', '--json'],
    ]) {
      const { stdout, stderr } = await runCommand(args, env);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(provider.apiKey);
      expect(stdout + stderr).not.toContain(readFileSync(patient.path('gateway-token'), 'utf8').trim());
    }
  });

  it('B10 finds a disk that is nearly full (disk.low)', async () => {
    await using disk = await mountSmallDisk(96 * 1024 * 1024);
    const patient = await makePatient(history.dir, disk.path);
    expect(idsOf(await patient.diagnose())).toEqual(['disk.low']);
  });

  it('B10 finds a limit of open files that is too low (limits.open-files)', async () => {
    await using patient = await makePatient(history.dir);
    const env = { ...process.env, OPENCLAW_STATE_DIR: patient.dir, HOME: patient.folder };
    const child = spawn('/bin/sh', ['-c', 'ulimit -n 512 && exec "$0" "$@"', process.execPath, LAUNCHER, 'doctor', '--json'], { env });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await new Promise((resolve) => child.once('close', resolve));
    expect(idsOf(parse(stdout) as never)).toEqual(['limits.open-files']);
  });

  it('B10 is done soon although the gateway does not answer', async () => {
    await using gateway = await startGateway();
    process.kill(gateway.pid(), 'SIGSTOP');
    const { code, stdout } = await gateway.command(['doctor', '--json']);
    process.kill(gateway.pid(), 'SIGCONT');
    expect(code).toBe(1);
    const finding = parse(stdout).findings.find(({ id }) => id === 'gateway.unresponsive');
    expect(finding?.found).toMatch(/^The gateway runs \(pid \d+\) but http.* does not answer: HTTP: no answer within 2 s\.$/);
  });

  it('B10 says with exit code 2 that a check itself failed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'openclaw-doctor-'));
    const env = { ...process.env, OPENCLAW_STATE_DIR: join(dir, 'x'.repeat(5000)), HOME: dir, NO_COLOR: '1' };
    const { code, stdout } = await runCommand(['doctor'], env);
    expect(stdout).toMatch(/\? [a-z.-]+ could not be checked: .*ENAMETOOLONG/);
    expect(code).toBe(2);
    await rm(dir, { recursive: true });
  });
});
