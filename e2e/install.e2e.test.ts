import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureProgram } from '../scripts/programs.mjs';
import { until } from './gateway-process.ts';
import { CHECKOUT, filesBelow, type Installed, installPacked } from './installed.ts';

const MOST_PACKED_BYTES = 5_500_000;

let installed: Installed;
let version: string;

beforeAll(async () => {
  await ensureProgram('strace');
  version = (JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version;
  installed = await installPacked();
  await mkdir(join(installed.home, '.openclaw'));
  await writeFile(join(installed.home, '.openclaw/openclaw.json'), '{ gateway: { network: { port: 0 } } }');
}, 300_000);
afterAll(() => installed[Symbol.asyncDispose]());

const json = async <T>(...args: readonly string[]): Promise<T> => {
  const { code, stdout, stderr } = await installed.openclaw(...args, '--json');
  // A failure is on stdout, too: with --json it is a document.
  expect({ args, code, stderr, failure: code === 0 ? '' : stdout }).toEqual({ args, code: 0, stderr: '', failure: '' });
  return JSON.parse(stdout) as T;
};
const packageDir = () => join(installed.prefix, 'lib/node_modules/openclaw');

describe('the tarball of `npm run pack`, installed with npm into an empty prefix', () => {
  it('is small, and names nothing of the folder it was made in', async () => {
    expect(installed.tarballBytes).toBeLessThan(MOST_PACKED_BYTES);
    const files = (await filesBelow(packageDir())).filter((path) => !path.startsWith('node_modules/'));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'docs/cli.md']));
    for (const path of files) expect(await readFile(join(packageDir(), path), 'latin1'), path).not.toContain(CHECKOUT);
  });

  it('B7 runs on the Node that it brought, whichever the machine has', async () => {
    expect((await installed.openclaw('version')).stdout).toBe(`openclaw ${version}\n`);
    const pinned = `node-${process.platform}-${process.arch}/package.json`;
    const brought = JSON.parse(await readFile(join(packageDir(), 'node_modules', pinned), 'utf8')) as { version: string };
    expect(await json('version')).toEqual({ version, node: brought.version });
  });

  it('B1 B13 B15 runs the gateway with its dashboard and opens no file of the checkout', async () => {
    const trace = join(installed.home, 'trace.txt');
    const strace = ['-f', '--seccomp-bpf', '-qq', '-e', 'trace=%file', '-o', trace];
    const gateway = spawn('strace', [...strace, 'openclaw', 'gateway', 'run', '--port', '0', '--json'], {
      cwd: installed.home,
      env: installed.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exited = once(gateway, 'exit');
    let said = '';
    gateway.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const { url } = JSON.parse(await until('the gateway runs', () => /^\{.*\}$/m.exec(said)?.[0], 60_000)) as { url: string };

    const page = await fetch(url).then((response) => response.text());
    const script = /src="(\/_next\/static\/[^"]+\.js)"/.exec(page)?.[1];
    expect((await fetch(url + script)).status).toBe(200);
    const link = await json<{ url: string }>('dashboard', '--no-open');
    const signIn = await fetch(`${url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: link.url.split('#c=')[1] }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(`${url}/api/me`, { headers: { cookie } })).status).toBe(200);
    expect(await installed.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'echo: Hello\n' });

    expect((await installed.openclaw('gateway', 'stop')).stdout).toBe('Stopped.\n');
    expect(await exited).toEqual([0, null]);
    const opened = await readFile(trace, 'utf8');
    expect(opened).toContain('writer.worker.js');
    expect(opened.split('\n').filter((line) => line.includes(CHECKOUT))).toEqual([]);
  });

  it('B3 B16 has every thread that its commands start, beside a running gateway and without one', async () => {
    await json('gateway', 'start');
    expect((await installed.openclaw('message', 'send', '--to', 'ann', '--message', 'again')).stdout).toBe('echo: again\n');
    await checkReads();
    await json('gateway', 'stop');
    await checkReads();
  });

  it('D keeps what was said when the next tarball is installed over it', async () => {
    const next = await nextTarball('0.1.99');
    expect((await installed.npm('install', '-g', next)).code).toBe(0);
    const manifest = JSON.parse(await readFile(join(packageDir(), 'package.json'), 'utf8')) as { version: string };
    expect(manifest.version).toBe('0.1.99');
    await json('gateway', 'start');
    const { rows } = await json<{ rows: { sessionId: string }[] }>('sessions', 'list');
    expect(rows).toHaveLength(1);
    await json('gateway', 'stop');
  });

  it('runs without the Node it brings, on one that is new enough, as the image has it', async () => {
    const folder = join(installed.home, 'folder');
    expect((await installed.npm('install', installed.tarball, '--omit=optional', '--prefix', folder)).code).toBe(0);
    expect(await readdir(join(folder, 'node_modules'))).not.toContain(`node-${process.platform}-${process.arch}`);
    const launcher = join(folder, 'node_modules/openclaw/apps/gateway/bin/openclaw.mjs');
    expect((await installed.run(process.execPath, launcher, 'version')).stdout).toBe(`openclaw ${version}\n`);
  });

  it('leaves nothing behind but the state when it is uninstalled', async () => {
    expect((await installed.npm('uninstall', '-g', 'openclaw')).code).toBe(0);
    expect(await filesBelow(installed.prefix)).toEqual([]);
    expect(existsSync(join(installed.home, '.openclaw/state/events.db'))).toBe(true);
  });
});

/** Each of these starts another thread or process of the bundle, or reads a file of the package. */
async function checkReads(): Promise<void> {
  const { rows } = await json<{ rows: { sessionId: string }[] }>('sessions', 'list');
  const session = rows[0]?.sessionId ?? '';
  const exported = join(installed.home, `audit-${Date.now()}`);
  expect(await json('audit', 'verify')).toMatchObject({ ok: true });
  await json('audit', 'export', '-o', exported);
  expect(await json('audit', 'verify', '--bundle', exported)).toMatchObject({ ok: true });
  await json('replay', 'projections');
  await json('replay', 'session', session);
  await writeFile(join(installed.home, 'other.json5'), '{ agents: { defaults: { maxSteps: 8 } } }');
  await json('replay', 'decisions', '--config', join(installed.home, 'other.json5'));
  await json('events', 'export', '--session', session, '-o', `${exported}.openclaw`);
  await json('events', 'import', `${exported}.openclaw`, '--verify');
  await json('sessions', 'show', session);
  await json('state', '--at', '-1s');
  await json('data', 'retain', '--dry-run');
  await json('backup', 'create', '-o', `${exported}-backup`);
  await json('backup', 'verify', `${exported}-backup`);
  await json('logs', '--tail', '1');
  await json('config', 'get', 'agents');
}

/** The same package under another version, packed by npm. */
async function nextTarball(nextVersion: string): Promise<string> {
  const work = join(installed.home, 'next');
  expect((await installed.run('mkdir', work)).code).toBe(0);
  expect((await installed.run('tar', '-xzf', installed.tarball, '-C', work)).code).toBe(0);
  const file = join(work, 'package/package.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`"version": "${version}"`, `"version": "${nextVersion}"`));
  expect((await installed.npm('pack', join(work, 'package'), '--pack-destination', work)).code).toBe(0);
  return join(work, `openclaw-${nextVersion}.tgz`);
}
