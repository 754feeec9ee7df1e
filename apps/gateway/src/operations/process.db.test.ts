import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProcess, findPortHolder, isAlive } from './port.ts';
import { findRunning, removePidFile, writePidFile } from './process.ts';
import { statePaths } from './state-dir.ts';

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-process-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** A process that prints a line when it is ready. */
async function start(script: string): Promise<{ pid: number; said: string; exit: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const exit = once(child, 'exit');
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { pid: child.pid ?? 0, said: said.toString().trim(), exit };
}

describe('findPortHolder', () => {
  it('B1 names the process that listens on a port', async () => {
    const script = `const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`;
    const { pid, said } = await start(script);
    expect(await findPortHolder(Number(said))).toEqual({ pid, command: expect.stringContaining('createServer') });
  });

  it('B1 finds nobody on a free port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect((await findPortHolder(port))?.pid).toBe(process.pid);
    server.close();
    await once(server, 'close');
    expect(await findPortHolder(port)).toBeUndefined();
  });
});

describe('endProcess', () => {
  it('B1 asks first', async () => {
    const { pid, exit } = await start(`process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`);
    expect(await endProcess(pid, 10_000)).toBe(true);
    expect(await exit).toEqual([7, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it('B1 ends what does not listen', async () => {
    const { pid, exit } = await start(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`);
    expect(await endProcess(pid, 50)).toBe(true);
    expect(await exit).toEqual([null, 'SIGKILL']);
  });
});

describe('the pid file', () => {
  const path = () => join(dir, 'gateway.pid');

  it('B2 finds the process that wrote it', async () => {
    await writePidFile(path(), 'http://127.0.0.1:1');
    expect(await findRunning(path())).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:1' });
    await removePidFile(path());
    expect(await findRunning(path())).toBeUndefined();
  });

  it('B2 does not believe a file whose process is gone, or whose pid another process has now', async () => {
    await writePidFile(path(), 'http://127.0.0.1:1');
    const content = JSON.parse(await readFile(path(), 'utf8')) as object;
    await writeFile(path(), JSON.stringify({ ...content, startTime: '1' }));
    expect(await findRunning(path())).toBeUndefined();
    const { pid } = await start(`console.log('ready')`);
    await endProcess(pid, 1000);
    await writeFile(path(), JSON.stringify({ ...content, pid }));
    expect(await findRunning(path())).toBeUndefined();
    await writeFile(path(), 'not a pid file');
    expect(await findRunning(path())).toBeUndefined();
  });

  it('leaves the file of another process alone', async () => {
    await writeFile(path(), JSON.stringify({ pid: 1, startTime: 'x', url: 'y' }));
    await removePidFile(path());
    expect(await readFile(path(), 'utf8')).toContain('"pid":1');
  });
});

describe('statePaths', () => {
  it('follows the environment', () => {
    expect(statePaths({ OPENCLAW_STATE_DIR: '/s' })).toMatchObject({ dir: '/s', config: '/s/openclaw.json', databases: '/s/state' });
    expect(statePaths({ OPENCLAW_HOME: '/h', OPENCLAW_CONFIG_PATH: '/c.json' })).toMatchObject({ dir: '/h/.openclaw', config: '/c.json' });
  });
});
