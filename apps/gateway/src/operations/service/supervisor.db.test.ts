/** Real processes that are killed and watched. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../port.ts';
import { statePaths } from '../state-dir.ts';
import { afterEnd } from './supervisor.ts';

const BACKOFF = { firstMs: 1000, mostMs: 60_000, stableMs: 60_000 };

describe('what follows the end of the gateway', () => {
  const end = { exitCode: 1, wasReady: true, isStopping: false, crashes: 1 };

  it('B3 a crash is followed by a start, later each time and never later than a minute', () => {
    const delays = [1, 2, 3, 6, 7, 50].map((crashes) => afterEnd({ ...end, crashes }, BACKOFF));
    expect(delays).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000].map((afterMs) => ({ do: 'start', afterMs })));
    expect(afterEnd({ ...end, exitCode: null }, BACKOFF)).toEqual({ do: 'start', afterMs: 1000 });
  });

  it('B3 exit codes decide: 0 and 78 end it, 75 starts it at once, and a first start that fails is not tried again', () => {
    expect(afterEnd({ ...end, exitCode: 0 }, BACKOFF)).toEqual({ do: 'end', exitCode: 0 });
    expect(afterEnd({ ...end, exitCode: 78 }, BACKOFF)).toEqual({ do: 'end', exitCode: 78 });
    expect(afterEnd({ ...end, exitCode: 75, crashes: 9 }, BACKOFF)).toEqual({ do: 'start', afterMs: 0 });
    expect(afterEnd({ ...end, wasReady: false }, BACKOFF)).toEqual({ do: 'end', exitCode: 1 });
    expect(afterEnd({ ...end, exitCode: null, isStopping: true }, BACKOFF)).toEqual({ do: 'end', exitCode: 0 });
  });
});

/** Stands for the gateway: says that it lives, is ready at once, ends as a file tells it, and writes down the signals it gets. */
const GATEWAY = `
const { appendFileSync, writeFileSync, readFileSync } = require('node:fs');
const dir = process.env.DIR;
writeFileSync(dir + '/gateway.pid', JSON.stringify({ pid: process.pid }));
appendFileSync(dir + '/lives', process.pid + ' ' + (process.env.OPENCLAW_LAST_EXIT ?? '-') + '\\n');
for (const signal of ['SIGHUP', 'SIGUSR1']) process.on(signal, () => appendFileSync(dir + '/signals', signal + '\\n'));
process.on('SIGTERM', () => { appendFileSync(dir + '/signals', 'SIGTERM\\n'); setTimeout(() => process.exit(0), 200); });
setInterval(() => { try { process.exit(Number(readFileSync(dir + '/exit-' + process.pid, 'utf8'))); } catch {} }, 10);
`;
/** The supervisor in a process of its own, with a backoff that a test can wait for. */
const SUPERVISOR = (dir: string) => `
import { supervise } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
import { statePaths } from ${JSON.stringify(join(import.meta.dirname, '../state-dir.ts'))};
process.exitCode = await supervise({
  paths: statePaths({ OPENCLAW_STATE_DIR: ${JSON.stringify(dir)} }),
  command: [process.execPath, ${JSON.stringify(join(dir, 'gateway.cjs'))}],
  env: { ...process.env, DIR: ${JSON.stringify(dir)} },
  backoff: { firstMs: 20, mostMs: 100, stableMs: 60_000 },
});
`;

describe('the supervisor', () => {
  let dir: string;
  let child: ChildProcess;
  let exit: Promise<unknown[]>;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'openclaw-supervisor-'));
    await writeFile(join(dir, 'gateway.cjs'), GATEWAY);
    await writeFile(join(dir, 'supervisor.mts'), SUPERVISOR(dir));
    child = spawn(process.execPath, [join(dir, 'supervisor.mts')], { stdio: ['ignore', 'ignore', 'inherit'] });
    exit = once(child, 'exit');
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    for (const { pid } of await lives()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(dir, { recursive: true });
  });

  async function lives(): Promise<{ pid: number; lastExit: string }[]> {
    const text = await readFile(join(dir, 'lives'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ pid: Number(line.split(' ')[0]), lastExit: line.slice(line.indexOf(' ') + 1) }));
  }
  async function life(number: number): Promise<{ pid: number; lastExit: string }> {
    for (const deadline = Date.now() + 25_000; Date.now() < deadline; await delay(10)) {
      const found = (await lives())[number - 1];
      if (found) return found;
    }
    throw new Error(`there was no life ${number}`);
  }
  /** The exit code stands in its file whole or not at all: the process looks while it is written. */
  async function endWith(code: number, pid: number): Promise<void> {
    const file = join(dir, `exit-${pid}`);
    await writeFile(`${file}.new`, String(code));
    await rename(`${file}.new`, file);
  }
  const signals = async () => (await readFile(join(dir, 'signals'), 'utf8').catch(() => '')).trim().split('\n');

  it('B3 starts a gateway again that was killed, tells the next one how it ended, and keeps a pid file', async () => {
    const first = await life(1);
    expect(first.lastExit).toBe('-');
    expect(JSON.parse(await readFile(statePaths({ OPENCLAW_STATE_DIR: dir }).supervisorPidFile, 'utf8'))).toMatchObject({ pid: child.pid });
    process.kill(first.pid, 'SIGKILL');
    const second = await life(2);
    expect(second.lastExit).toBe('ended by SIGKILL');
    await endWith(1, second.pid);
    expect((await life(3)).lastExit).toBe('exit code 1');
    expect(await readFile(join(dir, 'logs/gateway-supervisor.log'), 'utf8')).toMatch(/ended by SIGKILL; starting it again in 0.02 s/);
  });

  it('B3 does not start it again after exit code 78, and after 75 at once', async () => {
    const first = await life(1);
    await endWith(75, first.pid);
    const second = await life(2);
    expect(second.lastExit).toBe('-');
    await endWith(78, second.pid);
    expect(await exit).toEqual([78, null]);
    expect(await lives()).toHaveLength(2);
    await expect(readFile(join(dir, 'supervisor.pid'))).rejects.toThrow();
  });

  it('B3 passes on a stop, waits for the end and ends with it; other signals too', async () => {
    const { pid } = await life(1);
    child.kill('SIGHUP');
    child.kill('SIGUSR1');
    for (const deadline = Date.now() + 20_000; (await signals()).length < 2 && Date.now() < deadline; ) await delay(10);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
    expect((await signals()).toSorted()).toEqual(['SIGHUP', 'SIGTERM', 'SIGUSR1']);
    expect(await lives()).toHaveLength(1);
  });

  it('its log stays small', async () => {
    await life(1);
    await appendFile(join(dir, 'logs/gateway-supervisor.log'), 'x'.repeat(2 * 1024 * 1024));
    process.kill((await life(1)).pid, 'SIGKILL');
    await life(2);
    expect((await readFile(join(dir, 'logs/gateway-supervisor.log'))).length).toBeLessThan(10_000);
  });
});
