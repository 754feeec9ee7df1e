/**
 * A disk with one file that is only appended to. What was written is safe once it was synced; until then a power cut leaves any part
 * of it, and the last piece may be torn. A disk that is full takes part of a write; a disk that fails leaves nobody knowing what it has.
 */
import { crc32 } from 'node:zlib';
import type { Random } from '../random.ts';

export type DiskFault = 'none' | 'write_fails' | 'full' | 'sync_fails';

const MAGIC = 0x6576_6c67;
const HEADER_BYTES = 12;

export class Disk {
  /** What happens at the next write or sync that it concerns. */
  fault: DiskFault = 'none';
  #safe: Buffer[] = [];
  #cached: Buffer[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Appends a record. Throws when the disk does not take it; part of it may be there all the same. */
  write(payload: string): void {
    const record = frame(payload);
    if (this.fault === 'write_fails' || this.fault === 'full') {
      this.#cached.push(record.subarray(0, this.#random.below(record.length)));
      throw new Error(this.fault === 'full' ? 'ENOSPC' : 'EIO');
    }
    this.#cached.push(record);
  }

  /** Makes safe what was written. Throws when the disk does not say so; then it may be safe or not. */
  sync(): void {
    if (this.fault === 'sync_fails') throw new Error('EIO');
    this.#safe.push(...this.#cached);
    this.#cached = [];
  }

  /** The power goes, or the process ends: of what was not synced any number of bytes from its start remain. */
  lose(): void {
    const cached = Buffer.concat(this.#cached);
    this.#safe.push(cached.subarray(0, this.#random.below(cached.length + 1)));
    this.#cached = [];
  }

  /** The whole records on the disk, in order. What follows the last whole one is cut off. */
  recover(): string[] {
    const payloads: string[] = [];
    const bytes = Buffer.concat(this.#safe);
    let at = 0;
    for (let record = readFrame(bytes, at); record; record = readFrame(bytes, at)) {
      payloads.push(record.payload);
      at = record.end;
    }
    this.#safe = [bytes.subarray(0, at)];
    return payloads;
  }
}

function frame(payload: string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(body.length, 4);
  header.writeUInt32BE(crc32(body), 8);
  return Buffer.concat([header, body]);
}

function readFrame(bytes: Buffer, at: number): { payload: string; end: number } | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 4);
  if (end > bytes.length) return undefined;
  const body = bytes.subarray(at + HEADER_BYTES, end);
  if (crc32(body) !== bytes.readUInt32BE(at + 8)) return undefined;
  return { payload: body.toString(), end };
}
