/** The log file and its predecessors: `gateway.log` is the current one, `gateway.1.log` the one before, and so on. */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Writable } from 'node:stream';

type LogFileOptions = {
  readonly path: string;
  readonly maxSizeBytes: number;
  /** The current file included. */
  readonly maxFiles: number;
};

/** A disk that is slower than the log loses lines rather than the gateway its memory. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** The path of the n-th file before the current one. @example rotatedPath('/l/gateway.log', 1) // '/l/gateway.1.log' */
export function rotatedPath(path: string, age: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.${age}${extension}`;
}

/** A file that is appended to and set aside at its size. What cannot be written is lost and said on stderr; it never throws. */
export class LogFile extends Writable {
  readonly #options: LogFileOptions;
  #file: FileHandle | undefined;
  #sizeBytes = 0;
  /** Since the last line about it. */
  #lost = 0;
  #lostLines = 0;

  constructor(options: LogFileOptions) {
    super({ decodeStrings: true });
    this.#options = options;
  }

  override write(line: string | Uint8Array): boolean {
    if (this.writableLength < MAX_WAITING_BYTES) return super.write(line);
    this.#lost += 1;
    this.#lostLines += 1;
    return false;
  }

  /** How many lines were lost because the disk was too slow. */
  get lostLines(): number {
    return this.#lostLines;
  }

  override _construct(done: () => void): void {
    this.#attempt(() => this.#open('a')).then(done);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    this.#attempt(() => this.#append(chunks.map(({ chunk }) => chunk))).then(done);
  }

  override _final(done: () => void): void {
    this.#attempt(async () => this.#file?.close()).then(done);
  }

  async #append(lines: Buffer[]): Promise<void> {
    if (this.#lost > 0)
      lines.push(Buffer.from(`{"level":40,"time":${Date.now()},"msg":"${this.#lost} lines of the log were lost: the disk is too slow"}\n`));
    this.#lost = 0;
    let batch: Buffer[] = [];
    let batchBytes = 0;
    for (const line of lines) {
      if (this.#sizeBytes + batchBytes > 0 && this.#sizeBytes + batchBytes + line.length > this.#options.maxSizeBytes) {
        await this.#put(batch, batchBytes);
        await this.#rotate();
        batch = [];
        batchBytes = 0;
      }
      batch.push(line);
      batchBytes += line.length;
    }
    await this.#put(batch, batchBytes);
  }

  async #put(lines: readonly Buffer[], bytes: number): Promise<void> {
    if (bytes === 0) return;
    if (!this.#file) await this.#open('a');
    await this.#file?.appendFile(Buffer.concat(lines, bytes));
    this.#sizeBytes += bytes;
  }

  async #open(flags: 'a' | 'w'): Promise<void> {
    await mkdir(dirname(this.#options.path), { recursive: true, mode: 0o700 });
    this.#file = await open(this.#options.path, flags, 0o600);
    this.#sizeBytes = (await this.#file.stat()).size;
  }

  async #rotate(): Promise<void> {
    const { path, maxFiles } = this.#options;
    await this.#file?.close();
    this.#file = undefined;
    for (let age = maxFiles - 1; age >= 1; age--) {
      await rename(age === 1 ? path : rotatedPath(path, age - 1), rotatedPath(path, age)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await this.#open(maxFiles > 1 ? 'a' : 'w');
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      process.stderr.write(`openclaw: the log cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
