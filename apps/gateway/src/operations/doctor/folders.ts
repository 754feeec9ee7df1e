/** Whether something can be written at a path that need not exist yet. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The path itself, or the closest folder above it that is there. */
export async function nearestExisting(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  const parent = dirname(path);
  return info || parent === path ? path : nearestExisting(parent);
}

/** Why a folder cannot be made or written in; `undefined` when it can. */
export async function whyNotWritable(folder: string): Promise<string | undefined> {
  const there = await nearestExisting(folder);
  if (!(await stat(there)).isDirectory()) return `${folder} cannot be a folder: ${there} is a file.`;
  return access(there, constants.W_OK | constants.X_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) =>
      error.code === 'EROFS' ? `${there} is on a file system that is mounted read-only.` : `This user may not write in ${there}.`,
  );
}

/** Why a file cannot be appended to; `undefined` when it can. */
export async function whyNotAppendable(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info) return whyNotWritable(dirname(path));
  if (info.isDirectory()) return `${path} is a folder.`;
  return access(path, constants.W_OK).then(
    () => undefined,
    () => `This user may not write ${path}.`,
  );
}
