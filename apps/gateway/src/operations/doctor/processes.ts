/** What other processes of this machine do: whose they are, and which of them have a file open for writing. Linux says so in /proc. */
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';

/** The processes, other than this one, that have a file open for writing. Those of other users cannot be seen. */
export async function writersOf(path: string): Promise<readonly number[]> {
  const target = await realpath(path).catch(() => path);
  const processes = (await readdir('/proc').catch(() => [])).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  const writing = await Promise.all(processes.map(async (pid) => ((await isWriting(pid, target)) ? Number(pid) : undefined)));
  return writing.filter((pid) => pid !== undefined);
}

async function isWriting(pid: string, target: string): Promise<boolean> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) !== target) continue;
    const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8').catch(() => '');
    // The lowest two bits of the flags: 0 is reading, 1 writing, 2 both.
    if (Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? '0', 8) & 3) return true;
  }
  return false;
}

/** The environment of a process; nothing where it may not be read. */
export async function environmentOf(pid: number): Promise<NodeJS.ProcessEnv | undefined> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  if (text === '') return undefined;
  const entries = text.split('\0').flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
  });
  return Object.fromEntries(entries) as NodeJS.ProcessEnv;
}

/** How long a process has run, in milliseconds; `undefined` where that cannot be seen. */
export async function ageOf(pid: number, now: number): Promise<number | undefined> {
  const started = await stat(`/proc/${pid}`).catch(() => undefined);
  return started && now - started.ctimeMs;
}
