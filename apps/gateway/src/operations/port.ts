/** Which process listens on a port, and how to make it stop. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export type PortHolder = { readonly pid: number; readonly command: string };

const LISTEN = '0A';

/** The process that listens on the TCP port; `undefined` when there is none, or it belongs to someone else and cannot be seen. */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const pid = process.platform === 'linux' ? await findInProc(port) : await findWithLsof(port);
  return pid === undefined ? undefined : { pid, command: await commandOf(pid) };
}

/** Asks a process to end, and ends it when it has not after `graceMs`. Resolves with whether it is gone. */
export async function endProcess(pid: number, graceMs: number): Promise<boolean> {
  if (!signal(pid, 'SIGTERM')) return !isAlive(pid);
  if (await waitUntilGone(pid, graceMs)) return true;
  signal(pid, 'SIGKILL');
  return waitUntilGone(pid, 2000);
}

/** Whether there is a process with this id; also one that has ended and that its parent has not looked at yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Resolves with whether the process was gone within the time. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid) && !(await isZombie(pid))) {
    if (Date.now() >= deadline) return false;
    await delay(50);
  }
  return true;
}

async function findInProc(port: number): Promise<number | undefined> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  const sockets = new Set(rows.filter((row) => row[1]?.endsWith(`:${hexPort}`) && row[3] === LISTEN).map((row) => `socket:[${row[9]}]`));
  if (sockets.size === 0) return undefined;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '');
      if (sockets.has(target)) return Number(entry);
    }
  }
  return undefined;
}

async function findWithLsof(port: number): Promise<number | undefined> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']).catch(() => ({ stdout: '' }));
  const pid = Number(/^p(\d+)$/m.exec(stdout)?.[1]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

async function commandOf(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (fromProc !== '') return shorten(fromProc.replaceAll('\0', ' ').trim());
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return shorten(stdout.trim()) || 'a process';
}

async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^\d+ \(.*\) Z /s.test(stat);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

const shorten = (command: string) => (command.length <= 100 ? command : `${command.slice(0, 99)}…`);
