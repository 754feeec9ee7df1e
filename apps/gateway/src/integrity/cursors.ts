/** How far each witness has the checkpoints. Written after each delivery, so that none is passed over after a crash. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** So many witnesses are remembered; one that comes back later begins anew. */
const MAX_WITNESSES = 20;

export class Cursors {
  readonly #path: string;
  #cursors: Map<string, number> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** The size of the largest checkpoint that a witness has. */
  async get(destination: string): Promise<number | undefined> {
    return (await this.#load()).get(destination);
  }

  /** Resolves once it is on the disk. */
  async set(destination: string, size: number): Promise<void> {
    const cursors = await this.#load();
    cursors.delete(destination);
    cursors.set(destination, size);
    for (const oldest of [...cursors.keys()].slice(0, -MAX_WITNESSES)) cursors.delete(oldest);
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write(JSON.stringify([...cursors])));
    await this.#writing;
  }

  /** A file that cannot be read is no reason to publish nothing: a witness then gets checkpoints twice. */
  async #load(): Promise<Map<string, number>> {
    if (this.#cursors) return this.#cursors;
    const text = await readFile(this.#path, 'utf8').catch(() => '[]');
    this.#cursors ??= new Map(parse(text));
    return this.#cursors;
  }

  async #write(text: string): Promise<void> {
    const next = `${this.#path}.next`;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
  }
}

function parse(text: string): (readonly [string, number])[] {
  try {
    return JSON.parse(text) as (readonly [string, number])[];
  } catch {
    return [];
  }
}
