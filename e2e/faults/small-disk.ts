/** A disk of its own for a test, small enough to be filled at once: ext4 in a sparse file, or memory where there is no loop device. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the file system may need for itself while a file is made this large. */
const LAST_BYTES = 8 * 1024 * 1024;

export type SmallDisk = AsyncDisposable & {
  readonly path: string;
  /** Takes or gives back space until so much is left. */
  readonly leaveBytes: (bytes: number) => Promise<void>;
};

/** Makes and mounts it. Needs root, as mounting does; what cannot be mounted throws. */
export async function mountSmallDisk(sizeBytes: number): Promise<SmallDisk> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-disk-'));
  const [image, path] = [join(home, 'image'), join(home, 'mounted')];
  const [filler, rest] = [join(path, 'filler'), join(path, 'rest')];
  try {
    await mkdir(path);
    await mountFile(image, path, sizeBytes).catch(() => run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'openclaw', path]));
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  };
  return {
    path,
    leaveBytes: async (bytes) => {
      await Promise.all([rm(filler, { force: true }), rm(rest, { force: true })]);
      const taken = (await freeBytes()) - Math.max(bytes, LAST_BYTES);
      if (taken > 0) await run('fallocate', ['-l', String(taken), filler]);
      if (bytes === 0) await writeUntilFull(rest);
    },
    [Symbol.asyncDispose]: async () => {
      await run('umount', [path]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function mountFile(image: string, path: string, sizeBytes: number): Promise<void> {
  const file = await open(image, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  // Nothing reserved for root: full is full, whoever writes.
  await run('mkfs.ext4', ['-q', '-m', '0', image]);
  await run('mount', ['-o', 'loop', image, path]);
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(4096);
  try {
    for (;;) await file.write(block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
