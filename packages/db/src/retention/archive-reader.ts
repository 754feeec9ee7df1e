/** Finds the bodies of archived events in their segments. A segment is unpacked once and kept while it is among the last used. */
import { join } from 'node:path';
import type { Connection } from '../sqlite/connection.ts';
import { LruMap } from '../sqlite/lru.ts';
import { readSegment, type SegmentBody } from './segment.ts';

const KNOWN_SEGMENTS = 2;

type Row = { readonly file: string; readonly sha256: Buffer };

export class ArchiveReader {
  readonly #dir: string;
  readonly #find;
  readonly #known = new LruMap<string, ReadonlyMap<number, SegmentBody>>(KNOWN_SEGMENTS);

  /** `dir`: where the segments lie. */
  constructor(events: Connection, dir: string) {
    this.#dir = dir;
    this.#find = events.prepare<[number, number], Row>(
      'SELECT file, sha256 FROM segments WHERE first <= ? AND last >= ? ORDER BY first DESC',
    );
  }

  /** The stored bytes of an event, or `undefined` when they are kept nowhere. Throws `LOG_CORRUPT` when the file was changed. */
  body(position: number): SegmentBody | undefined {
    const found = this.#look(position);
    // A segment that was written anew between the look into the table and into the folder lies there under another name now.
    const again = found === 'missing' ? this.#look(position) : found;
    return again === 'missing' ? undefined : again;
  }

  #look(position: number): SegmentBody | 'missing' | undefined {
    let missing = false;
    for (const { file, sha256 } of this.#find.all(position, position)) {
      const bodies = this.#segment(file, sha256);
      const body = bodies?.get(position);
      if (body) return body;
      missing ||= bodies === undefined;
    }
    return missing ? 'missing' : undefined;
  }

  /** A file that was taken away is no damage: what was in it is no longer kept. */
  #segment(file: string, sha256: Buffer): ReadonlyMap<number, SegmentBody> | undefined {
    const name = `${file} ${sha256.toString('hex')}`;
    const known = this.#known.get(name);
    if (known) return known;
    try {
      const bodies = new Map(readSegment(join(this.#dir, file), sha256).map((body) => [body.position, body]));
      this.#known.set(name, bodies);
      return bodies;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
