/** Reads the log files forwards, in a thread of its own: all lines that belong to the entries that fit. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { rotatedPath } from './log-file.ts';
import { CHUNK_BYTES, type EntryFilter, fitting, isFirst, MOST_BELOW, open } from './log-page-scan.ts';

/** Of each entry, the oldest first, its lines as they stand in the files; none where it does not fit. */
export function* scanEntries(path: string, filter: EntryFilter): Generator<readonly string[]> {
  const entryOf = fitting(filter);
  for (const { file, sizeBytes } of openAll(path).reverse()) {
    for (const whole of entries(linesForward(file, sizeBytes))) yield entryOf(whole) ? whole : [];
    closeSync(file);
  }
}

function* entries(lines: Iterable<string>): Generator<readonly string[]> {
  let whole: string[] = [];
  for (const line of lines) {
    if (line === '') continue;
    if (whole.length > 0 && (isFirst(line) || whole.length > MOST_BELOW)) {
      yield whole;
      whole = [];
    }
    whole.push(line);
  }
  if (whole.length > 0) yield whole;
}

type Opened = { readonly file: number; readonly inode: number; readonly sizeBytes: number };

/** All files, the current one first. They are opened before any is read: by then their names may be those of others. */
function openAll(path: string): Opened[] {
  const opened: Opened[] = [];
  for (let age = 0; ; age++) {
    const file = open(age === 0 ? path : rotatedPath(path, age));
    if (file === undefined) return opened;
    const { ino: inode, size: sizeBytes } = fstatSync(file);
    // It was set aside meanwhile.
    if (opened.some((other) => other.inode === inode)) closeSync(file);
    else opened.push({ file, inode, sizeBytes });
  }
}

function* linesForward(file: number, end: number): Generator<string> {
  // Bytes, because a chunk may end in the middle of a character.
  let rest = Buffer.alloc(0);
  for (let position = 0; position < end; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, end - position));
    const readBytes = readSync(file, chunk, 0, chunk.length, position);
    if (readBytes === 0) break;
    position += readBytes;
    const bytes = Buffer.concat([rest, chunk.subarray(0, readBytes)]);
    let from = 0;
    for (let lineBreak = bytes.indexOf(10); lineBreak >= 0; lineBreak = bytes.indexOf(10, from)) {
      yield bytes.toString('utf8', from, lineBreak);
      from = lineBreak + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
