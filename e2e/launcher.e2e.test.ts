import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_FLAGS, NODE_VARIABLES } from '../apps/gateway/bin/bundle.mjs';
import { ensureProgram } from '../scripts/programs.mjs';
import { prepareGateway, until } from './gateway-process.ts';

const OPENCLAW = join(import.meta.dirname, '../node_modules/.bin/openclaw');
const LAUNCHER = join(import.meta.dirname, '../apps/gateway/bin/openclaw.mjs');

function capture(program: string, args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

/** The part of the launcher that the shell reads. */
async function shellPart(): Promise<string> {
  const text = await readFile(LAUNCHER, 'utf8');
  return text.slice(0, text.indexOf('\n*/'));
}

describe('the launcher', () => {
  it('B7 version is said with and without the Node that came along', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../apps/gateway/package.json'), 'utf8')) as {
      version: string;
    };
    expect(capture(OPENCLAW, ['version'])).toEqual({ code: 0, output: `openclaw ${version}\n` });
    expect(capture('node', [LAUNCHER, '--version'])).toEqual({ code: 0, output: `openclaw ${version}\n` });
    expect(JSON.parse(capture(OPENCLAW, ['version', '--json']).output)).toMatchObject({ version });
    expect(capture(OPENCLAW, ['version', '--help']).output).toContain('print the version');
  });

  it('keeps arguments with spaces, quotes and stars as they are', async () => {
    const { code, output } = capture(OPENCLAW, ['logs', '--grep', "a * b'c", '--level', '$(no such) "level"']);
    expect(code).toBe(2);
    expect(output).toContain('$(no such) "level"');
  });

  it('gives a gateway the flags of bundle.mjs, and the shell part is sound', async () => {
    await ensureProgram('shellcheck');
    const shell = await shellPart();
    expect(shell).toContain(` ${NODE_FLAGS.join(' ')} "$0" "$@"`);
    const variables = Object.entries(NODE_VARIABLES).map(([name, value]) => `${name}=${value}`);
    expect(shell).toContain(` ${variables.join(' ')} exec `);
    const check = spawn('shellcheck', ['--shell=sh', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    check.stdin.end(`${shell.replace(/^':' \/\*$/m, ':')}\n`);
    let said = '';
    check.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    expect(await new Promise((resolve) => check.once('close', resolve)), said).toBe(0);
  });

  it('B1 becomes the gateway: one process, which a signal stops', async () => {
    await using gateway = await prepareGateway();
    const env = { ...process.env, OPENCLAW_STATE_DIR: gateway.stateDir };
    const child = spawn(OPENCLAW, ['gateway', 'run', '--port', '0', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const { pid } = await until('the gateway runs', () => (said.includes('\n') ? (JSON.parse(said) as { pid: number }) : undefined));
    if (process.platform === 'linux') expect(pid).toBe(child.pid);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
