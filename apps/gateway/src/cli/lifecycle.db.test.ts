import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/openclaw.mjs', import.meta.url));

let dir: string;
let children: ChildProcess[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-lifecycle-'));
  children = [];
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: { network: { port: 0 } } }');
});
afterEach(async () => {
  await openclaw('gateway', 'stop');
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

function launch(...args: string[]): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, OPENCLAW_STATE_DIR: dir, NO_COLOR: '1' };
  for (const name of ['OPENCLAW_CONFIG_PATH', 'OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_HOME', 'FORCE_COLOR']) delete env[name];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function openclaw(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = launch(...args);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** What a foreground gateway prints with --json once it runs. */
async function untilRunning(child: ChildProcess): Promise<{ url: string; pid: number }> {
  child.stderr?.resume();
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    return JSON.parse(line) as { url: string; pid: number };
  throw new Error('The gateway ended before it ran.');
}

describe('openclaw gateway', () => {
  it('B3 B13 starts in the background, answers, restarts with a new process and what it knew, and stops', async () => {
    const started = await openclaw('gateway', 'start', '--json');
    expect(started).toMatchObject({ code: 0 });
    const first = JSON.parse(started.stdout) as { pid: number; url: string };
    expect((await openclaw('gateway', 'start')).stdout).toBe(`The gateway runs already: pid ${first.pid}, ${first.url}\n`);
    expect((await openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).stdout).toBe('echo: Hello\n');

    const restarted = JSON.parse((await openclaw('gateway', 'restart', '--json')).stdout) as { pid: number };
    expect(restarted.pid).not.toBe(first.pid);
    expect((await openclaw('gateway', 'status')).stdout).toContain(`Runtime: running (pid ${restarted.pid})`);

    expect((await openclaw('gateway', 'stop')).stdout).toBe('Stopped.\n');
    expect(existsSync(join(dir, 'gateway.pid'))).toBe(false);
    expect((await openclaw('gateway', 'stop')).stdout).toBe('The gateway was not running.\n');
  });

  it('B16 shows events and sessions of a gateway that is stopped', async () => {
    await openclaw('gateway', 'start');
    await openclaw('message', 'send', '--to', 'ann', '--message', 'Hello');
    await openclaw('gateway', 'stop');
    const { rows } = JSON.parse((await openclaw('events', 'list', '--type', 'message.received', '--json')).stdout) as {
      rows: { position: number }[];
    };
    expect(rows).toHaveLength(1);
    expect((await openclaw('events', 'show', String(rows[0]?.position))).stdout).toContain('"text": "Hello"');
    expect((await openclaw('sessions', 'show', 'agent:main:http:direct:ann')).stdout).toMatch(/user {7}Hello\n.*assistant {2}echo: Hello/);
  });

  it('B1 stops in good order on a signal, with exit code 0', async () => {
    const child = launch('gateway', 'run', '--json');
    await untilRunning(child);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(join(dir, 'gateway.pid'))).toBe(false);
  });

  it('B1 B2 takes over from a gateway that was killed', async () => {
    const killed = launch('gateway', 'run', '--json');
    const { pid } = await untilRunning(killed);
    process.kill(pid, 'SIGKILL');
    await once(killed, 'exit');
    expect((await openclaw('gateway', 'status')).stdout).toContain('Runtime: stopped');
    expect((await openclaw('gateway', 'start')).code).toBe(0);
  });

  it('B1 --force ends what holds the port, and starts', async () => {
    const script = `const s = require('http').createServer().listen(0, '127.0.0.1', () => console.log(JSON.stringify(s.address())))`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(holder);
    const [said] = (await once(holder.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { port } = JSON.parse(said.toString()) as { port: number };
    const refused = await openclaw('gateway', 'start', '--port', String(port));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port} is taken by pid ${holder.pid}: `) });
    const child = launch('gateway', '--force', '--port', String(port), '--json');
    const ended = once(holder, 'exit');
    expect(await untilRunning(child)).toMatchObject({ url: `http://127.0.0.1:${port}` });
    expect(await ended).toEqual([null, 'SIGTERM']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('B1 B3 says why it could not start', async () => {
    await writeFile(join(dir, 'openclaw.json'), '{ gateway: { network: { prot: 1 } } }');
    const result = await openclaw('gateway', 'start');
    expect(result.code).toBe(78);
    expect(result.stderr).toContain('Did you mean gateway.network.port?');
  });
});
