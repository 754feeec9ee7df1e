import { statfsSync, statSync } from 'node:fs';
import type { FileSizes } from './protocol.ts';

const MAX_AGE_MS = 1000;

/** Watches the free space of a directory and the size of the log, looking at most once a second. */
export class DiskGauge {
  readonly #dir: string;
  readonly #eventsFile: string;
  readonly #lowBytes: number;
  #readAt = Number.NEGATIVE_INFINITY;
  #low = false;
  #sizes: FileSizes = { fileBytes: 0, walBytes: 0 };

  constructor(dir: string, eventsFile: string, lowBytes: number) {
    this.#dir = dir;
    this.#eventsFile = eventsFile;
    this.#lowBytes = lowBytes;
  }

  isLow(): boolean {
    this.#refresh();
    return this.#low;
  }

  sizes(): FileSizes {
    this.#refresh();
    return this.#sizes;
  }

  #refresh(): void {
    const now = performance.now();
    if (now - this.#readAt < MAX_AGE_MS) return;
    this.#readAt = now;
    const { bavail, bsize } = statfsSync(this.#dir);
    this.#low = bavail * bsize < this.#lowBytes;
    this.#sizes = { fileBytes: sizeOf(this.#eventsFile), walBytes: sizeOf(`${this.#eventsFile}-wal`) };
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
