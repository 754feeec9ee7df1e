/**
 * A segment: the bodies of old events in one compressed file, and a manifest beside it that says what is in it. What is
 * personal stays sealed in it, so that erasing a person reaches what was archived long ago.
 */
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { GatewayError } from '@openclaw-gateway/events/errors';

/** The stored bytes of one event: salt and JSON, and what is sealed of it. */
export type SegmentBody = { readonly position: number; readonly data: Buffer; readonly sealed: Buffer | null };

export type SegmentManifest = {
  readonly format: 'openclaw-segment/1';
  readonly file: string;
  /** Positions of the first and the last event whose body is in the file. */
  readonly first: number;
  readonly last: number;
  readonly events: number;
  readonly compression: 'zstd';
  /** Of the file, and of what it holds before compression. */
  readonly sizeBytes: number;
  readonly bodyBytes: number;
  readonly sha256: string;
  readonly bodySha256: string;
  /** The chain before the first and at the last event. */
  readonly firstPreviousHash: string;
  readonly lastHash: string;
  /** The newest signed statement of the log when the file was made, if there was one. */
  readonly checkpoint?: { readonly position: number; readonly root: string; readonly keyId: string; readonly signature: string };
  readonly createdAt: string;
};

const NO_SEALED = 0xffffffff;
const RECORD_HEADER = 8 + 4 + 4;

/** Padded, so that names sort as positions do; with a piece of its hash, so that a segment that is written anew gets another one. */
function segmentFile(first: number, last: number, sha256: string): string {
  return `${String(first).padStart(12, '0')}-${String(last).padStart(12, '0')}-${sha256.slice(0, 8)}.seg`;
}

export function manifestFile(file: string): string {
  return `${file}.json`;
}

/** Writes the file and its manifest, both on the disk when it returns. */
export function writeSegment(
  dir: string,
  bodies: readonly SegmentBody[],
  rest: Pick<SegmentManifest, 'firstPreviousHash' | 'lastHash' | 'checkpoint'>,
): SegmentManifest {
  const first = bodies[0]?.position ?? 0;
  const last = bodies.at(-1)?.position ?? 0;
  const body = encode(bodies);
  const bytes = zstdCompressSync(body);
  const sha256 = hash('sha256', bytes, 'hex');
  const file = segmentFile(first, last, sha256);
  const manifest: SegmentManifest = {
    format: 'openclaw-segment/1',
    file,
    first,
    last,
    events: bodies.length,
    compression: 'zstd',
    sizeBytes: bytes.length,
    bodyBytes: body.length,
    sha256,
    bodySha256: hash('sha256', body, 'hex'),
    ...rest,
    createdAt: new Date().toISOString(),
  };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeDurably(join(dir, file), bytes);
  writeDurably(join(dir, manifestFile(file)), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

/** The bodies in a segment. Throws `LOG_CORRUPT` when the file is not the one that was written, and what the file system throws. */
export function readSegment(path: string, sha256: Uint8Array): SegmentBody[] {
  const bytes = readFileSync(path);
  if (!hash('sha256', bytes, 'buffer').equals(sha256)) {
    throw new GatewayError('LOG_CORRUPT', { message: 'An archived segment is not as it was written.', details: { path } });
  }
  return decode(zstdDecompressSync(bytes));
}

export function removeSegment(dir: string, file: string): void {
  for (const name of [file, manifestFile(file)]) rmSync(join(dir, name), { force: true });
  syncDirectory(dir);
}

function encode(bodies: readonly SegmentBody[]): Buffer {
  const parts: Buffer[] = [];
  for (const { position, data, sealed } of bodies) {
    const header = Buffer.alloc(RECORD_HEADER);
    header.writeBigUInt64BE(BigInt(position));
    header.writeUInt32BE(data.length, 8);
    header.writeUInt32BE(sealed?.length ?? NO_SEALED, 12);
    parts.push(header, data);
    if (sealed) parts.push(sealed);
  }
  return Buffer.concat(parts);
}

function decode(bytes: Buffer): SegmentBody[] {
  const bodies: SegmentBody[] = [];
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const header = take(RECORD_HEADER);
    const sealedBytes = header.readUInt32BE(12);
    const data = take(header.readUInt32BE(8));
    bodies.push({ position: Number(header.readBigUInt64BE()), data, sealed: sealedBytes === NO_SEALED ? null : take(sealedBytes) });
  }
  return bodies;
}

function writeDurably(path: string, bytes: Buffer): void {
  const temporary = `${path}.new`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** A new or removed name is durable only once its directory is. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
