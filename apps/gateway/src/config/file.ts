/** Reads and replaces the configuration file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';

/** No one writes a configuration this long; a wrong path should not be read into memory. */
const MAX_SIZE_BYTES = 4 * 1024 * 1024;

/** The text of the file; `undefined` when there is none. Throws CONFIG_UNREADABLE. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_SIZE_BYTES) throw unreadable(path, `it is larger than ${MAX_SIZE_BYTES} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * Replaces the file as a whole, readable by its owner only: after a crash there is the old text or the new one.
 * A symbolic link stays one. Throws CONFIG_UNREADABLE.
 */
export async function writeText(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new GatewayError('CONFIG_UNREADABLE', {
      message: `The configuration file ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      details: { path },
      cause: error,
    });
  }
}

/** SHA-256 of a configuration's text, in hexadecimal. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Without this the rename itself may be lost with the power. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function unreadable(path: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('CONFIG_UNREADABLE', {
    message: `The configuration file ${path} cannot be read: ${why}.`,
    details: { path },
    cause,
  });
}

const errorCode = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code;
