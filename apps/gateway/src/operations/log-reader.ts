/** Reads the log file back: its newest lines first, across rotated files, and what is added to it. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { rotatedPath } from './log-file.ts';

export type LogFilter = {
  /** Lines below this pino level are left out. */
  readonly minLevel?: number;
  /** Only lines that contain this text; case does not count. */
  readonly grep?: string;
};

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;

/** Whether a line passes the filter. Lines that are not JSON count as important as possible. */
export function matches(line: string, filter: LogFilter): boolean {
  if (filter.grep !== undefined && !line.toLowerCase().includes(filter.grep.toLowerCase())) return false;
  return filter.minLevel === undefined || levelOf(line) >= filter.minLevel;
}

/** The newest `limit` lines that pass, oldest of them first. Reads no more of the files than it must. */
export async function readTail(path: string, limit: number, filter: LogFilter): Promise<readonly string[]> {
  const found: string[] = [];
  for (let age = 0; found.length < limit; age++) {
    const file = await open(age === 0 ? path : rotatedPath(path, age), 'r').catch(() => undefined);
    if (!file) break;
    try {
      for await (const line of linesFromEnd(file)) {
        if (line !== '' && matches(line, filter)) found.push(line);
        if (found.length >= limit) break;
      }
    } finally {
      await file.close();
    }
  }
  return found.reverse();
}

/** All lines that pass, oldest first, from all files. */
export async function* readAll(path: string, filter: LogFilter): AsyncGenerator<string> {
  const files = [path];
  for (let age = 1; await exists(rotatedPath(path, age)); age++) files.push(rotatedPath(path, age));
  for (const file of files.reverse()) {
    if (!(await exists(file))) continue;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== '' && matches(line, filter)) yield line;
    }
  }
}

/** Lines that are added from now on, also to the file that follows when this one is set aside. */
export async function* follow(path: string, filter: LogFilter, signal: AbortSignal): AsyncGenerator<string> {
  let file = await open(path, 'r').catch(() => undefined);
  let offset = file ? (await file.stat()).size : 0;
  let rest = '';
  try {
    while (!signal.aborted) {
      const current = await stat(path).catch(() => undefined);
      const opened = await file?.stat();
      const chunk = file ? await readFrom(file, offset) : Buffer.alloc(0);
      offset += chunk.length;
      rest += chunk.toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '' && matches(line, filter)) yield line;
      if (chunk.length > 0) continue;
      if (current && current.ino !== opened?.ino) {
        await file?.close();
        file = await open(path, 'r').catch(() => undefined);
        offset = 0;
        continue;
      }
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}

async function* linesFromEnd(file: FileHandle): AsyncGenerator<string> {
  let position = (await file.stat()).size;
  // Bytes, because a chunk may begin in the middle of a character.
  let head = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(CHUNK_BYTES, position);
    position -= length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    const bytes = Buffer.concat([buffer.subarray(0, bytesRead), head]);
    const firstBreak = bytes.indexOf(10);
    if (position > 0 && firstBreak < 0) {
      head = bytes;
      continue;
    }
    const start = position > 0 ? firstBreak + 1 : 0;
    head = position > 0 ? bytes.subarray(0, firstBreak) : Buffer.alloc(0);
    yield* bytes.subarray(start).toString('utf8').split('\n').reverse();
  }
}

async function readFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
  return buffer.subarray(0, bytesRead);
}

function levelOf(line: string): number {
  const level = /^\{"level":(\d+)/.exec(line)?.[1];
  return level === undefined ? 60 : Number(level);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
