/**
 * A file of the attachments folder: sealed with a key of its own, which is wrapped with one that only the content's hash leads to.
 * Whoever does not have the hash has nothing: the events hold it, sealed, and it goes when they are erased. What is written is
 * sealed from the first byte on.
 *
 * Layout: magic (4), nonce (12), wrapped key (32), its tag (16), nonce (12), tag (16), content.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { HEAD_BYTES } from './sniff.ts';

const MAGIC = Buffer.from('OCA1');
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
export const HEADER_BYTES = MAGIC.length + WRAPPED_BYTES + NONCE_BYTES + TAG_BYTES;
/** The main thread hashes and seals no more than this at once. */
const SLICE_BYTES = 256 * 1024;

/** The key that wraps the key of the content with this SHA-256. */
export type KeyOf = (hash: string) => Uint8Array;

export type Written = { readonly hash: string; readonly size: number; readonly head: Uint8Array };

/**
 * Writes what comes into a new file, which is on the disk when this resolves. Throws what `check` throws, which is asked with the
 * number of bytes before they are written, and what the source throws; then the file is gone.
 */
export async function writeSealed(
  path: string,
  source: AsyncIterable<Uint8Array>,
  { keyOf, check }: { readonly keyOf: KeyOf; readonly check: (size: number) => void },
): Promise<Written> {
  const file = await open(path, 'wx', 0o600);
  try {
    const written = await writeContent(file, source, keyOf, check);
    await file.sync();
    await file.close();
    return written;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

async function writeContent(
  file: FileHandle,
  source: AsyncIterable<Uint8Array>,
  keyOf: KeyOf,
  check: (size: number) => void,
): Promise<Written> {
  const key = randomBytes(KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sha256 = createHash('sha256');
  const head: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      const slice = chunk.subarray(at, at + SLICE_BYTES);
      check(size + slice.length);
      if (size < HEAD_BYTES) head.push(Uint8Array.from(slice.subarray(0, HEAD_BYTES - size)));
      sha256.update(slice);
      await writeAll(file, cipher.update(slice), HEADER_BYTES + size);
      size += slice.length;
    }
  }
  cipher.final();
  const hash = sha256.digest('hex');
  await writeAll(file, Buffer.concat([MAGIC, wrap(keyOf(hash), key), nonce, cipher.getAuthTag()]), 0);
  return { hash, size, head: Buffer.concat(head) };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** The content with this SHA-256. Throws ATTACHMENT_GONE without a file, ATTACHMENT_CORRUPT when it is not as it was written. */
export async function readSealed(path: string, hash: string, keyOf: KeyOf): Promise<Buffer> {
  const sealed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new GatewayError('ATTACHMENT_GONE') : new GatewayError('ATTACHMENT_CORRUPT', { cause: error });
  });
  const content = sealed.length >= HEADER_BYTES && MAGIC.compare(sealed, 0, MAGIC.length) === 0 ? unseal(sealed, keyOf(hash)) : undefined;
  if (!content) throw new GatewayError('ATTACHMENT_CORRUPT');
  return content;
}

function unseal(sealed: Buffer, wrapping: Uint8Array): Buffer | undefined {
  const header = sealed.subarray(MAGIC.length, HEADER_BYTES);
  try {
    const key = decrypt(
      wrapping,
      header.subarray(0, NONCE_BYTES),
      header.subarray(NONCE_BYTES, NONCE_BYTES + KEY_BYTES),
      header.subarray(NONCE_BYTES + KEY_BYTES, WRAPPED_BYTES),
    );
    const nonce = header.subarray(WRAPPED_BYTES, WRAPPED_BYTES + NONCE_BYTES);
    return decrypt(key, nonce, sealed.subarray(HEADER_BYTES), header.subarray(WRAPPED_BYTES + NONCE_BYTES));
  } catch {
    return undefined;
  }
}

function wrap(wrapping: Uint8Array, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, wrapping, nonce);
  const wrapped = cipher.update(key);
  cipher.final();
  return Buffer.concat([nonce, wrapped, cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, tag: Uint8Array): Buffer {
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const content = decipher.update(sealed);
  decipher.final();
  return content;
}
