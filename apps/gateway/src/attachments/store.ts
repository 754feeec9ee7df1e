/**
 * The attachments folder: each content once, sealed, named by the hash of its hash. A file is on the disk before anything refers to
 * it; one that nothing refers to is swept away. Only this writes in the folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { attachmentFile } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { HEADER_BYTES, type KeyOf, readSealed, type Written, writeSealed } from './sealed-file.ts';

const FILE = /^[0-9a-f]{64}$/;
const PARTIAL = '.part-';

export type Kept = Written & { readonly file: string };

export type StoreOptions = {
  readonly dir: string;
  readonly keyOf: KeyOf;
  readonly quota: () => number;
};

export type Usage = { readonly files: number; readonly bytes: number };

export type Swept = { readonly removed: readonly string[]; readonly bytes: number };

export class AttachmentStore {
  readonly #options: StoreOptions;
  /** Files that something is about to refer to, and by how many. */
  readonly #pinned = new Map<string, number>();
  /** What was pinned since a sweep began: the views that it looks at may not know of it yet. */
  readonly #touched = new Set<string>();
  readonly #writing = new Set<string>();
  /** What is being done to a file: one thing after the other. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #sweeping: Promise<unknown> = Promise.resolve();
  #usage: { files: number; bytes: number };
  #made = false;

  private constructor(options: StoreOptions, usage: Usage) {
    this.#options = options;
    this.#usage = { ...usage };
  }

  static async open(options: StoreOptions): Promise<AttachmentStore> {
    return new AttachmentStore(options, await measure(options.dir));
  }

  usage(): Usage {
    return { ...this.#usage };
  }

  /**
   * Stores what comes. The file is durable and pinned when this resolves: call `release` once what refers to it is committed. Throws
   * ATTACHMENT_TOO_LARGE, ATTACHMENTS_FULL, and what the source throws.
   */
  async keep(source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Kept> {
    const { dir, keyOf, quota } = this.#options;
    await this.#makeFolder();
    const partial = `${PARTIAL}${randomBytes(12).toString('hex')}`;
    this.#writing.add(partial);
    try {
      const written = await writeSealed(join(dir, partial), source, {
        keyOf,
        check: (size) => {
          if (size > mostBytes) throw tooLarge(mostBytes);
          if (this.#usage.bytes + size > quota()) throw new GatewayError('ATTACHMENTS_FULL', { details: { quotaBytes: quota() } });
        },
      });
      const file = attachmentFile(written.hash);
      this.#pin(file);
      await this.#place(partial, file, written.size).catch((error: unknown) => {
        this.release(file);
        throw error;
      });
      return { ...written, file };
    } finally {
      this.#writing.delete(partial);
      await rm(join(dir, partial), { force: true });
    }
  }

  release(file: string): void {
    const left = (this.#pinned.get(file) ?? 1) - 1;
    if (left > 0) this.#pinned.set(file, left);
    else this.#pinned.delete(file);
  }

  /** The content with this SHA-256. Throws ATTACHMENT_GONE, ATTACHMENT_CORRUPT. */
  read(hash: string): Promise<Buffer> {
    const { dir, keyOf } = this.#options;
    if (!FILE.test(hash)) return Promise.reject(new GatewayError('ATTACHMENT_GONE'));
    return readSealed(join(dir, attachmentFile(hash)), hash, keyOf);
  }

  async has(file: string): Promise<boolean> {
    return FILE.test(file) && (await sizeOf(join(this.#options.dir, file))) !== undefined;
  }

  /**
   * Removes every file that nothing needs. `needed` is asked after everything committed so far is in its answer: it yields the
   * names in use, ascending.
   */
  sweep(needed: () => AsyncIterable<string>): Promise<Swept> {
    const run = this.#sweeping.then(() => this.#sweep(needed));
    this.#sweeping = run.catch(() => {});
    return run;
  }

  async #sweep(needed: () => AsyncIterable<string>): Promise<Swept> {
    const { dir } = this.#options;
    this.#touched.clear();
    for (const file of this.#pinned.keys()) this.#touched.add(file);
    const names = (await list(dir)).sort();
    if (names.length === 0) return { removed: [], bytes: 0 };
    for (const name of names) if (name.startsWith(PARTIAL) && !this.#writing.has(name)) await rm(join(dir, name), { force: true });
    const removed: string[] = [];
    let bytes = 0;
    for await (const file of unneeded(
      names.filter((name) => FILE.test(name)),
      needed(),
    )) {
      const size = await this.#remove(file);
      if (size === undefined) continue;
      removed.push(file);
      bytes += size;
    }
    if (removed.length > 0) await syncFolder(dir);
    return { removed, bytes };
  }

  /** Whoever stores the same content meanwhile pinned it before, or comes after and makes it anew. */
  #remove(file: string): Promise<number | undefined> {
    const path = join(this.#options.dir, file);
    return this.#alone(file, async () => {
      const size = await sizeOf(path);
      if (size === undefined || this.#touched.has(file)) return undefined;
      await rm(path, { force: true });
      this.#count(-1, -size);
      return size;
    });
  }

  /** The same content again takes the place of the one that was there, which is the same. */
  #place(partial: string, file: string, size: number): Promise<void> {
    const { dir } = this.#options;
    return this.#alone(file, async () => {
      const known = await sizeOf(join(dir, file));
      await rename(join(dir, partial), join(dir, file));
      await syncFolder(dir);
      if (known === undefined) this.#count(1, size);
    });
  }

  async #alone<T>(file: string, act: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(file) ?? Promise.resolve();
    const run = before.then(act, act);
    this.#busy.set(file, run);
    try {
      return await run;
    } finally {
      if (this.#busy.get(file) === run) this.#busy.delete(file);
    }
  }

  #pin(file: string): void {
    this.#pinned.set(file, (this.#pinned.get(file) ?? 0) + 1);
    this.#touched.add(file);
  }

  #count(files: number, bytes: number): void {
    this.#usage.files = Math.max(0, this.#usage.files + files);
    this.#usage.bytes = Math.max(0, this.#usage.bytes + bytes);
  }

  async #makeFolder(): Promise<void> {
    if (this.#made) return;
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    this.#made = true;
  }
}

export function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError('ATTACHMENT_TOO_LARGE', {
    message: `The file is larger than ${limitBytes} bytes (attachments.maxSize).`,
    details: { limitBytes },
  });
}

/** What is in the first and not in the second; both ascend. */
async function* unneeded(names: readonly string[], needed: AsyncIterable<string>): AsyncGenerator<string> {
  const iterator = needed[Symbol.asyncIterator]();
  let next = await iterator.next();
  for (const name of names) {
    while (!next.done && next.value < name) next = await iterator.next();
    if (next.done || next.value !== name) yield name;
  }
}

async function measure(dir: string): Promise<Usage> {
  const usage = { files: 0, bytes: 0 };
  for (const name of await list(dir)) {
    if (!FILE.test(name)) continue;
    usage.files += 1;
    usage.bytes += (await sizeOf(join(dir, name))) ?? 0;
  }
  return usage;
}

/** Of the content; `undefined` without a file. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && Math.max(0, found.size - HEADER_BYTES);
}

async function list(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** A name is durable once its folder is. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
