/**
 * The folder an agent's tools work in. Everything below it is reached component by component from a handle of the root, and no
 * component may be a symbolic link, so neither a link nor a change in between leads out.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Dirent, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { componentsOf } from './paths.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Linux names what a handle stands for below /proc, which makes `open` there what openat(2) is. */
const HAS_PROC = process.platform === 'linux' && existsSync('/proc/self/fd');
/** macOS: no component of the path may be a link. */
const NOFOLLOW_ANY = process.platform === 'darwin' ? 0x2000_0000 : 0;
const SAFE = O_NOFOLLOW | NOFOLLOW_ANY;
const MOST_DEPTH = 64;

/** An open folder. What is in it is named through `at`, never by its own path. */
export type Folder = AsyncDisposable & {
  readonly handle: FileHandle;
  /** A path for system calls that means the entry of this very folder. */
  readonly at: (name: string) => string;
  readonly entries: () => Promise<Dirent[]>;
};

export type ReadFile = { readonly bytes: Buffer; readonly sizeBytes: number; readonly mode: number };

export type Workspace = {
  readonly root: string;
  /** A folder below the root, `.` for the root itself. Throws TOOL_FAILED when it is not there or no folder. */
  readonly folder: (path: string) => Promise<Folder>;
  /** A regular file's beginning, at most `mostBytes` of it, from `offset`. Throws TOOL_FAILED. */
  readonly read: (path: string, mostBytes: number, offset?: number) => Promise<ReadFile>;
  /** Puts a whole file in place at once, with the folders it lies in. Returns whether it is new. */
  readonly write: (path: string, bytes: Uint8Array) => Promise<{ readonly created: boolean }>;
};

/** The workspace at a path, which is made when it is not there. The path itself is the operator's and may lead through links. */
export async function openWorkspace(path: string): Promise<Workspace> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const root = await realpath(path);
  const folder = (components: readonly string[], create = false) => descend(root, components, create);
  return {
    root,
    folder: (inside) => told(inside, () => folder(componentsOf(inside))),
    read: (inside, mostBytes, offset = 0) =>
      told(inside, async () => {
        const [parents, name] = splitLast(inside);
        await using parent = await folder(parents);
        return await readIn(parent, name, mostBytes, offset);
      }),
    write: (inside, bytes) =>
      told(inside, async () => {
        const [parents, name] = splitLast(inside);
        await using parent = await folder(parents, true);
        return await writeIn(parent, name, bytes);
      }),
  };
}

/** Opens a regular file of a folder that nothing else is linked to; a pipe or a device is never waited for. */
export async function readIn(parent: Folder, name: string, mostBytes: number, offset = 0): Promise<ReadFile> {
  await using file = await open(parent.at(name), O_RDONLY | O_NONBLOCK | SAFE);
  const { size, mode, nlink } = await regular(file);
  // A second name of a file outside would show what is in it.
  if (nlink > 1)
    throw new GatewayError('TOOL_FAILED', { message: `${JSON.stringify(name)} has several names (hard links), so it is not read.` });
  const wanted = Math.max(0, Math.min(mostBytes, size - offset));
  const bytes = Buffer.alloc(wanted);
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(bytes, filled, wanted - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return { bytes: bytes.subarray(0, filled), sizeBytes: size, mode };
}

async function writeIn(parent: Folder, name: string, bytes: Uint8Array): Promise<{ created: boolean }> {
  const before = await open(parent.at(name), O_RDONLY | O_NONBLOCK | SAFE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  let mode = 0o644;
  if (before) {
    await using file = before;
    mode = (await regular(file)).mode & 0o777;
  }
  const draft = `.${randomBytes(9).toString('base64url')}.tmp`;
  try {
    {
      await using file = await open(parent.at(draft), O_WRONLY | O_CREAT | O_EXCL | SAFE, mode);
      await file.writeFile(bytes);
      await file.sync();
    }
    // Should the name have become a link meanwhile, the link itself is replaced.
    await rename(parent.at(draft), parent.at(name));
  } catch (error) {
    await rm(parent.at(draft), { force: true });
    throw error;
  }
  return { created: !before };
}

async function descend(root: string, components: readonly string[], create: boolean): Promise<Folder> {
  if (components.length > MOST_DEPTH) throw new GatewayError('TOOL_FAILED', { message: `The path is deeper than ${MOST_DEPTH} folders.` });
  let here = await openFolder(root, root);
  let path = root;
  for (const component of components) {
    await using parent = here;
    path = join(path, component);
    if (create) await mkdir(parent.at(component)).catch(unlessThere);
    here = await openFolder(parent.at(component), path);
  }
  return here;
}

/** Opens a folder; where handles have no names, `path` is used again for what is in it, without following links. */
async function openFolder(via: string, path: string): Promise<Folder> {
  const handle = await open(via, O_RDONLY | O_DIRECTORY | SAFE);
  const base = HAS_PROC ? `/proc/self/fd/${handle.fd}` : path;
  return {
    handle,
    at: (name) => `${base}/${name}`,
    entries: () => readdir(`${base}/.`, { withFileTypes: true }),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** The folder `name` of a folder that is open, for walks. */
export async function openIn(parent: Folder, name: string): Promise<Folder> {
  return openFolder(parent.at(name), parent.at(name));
}

async function regular(file: FileHandle): Promise<{ size: number; mode: number; nlink: number }> {
  const stat = await file.stat();
  if (stat.isDirectory()) throw new GatewayError('TOOL_FAILED', { message: 'It is a folder, not a file.' });
  if (!stat.isFile()) throw new GatewayError('TOOL_FAILED', { message: 'It is a pipe, a socket or a device, not a file.' });
  return stat;
}

function splitLast(path: string): [parents: readonly string[], name: string] {
  const components = componentsOf(path);
  const name = components.at(-1);
  if (name === undefined) throw new GatewayError('TOOL_BAD_ARGUMENTS', { message: 'The workspace itself is no file; name one in it.' });
  return [components.slice(0, -1), name];
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ELOOP: 'a symbolic link leads there, and links are not followed',
  EMLINK: 'a symbolic link leads there, and links are not followed',
  ENOTDIR: 'a part of the path is a file or a symbolic link, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'the operating system does not permit it',
  EPERM: 'the operating system does not permit it',
  ENOSPC: 'the disk is full',
  ENOTEMPTY: 'it is a folder',
  ENXIO: 'it is a pipe, a socket or a device, not a file',
};

/** Runs a file operation, and says what is wrong without naming a path outside. */
async function told<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    const why = WHY[code] ?? (code || 'unknown reason');
    throw new GatewayError('TOOL_FAILED', { message: `${JSON.stringify(path)}: ${why}.`, details: { errno: code }, cause: thrown });
  }
}
