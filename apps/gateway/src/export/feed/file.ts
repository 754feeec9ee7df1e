/**
 * Appends to a file. The file may be moved away at any time: the next batch then begins a new one. What a crash left behind the
 * last batch that is known to have arrived is cut off, so that no line stands there twice or in part.
 */
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Batch, Destination, Mark } from './destination.ts';

export function createFileDestination(path: string): Destination {
  let file: FileHandle | undefined;
  const close = async (): Promise<void> => {
    const open_ = file;
    file = undefined;
    await open_?.close();
  };
  return {
    deliver: async (batch, mark) => {
      if (file && !(await isAt(path, file))) await close();
      file ??= await openAt(path);
      try {
        return await append(file, batch, mark);
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

async function append(file: FileHandle, { lines, lineEnd, header }: Batch, mark: Mark | undefined): Promise<Mark> {
  const before = await file.stat();
  const isOurs = mark?.['inode'] === before.ino && before.size > (mark['size'] ?? 0);
  if (isOurs) await file.truncate(mark['size']);
  const size = isOurs ? (mark['size'] ?? 0) : before.size;
  const first = size === 0 && header !== undefined ? header + lineEnd : '';
  const bytes = Buffer.from(first + lines.map(({ text }) => text + lineEnd).join(''));
  await file.appendFile(bytes);
  await file.datasync();
  return { inode: before.ino, size: size + bytes.length };
}

/** Whether the path still leads to the file that is open. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, here] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return there !== undefined && there.ino === here.ino && there.dev === here.dev;
}
