import { type FileHandle, open } from 'node:fs/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { logFilePath } from '../../operations/state-dir.ts';
import { defineMethod } from './method.ts';

const DEFAULT_LIMIT = 500;
const DEFAULT_MAX_BYTES = 250_000;

/** The end of the process's log file, or what was added since a cursor. A cursor is a place in the file, in bytes. */
export const logsTail = defineMethod({
  name: 'logs.tail',
  scope: 'operator.read',
  params: z.strictObject({
    cursor: z.int().nonnegative().optional(),
    limit: z.int().min(1).max(5000).default(DEFAULT_LIMIT),
    maxBytes: z.int().min(1).max(1_000_000).default(DEFAULT_MAX_BYTES),
  }),
  run: async (params, { parts }) => {
    const { config } = parts.config.current();
    if (!config.gateway.logging.file.enabled) {
      throw new GatewayError('BAD_REQUEST', { message: 'there is no log file: gateway.logging.file.enabled is false' });
    }
    const file = logFilePath(config, parts.stateDir);
    return { file, ...(await tailFile(file, params)) };
  },
});

type Tail = {
  readonly cursor: number;
  readonly size: number;
  readonly lines: readonly string[];
  readonly truncated?: true;
  readonly reset?: true;
  readonly skippedBytes?: number;
};

/**
 * Whole lines only: one that is still being written comes with the next call. `truncated` says that older lines were left
 * out, `reset` that the file is not the one the cursor was for.
 */
export async function tailFile(
  path: string,
  { cursor, limit, maxBytes }: { readonly cursor?: number | undefined; readonly limit: number; readonly maxBytes: number },
): Promise<Tail> {
  const handle = await openIfThere(path);
  if (!handle) return { cursor: 0, size: 0, lines: [], ...(cursor ? { reset: true } : {}) };
  try {
    const { size } = await handle.stat();
    const reset = cursor !== undefined && cursor > size;
    const from = cursor === undefined || reset ? 0 : cursor;
    const start = Math.max(from, size - maxBytes);
    // Whoever starts in the middle of the file starts in the middle of a line.
    const { text, cutBytes } = await wholeLines(handle, start, size, start > from);
    const lines = text === '' ? [] : text.slice(0, -1).split('\n');
    const skippedBytes = start - from + cutBytes;
    return {
      cursor: start + cutBytes + Buffer.byteLength(text),
      size,
      lines: lines.slice(-limit),
      ...(skippedBytes > 0 || lines.length > limit ? { truncated: true } : {}),
      ...(skippedBytes > 0 && cursor !== undefined && !reset ? { skippedBytes } : {}),
      ...(reset ? { reset: true } : {}),
    };
  } finally {
    await handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function wholeLines(handle: FileHandle, start: number, end: number, mayBeCut: boolean): Promise<{ text: string; cutBytes: number }> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  const bytes = buffer.subarray(0, bytesRead);
  const newline = bytes.indexOf(10);
  const cutBytes = mayBeCut ? (newline < 0 ? bytes.length : newline + 1) : 0;
  const text = bytes.subarray(cutBytes, Math.max(cutBytes, bytes.lastIndexOf(10) + 1)).toString('utf8');
  return { text, cutBytes };
}
