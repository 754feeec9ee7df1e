/** How far each destination has what was exported to it. Written after every delivery, so nothing is passed over after a crash. */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** So many destinations are remembered; one that comes back later begins anew. */
const MAX_DESTINATIONS = 20;

export type Cursor = {
  readonly position: number;
  /** What the destination wants to know of its own last delivery. */
  readonly mark?: Readonly<Record<string, number>>;
};

type Entries = readonly (readonly [destination: string, cursor: Cursor])[];

export class CursorFile {
  readonly #path: string;
  readonly #destination: string;

  constructor(path: string, destination: string) {
    this.#path = path;
    // An address may hold credentials.
    this.#destination = hash('sha256', destination);
  }

  /** Position 0 where nothing was delivered yet. Throws when there is a file that cannot be read: to begin anew would send everything twice. */
  load(): Cursor {
    return this.#read().find(([destination]) => destination === this.#destination)?.[1] ?? { position: 0 };
  }

  save(cursor: Cursor): void {
    const others = this.#read().filter(([destination]) => destination !== this.#destination);
    const entries: Entries = [...others.slice(-(MAX_DESTINATIONS - 1)), [this.#destination, cursor]];
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const next = `${this.#path}.next`;
    writeFileSync(next, JSON.stringify(entries), { mode: 0o600, flush: true });
    renameSync(next, this.#path);
  }

  #read(): Entries {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Entries;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
