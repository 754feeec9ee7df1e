/** The little of the tar format (POSIX ustar) that a bundle needs: a few plain files, read strictly. Pure. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';

const BLOCK = 512;
const NAME_BYTES = 100;

export type TarFile = { readonly name: string; readonly content: Buffer };

/** The files one after the other, as `tar xf` takes them. */
export function writeTar(files: readonly TarFile[], timeMs: number): Buffer {
  const parts = files.flatMap(({ name, content }) => [
    header(name, content.length, timeMs),
    content,
    Buffer.alloc(padding(content.length)),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/**
 * The files of an archive that has nothing but plain files with these names, each at most once. Anything else is refused with
 * `BUNDLE_INVALID`: no name from the archive is ever used as a path.
 */
export function readTar(archive: Buffer, allowed: readonly string[]): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  readInto(files, archive, allowed);
  return files;
}

/** The files up to where the archive is no longer one, and what is wrong there; the last file may be cut. */
export function readTarSoFar(
  archive: Buffer,
  allowed: readonly string[],
): { readonly files: ReadonlyMap<string, Buffer>; readonly problem?: string } {
  const files = new Map<string, Buffer>();
  try {
    readInto(files, archive, allowed);
    return { files };
  } catch (error) {
    return { files, problem: toGatewayError(error).message };
  }
}

function readInto(files: Map<string, Buffer>, archive: Buffer, allowed: readonly string[]): void {
  let at = 0;
  for (;;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.length < BLOCK) throw invalid(`The archive breaks off at byte ${at}.`);
    if (block.every((byte) => byte === 0)) break;
    const name = textOf(block, 0, NAME_BYTES);
    const sizeBytes = octalOf(block, 124, 12);
    if (checksum(block) !== octalOf(block, 148, 8)) throw invalid(`The archive's entry at byte ${at} is damaged.`);
    if (block[156] !== 0x30 || textOf(block, 345, 155) !== '' || !allowed.includes(name)) {
      throw invalid(`The archive has an entry that no bundle has: ${JSON.stringify(name.slice(0, 80))}.`);
    }
    if (files.has(name)) throw invalid(`The archive has ${name} twice.`);
    const content = archive.subarray(at + BLOCK, at + BLOCK + sizeBytes);
    files.set(name, content);
    if (content.length < sizeBytes) throw invalid(`The archive breaks off within ${name}.`);
    at += BLOCK + sizeBytes + padding(sizeBytes);
  }
  if (!archive.subarray(at).every((byte) => byte === 0)) throw invalid(`The archive has something after its end, at byte ${at}.`);
}

export function invalid(message: string, details: Readonly<Record<string, unknown>> = {}): GatewayError {
  return new GatewayError('BUNDLE_INVALID', { message, details });
}

function header(name: string, sizeBytes: number, timeMs: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    void block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0, NAME_BYTES, 'utf8');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(Math.floor(timeMs / 1000), 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
  return sum;
}

function textOf(block: Buffer, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? length : end).toString('utf8');
}

function octalOf(block: Buffer, at: number, length: number): number {
  const digits = textOf(block, at, length).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw invalid('The archive has a damaged number in an entry.');
  return Number.parseInt(digits, 8);
}

const padding = (sizeBytes: number) => (BLOCK - (sizeBytes % BLOCK)) % BLOCK;
