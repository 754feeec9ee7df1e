/** The processes of one browser: they are one group, which is measured and ended as a whole. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const PAGE_BYTES = 4096;
const run = promisify(execFile);

/** What each of these groups has of the memory for itself. Empty where the system does not say. */
export async function memoryOf(groups: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const bytes = new Map<number, number>();
  const add = (group: number, more: number) => {
    if (groups.has(group)) bytes.set(group, (bytes.get(group) ?? 0) + more);
  };
  if (process.platform === 'linux') for (const [group, own] of await linuxProcesses()) add(group, own);
  else for (const [group, own] of await otherProcesses()) add(group, own);
  return bytes;
}

export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

type Process = readonly [group: number, bytes: number];

/** Without what a process shares with others: all processes of a browser share its program. */
async function linuxProcesses(): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(
    pids.map(async (pid): Promise<readonly Process[]> => {
      try {
        const [stat, statm] = await Promise.all([readFile(`/proc/${pid}/stat`, 'latin1'), readFile(`/proc/${pid}/statm`, 'latin1')]);
        // The name of the program stands in brackets and may hold anything.
        const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
        const [, resident = 0, shared = 0] = statm.split(' ').map(Number);
        return [[group, (resident - shared) * PAGE_BYTES]];
      } catch {
        return [];
      }
    }),
  );
  return read.flat();
}

async function otherProcesses(): Promise<readonly Process[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss=']).catch(() => ({ stdout: '' }));
  return stdout.split('\n').flatMap((line): readonly Process[] => {
    const [group, kibibytes] = line.trim().split(/\s+/).map(Number);
    return group !== undefined && kibibytes !== undefined ? [[group, kibibytes * 1024]] : [];
  });
}
