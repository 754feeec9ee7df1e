/**
 * An export that is being written: `<directory>.partial` with the events so far and, in state.json, how far it came. What the
 * state says is on the disk before it says so; what a crash left beyond it is cut off.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import type { ExportRequest } from './request.ts';

const COPY_BYTES = 1024 * 1024;

/** How far an export came. */
export type PartialState = {
  /** Of everything that decides what the export holds: another request cannot go on with it. */
  readonly fingerprint: string;
  readonly createdAt: string;
  readonly from: number;
  readonly to: number;
  /** The last position that was looked at. */
  readonly position: number;
  readonly events: number;
  readonly bytes: number;
  readonly erased: number;
  readonly masked: readonly (readonly [string, number])[];
  readonly types: readonly string[];
  readonly first?: { readonly position: number; readonly previousHash: string; readonly time: number };
  readonly last?: { readonly position: number; readonly hash: string; readonly time: number };
};

export class PartialExport {
  readonly folder: string;
  readonly #stateFile: string;
  readonly #file: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(folder: string, file: number) {
    this.folder = folder;
    this.#stateFile = join(folder, 'state.json');
    this.#file = file;
  }

  /** Begins a new one. Throws `EXPORT_EXISTS` when the export or the beginning of one is there already. */
  static begin(request: ExportRequest, fileName: string): PartialExport {
    const folder = partialFolder(request.directory);
    if (existsSync(request.directory)) throw exists(request.directory, 'Choose another folder, or remove this one.');
    if (existsSync(folder)) throw exists(folder, 'Go on with it by --resume, or remove it.');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new PartialExport(folder, openSync(join(folder, fileName), 'wx+', 0o600));
  }

  /** Goes on with an earlier one of the same request. Throws `EXPORT_NOT_RESUMABLE`. */
  static resume(request: ExportRequest, fileName: string): { readonly partial: PartialExport; readonly state: PartialState } {
    if (existsSync(request.directory)) throw exists(request.directory, 'It is complete; there is nothing to resume.');
    const folder = partialFolder(request.directory);
    const state = readState(join(folder, 'state.json'));
    if (!state) throw new GatewayError('EXPORT_NOT_RESUMABLE', { message: `${folder} holds no export that was interrupted.` });
    if (state.fingerprint !== fingerprintOf(request)) {
      throw new GatewayError('EXPORT_NOT_RESUMABLE', {
        message: `${folder} was begun with another query, format or masking.`,
        details: { remedy: 'Repeat the options it was begun with, or remove the folder.' },
      });
    }
    const partial = new PartialExport(folder, openSync(join(folder, fileName), 'r+'));
    partial.#takeUp(state.bytes);
    return { partial, state };
  }

  get bytes(): number {
    return this.#bytes;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** Makes sure that what was written stays, then says how far it is. */
  save(state: PartialState): void {
    fdatasyncSync(this.#file);
    const next = `${this.#stateFile}.next`;
    writeFileSync(next, JSON.stringify(state), { mode: 0o600, flush: true });
    renameSync(next, this.#stateFile);
  }

  /** Ends the file of events; its SHA-256 in hexadecimal. */
  seal(): string {
    fdatasyncSync(this.#file);
    return this.#hash.digest('hex');
  }

  addFile(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder, name), content, { mode: 0o600, flush: true });
  }

  /** Nothing remains but what belongs to the export. */
  finish(): void {
    rmSync(this.#stateFile, { force: true });
    this.close();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The hash is computed from the file, for its inner state cannot be kept. */
  #takeUp(bytes: number): void {
    if (fstatSync(this.#file).size < bytes)
      throw new GatewayError('EXPORT_NOT_RESUMABLE', { message: `The file in ${this.folder} is shorter than it was.` });
    ftruncateSync(this.#file, bytes);
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    while (this.#bytes < bytes) {
      const read = readSync(this.#file, buffer, 0, Math.min(COPY_BYTES, bytes - this.#bytes), null);
      this.#hash.update(buffer.subarray(0, read));
      this.#bytes += read;
    }
  }
}

export function partialFolder(directory: string): string {
  return `${directory}.partial`;
}

/** What two runs of one export have in common. The query stands for its filter: what `-1h` means was settled when it began. */
export function fingerprintOf({ format, columns, query, masking, gzip, gatewayId }: ExportRequest): string {
  return createHash('sha256').update(JSON.stringify({ format, columns, query, masking, gzip, gatewayId })).digest('hex');
}

function readState(path: string): PartialState | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PartialState;
  } catch {
    return undefined;
  }
}

function exists(path: string, remedy: string): GatewayError {
  return new GatewayError('EXPORT_EXISTS', { message: `${path} exists already.`, details: { remedy } });
}
