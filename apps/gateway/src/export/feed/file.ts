/**
 * Appends whole lines to a file. The file may be moved away at any time: the next batch then begins a new one. One that has grown
 * to its size is set aside. What a crash left behind the last batch that is known to have arrived is cut off, wherever the file
 * is by then, so that no line stands there twice or in part.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { rotatedPath } from '../../operations/log-file.ts';
import type { Batch, Destination, Mark } from './destination.ts';

export type FileRules = { readonly maxSizeBytes: number /** The current one included. */; readonly maxFiles: number };

export function createFileDestination(path: string, rules?: FileRules): Destination {
  let file: FileHandle | undefined;
  const close = async (): Promise<void> => {
    const open_ = file;
    file = undefined;
    await open_?.close();
  };
  return {
    deliver: async (batch, mark, _signal, remember) => {
      if (file && !(await isAt(path, file))) await close();
      if (!file) await settle(path, mark);
      file ??= await openAt(path);
      try {
        if (rules && (await file.stat()).size >= rules.maxSizeBytes) {
          await close();
          await setAside(path, rules.maxFiles);
          file = await openAt(path);
        }
        return await append(file, batch, mark, remember);
      } catch (error) {
        // Whatever is in the file now is settled when it is opened again.
        await close().catch(() => undefined);
        throw error;
      }
    },
    close: () => void close().catch(() => undefined),
  };
}

async function openAt(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return await open(path, 'a+', 0o600);
}

/** Cuts off what came after the mark, in the file itself or in one that it was renamed to beside it. */
async function settle(path: string, mark: Mark | undefined): Promise<void> {
  if (!mark) return;
  const folder = dirname(path);
  const [name] = basename(path).split('.');
  for (const entry of await readdir(folder).catch(() => [])) {
    if (!entry.startsWith(name ?? '')) continue;
    const candidate = join(folder, entry);
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile() && found.ino === mark['inode'] && found.size > (mark['size'] ?? 0)) await truncate(candidate, mark['size'] ?? 0);
  }
}

async function append(
  file: FileHandle,
  { lines, lineEnd, header }: Batch,
  mark: Mark | undefined,
  remember: (mark: Mark) => void,
): Promise<Mark> {
  const { ino: inode, size } = await file.stat();
  // Another file than last time, or the same one emptied: from here on it is ours to cut.
  if (mark?.['inode'] !== inode || mark['size'] !== size) remember({ inode, size });
  const first = size === 0 && header !== undefined ? header + lineEnd : '';
  const bytes = Buffer.from(first + lines.map(({ text }) => text + lineEnd).join(''));
  await file.appendFile(bytes);
  await file.datasync();
  return { inode, size: size + bytes.length };
}

/** The file becomes the first of its predecessors, each of these the next. */
async function setAside(path: string, maxFiles: number): Promise<void> {
  const kept = maxFiles - 1;
  let last = 0;
  while (last < kept && (await stat(rotatedPath(path, last + 1)).catch(() => undefined))) last += 1;
  if (last === kept) await rm(kept === 0 ? path : rotatedPath(path, kept), { force: true });
  for (let age = Math.min(last, kept - 1); age >= 0 && kept > 0; age--) {
    await rename(age === 0 ? path : rotatedPath(path, age), rotatedPath(path, age + 1));
  }
}

/** Whether the path still leads to the file that is open. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, here] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return there !== undefined && there.ino === here.ino && there.dev === here.dev;
}
