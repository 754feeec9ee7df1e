/** Reads the log file back: its newest lines first, across rotated files, and what is added to it. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { rotatedPath } from './log-file.ts';

export type LogFilter = {
  /** Lines below this pino level are left out. */
  readonly minLevel?: number;
  /** Only lines that contain this text; case does not count. */
  readonly grep?: string;
  /** Only lines from then on, and up to then, in milliseconds since 1970. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
};

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;
/** A clock that was set back leaves younger lines behind older ones. */
export const OUT_OF_ORDER_MS = 60_000;

/** Whether a line passes the filter. Lines that are not JSON count as important as possible, and as of any time. */
export function matches(line: string, filter: LogFilter): boolean {
  if (filter.grep !== undefined && !line.toLowerCase().includes(filter.grep.toLowerCase())) return false;
  if (filter.minLevel !== undefined && levelOf(line) < filter.minLevel) return false;
  if (filter.sinceMs === undefined && filter.untilMs === undefined) return true;
  const time = timeOf(line);
  return time === undefined || (time >= (filter.sinceMs ?? time) && time <= (filter.untilMs ?? time));
}

/** Where the log ended at a moment. */
export type LogEnd = { readonly inode: number; readonly sizeBytes: number };

/** Where the log ends now; nothing where there is none. */
export async function endOfLog(path: string): Promise<LogEnd | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && { inode: found.ino, sizeBytes: found.size };
}

/** The newest `limit` lines that pass, of those before `end`, oldest of them first. Reads no more of the files than it must. */
export async function readTail(path: string, limit: number, filter: LogFilter, end?: LogEnd): Promise<readonly string[]> {
  const found: string[] = [];
  let isOlder = false;
  for (let age = 0; found.length < limit && !isOlder; age++) {
    const file = await open(age === 0 ? path : rotatedPath(path, age), 'r').catch(() => undefined);
    if (!file) break;
    try {
      for await (const line of linesFromEnd(file, end)) {
        if (line === '') continue;
        if (matches(line, filter)) found.push(line);
        isOlder = filter.sinceMs !== undefined && (timeOf(line) ?? filter.sinceMs) < filter.sinceMs - OUT_OF_ORDER_MS;
        if (found.length >= limit || isOlder) break;
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

/**
 * Lines that are added from `from` on, or from now, also to the files that follow when this one is set aside, however many they are.
 */
export async function* follow(path: string, filter: LogFilter, signal: AbortSignal, from?: LogEnd): AsyncGenerator<string> {
  const start = from ?? (await endOfLog(path));
  let file = start && (await openFile(path, start.inode));
  let offset = file && start && (await file.stat()).ino === start.inode ? start.sizeBytes : 0;
  // A chunk may end in the middle of a character, and of a line.
  let decoder = new StringDecoder('utf8');
  let rest = '';
  const begin = async (inode: number) => {
    const next = await openFile(path, inode);
    await file?.close();
    file = next;
    offset = 0;
    decoder = new StringDecoder('utf8');
    rest = '';
  };
  try {
    while (!signal.aborted) {
      // Looked for before the file is read: what was written to it before it was set aside is then read in full.
      const next = await followerOf(path, file);
      const chunk = file ? await readFrom(file, offset) : Buffer.alloc(0);
      offset += chunk.length;
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '' && matches(line, filter)) yield line;
      if (chunk.length > 0) continue;
      if (next !== undefined) await begin(next);
      // With one file only, it is emptied rather than set aside.
      else if (file && (await file.stat()).size < offset) await begin((await file.stat()).ino);
      else await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}

type Place = { readonly path: string; readonly inode: number };

/** While files are set aside each of them is for a moment at no place, or seen at two. */
const MOST_LOOKS = 50;
const LOOK_AGAIN_MS = 5;

/** The files of the log, the current one first. */
async function filesOf(path: string): Promise<readonly Place[]> {
  for (let looks = 1; ; looks++) {
    const places: (Place | undefined)[] = [];
    for (let age = 0; places.length < 2 || places.at(-1) || places.at(-2); age++) {
      const place = age === 0 ? path : rotatedPath(path, age);
      const found = await stat(place).catch(() => undefined);
      places.push(found && { path: place, inode: found.ino });
    }
    const files = places.filter((place) => place !== undefined);
    const isWhole = places.findIndex((place) => !place) === files.length && new Set(files.map(({ inode }) => inode)).size === files.length;
    // Somebody may have removed one in the middle.
    if (isWhole || looks >= MOST_LOOKS) return files;
    await delay(LOOK_AGAIN_MS);
  }
}

/** Opens a file of the log wherever it is by now; the oldest where it is not kept any more. */
async function openFile(path: string, inode: number): Promise<FileHandle | undefined> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const files = await filesOf(path);
    const place = files.find((each) => each.inode === inode) ?? files.at(-1);
    if (!place) return undefined;
    const file = await open(place.path, 'r').catch(() => undefined);
    // Its name may have become that of another one meanwhile.
    if (file && (await file.stat()).ino === place.inode) return file;
    await file?.close();
  }
  return undefined;
}

/** The inode of the file in which the log goes on after this one; nothing while this is the current one. */
async function followerOf(path: string, file: FileHandle | undefined): Promise<number | undefined> {
  const files = await filesOf(path);
  if (!file) return files.at(-1)?.inode;
  const { ino } = await file.stat();
  const at = files.findIndex(({ inode }) => inode === ino);
  // One that is not kept any more is followed by the oldest that is.
  return at < 0 ? files.at(-1)?.inode : files[at - 1]?.inode;
}

async function* linesFromEnd(file: FileHandle, end: LogEnd | undefined): AsyncGenerator<string> {
  const { ino, size } = await file.stat();
  let position = end?.inode === ino ? Math.min(size, end.sizeBytes) : size;
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

/** The time of a line as this program writes them. */
export function timeOf(line: string): number | undefined {
  const time = /^\{"level":\d+,"time":(\d+)/.exec(line)?.[1];
  return time === undefined ? undefined : Number(time);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
