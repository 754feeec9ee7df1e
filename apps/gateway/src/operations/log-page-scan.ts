/** Reads pages of the log file backwards, in a thread of its own: what people look for may take long to find. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { rotatedPath } from './log-file.ts';
import { type LogEntry, toEntry } from './log-line.ts';
import { type LogEnd, type LogFilter, matches, OUT_OF_ORDER_MS, timeOf } from './log-reader.ts';

export type EntryFilter = LogFilter & {
  /** A regular expression; case does not count. */
  readonly regex?: string;
  readonly component?: string;
};

export type LogPageQuery = EntryFilter & {
  /** Only what stands before this. */
  readonly before?: LogEnd;
  readonly limit: number;
};

export type LogPage = {
  /** The newest first. */
  readonly rows: readonly (LogEntry & { readonly at: LogEnd })[];
  /** Where to go on; nothing at the beginning of the log. */
  readonly next?: LogEnd;
  /** There was no time to look further: what is missing stands before `next`. */
  readonly partial?: true;
};

export const CHUNK_BYTES = 64 * 1024;
/** More lines than these that follow one are not taken for a part of it. */
export const MOST_BELOW = 200;

/** The newest entries that fit. It stops when `isOver` says so and tells where. Throws a SyntaxError for a bad expression. */
export function scanPage(path: string, query: LogPageQuery, isOver: () => boolean): LogPage {
  const { before, limit, sinceMs } = query;
  const entryOf = fitting(query);
  const rows: (LogEntry & { at: LogEnd })[] = [];
  let below: string[] = [];
  for (const { line, at } of linesBackward(path, before)) {
    if (!isFirst(line) && below.length < MOST_BELOW && at.sizeBytes > 0) {
      below.push(line);
      continue;
    }
    const whole = [line, ...below.reverse()];
    below = [];
    const entry = entryOf(whole);
    if (entry) rows.push({ ...entry, at });
    const isOlder = sinceMs !== undefined && (timeOf(line) ?? sinceMs) < sinceMs - OUT_OF_ORDER_MS;
    if (isOlder) return { rows };
    if (rows.length >= limit) return { rows, next: at };
    if (isOver()) return { rows, next: at, partial: true };
  }
  return { rows };
}

/** Reads a line with those below it, where they fit. Throws a SyntaxError for a bad expression. */
export function fitting(query: EntryFilter): (whole: readonly string[]) => LogEntry | undefined {
  const { component, grep, regex: source, ...byLine } = query;
  const regex = source === undefined ? undefined : new RegExp(source, 'i');
  return (whole) => {
    const [line = '', ...below] = whole;
    if (!matches(line, byLine) || !found(whole.join('\n'), grep, regex)) return undefined;
    const entry = toEntry(line, below);
    return component === undefined || entry.component === component ? entry : undefined;
  };
}

export const isFirst = (line: string) => line.startsWith('{"level":');

function found(entry: string, grep: string | undefined, regex: RegExp | undefined): boolean {
  return (grep === undefined || entry.toLowerCase().includes(grep.toLowerCase())) && (regex === undefined || regex.test(entry));
}

function* linesBackward(path: string, before: LogEnd | undefined): Generator<{ readonly line: string; readonly at: LogEnd }> {
  let isPassed = before === undefined;
  for (let age = 0; ; age++) {
    const file = open(age === 0 ? path : rotatedPath(path, age));
    if (file === undefined) return;
    try {
      const { ino: inode, size } = fstatSync(file);
      const isHere = before?.inode === inode;
      if (!isPassed && !isHere) continue;
      isPassed = true;
      for (const { line, offset } of fileBackward(file, isHere ? Math.min(size, before.sizeBytes) : size)) {
        if (line !== '') yield { line, at: { inode, sizeBytes: offset } };
      }
    } finally {
      closeSync(file);
    }
  }
}

function* fileBackward(file: number, end: number): Generator<{ readonly line: string; readonly offset: number }> {
  let position = end;
  // Bytes, because a chunk may begin in the middle of a character.
  let rest = Buffer.alloc(0);
  while (position > 0) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, position));
    position -= chunk.length;
    readSync(file, chunk, 0, chunk.length, position);
    const bytes = Buffer.concat([chunk, rest]);
    let cut = bytes.length;
    for (let lineBreak = lastBreak(bytes, cut); lineBreak >= 0; lineBreak = lastBreak(bytes, cut)) {
      yield { line: bytes.toString('utf8', lineBreak + 1, cut), offset: position + lineBreak + 1 };
      cut = lineBreak;
    }
    rest = bytes.subarray(0, cut);
  }
  if (rest.length > 0) yield { line: rest.toString('utf8'), offset: 0 };
}

const lastBreak = (bytes: Buffer, end: number) => (end === 0 ? -1 : bytes.lastIndexOf(10, end - 1));

export function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
