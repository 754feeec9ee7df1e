/**
 * The log file and its predecessors: `gateway.log` is the current one, `gateway.1.log` the one before, and so on.
 * It runs in the logger's worker thread, where writing synchronously holds up nobody.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { Writable } from 'node:stream';

type LogFileOptions = {
  readonly path: string;
  readonly maxSizeBytes: number;
  /** The current file included. */
  readonly maxFiles: number;
};

/** The path of the n-th file before the current one. @example rotatedPath('/l/gateway.log', 1) // '/l/gateway.1.log' */
export function rotatedPath(path: string, age: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.${age}${extension}`;
}

// pino loads a transport by its default export.
export default function openLogFile(options: LogFileOptions): Writable {
  mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
  let descriptor = openSync(options.path, 'a', 0o600);
  let sizeBytes = fstatSync(descriptor).size;

  const write = (chunk: Buffer) => {
    if (sizeBytes > 0 && sizeBytes + chunk.length > options.maxSizeBytes) {
      closeSync(descriptor);
      rotate(options);
      descriptor = openSync(options.path, options.maxFiles > 1 ? 'a' : 'w', 0o600);
      sizeBytes = 0;
    }
    let written = 0;
    while (written < chunk.length) written += writeSync(descriptor, chunk, written);
    sizeBytes += chunk.length;
  };

  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      try {
        write(chunk);
        done();
      } catch (error) {
        // A full disk loses lines, not the logger.
        process.stderr.write(`openclaw: the log cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
        done();
      }
    },
    final(done) {
      closeSync(descriptor);
      done();
    },
  });
}

function rotate({ path, maxFiles }: LogFileOptions): void {
  for (let age = maxFiles - 1; age >= 1; age--) {
    const younger = age === 1 ? path : rotatedPath(path, age - 1);
    try {
      renameSync(younger, rotatedPath(path, age));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
