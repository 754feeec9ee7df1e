/** What the disk gives and what the gateway takes of it. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './statistics.ts';

const BLOCK = Buffer.alloc(4096, 1);
const SYNCS = 300;

/** F: how often a second 4 KiB can be appended and brought to the disk that state directories are on; the median of five. */
export function syncsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  try {
    return median(Array.from({ length: 5 }, (_, index) => measureOnce(join(folder, String(index)))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measureOnce(path: string): number {
  const file = openSync(path, 'a');
  const startedAt = performance.now();
  for (let count = 0; count < SYNCS; count++) {
    writeSync(file, BLOCK);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  closeSync(file);
  return SYNCS / seconds;
}

/** Bytes that the process caused to be written to disk since it started. */
export function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Memory of the process that is in RAM, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The sum of all file sizes below a folder. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
