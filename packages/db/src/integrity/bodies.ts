/** What became of the bodies that are no longer in the log. The log's own events say so, and those are under the chain. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import { leafHash, SALT_BYTES } from '../chain.ts';
import { ArchiveReader } from '../retention/archive-reader.ts';
import type { SegmentBody } from '../retention/segment.ts';
import type { Connection } from '../sqlite/connection.ts';

/**
 * `archived`: it lies in a segment and is what was written. `changed`: it lies there and is not. `away`: an event says that
 * it was archived, but the segment is not here. `removed`: its time was over, as an event says. `unexplained`: none of these.
 */
export type Whereabouts = 'archived' | 'changed' | 'away' | 'removed' | 'unexplained';

type Range = { readonly first: number; readonly last: number };

export class MissingBodies {
  readonly #archive: ArchiveReader;
  readonly #archived: readonly Range[];
  readonly #contentBefore: number;
  readonly #debugBefore: number;

  /** `segmentsDir`: where archived segments lie. */
  constructor(db: Connection, segmentsDir: string) {
    this.#archive = new ArchiveReader(db, segmentsDir);
    this.#archived = this.#evidence(db, 'data.archived').map((data) => ({ first: data['first'] ?? 0, last: data['last'] ?? 0 }));
    const retained = this.#evidence(db, 'data.retained');
    this.#contentBefore = Math.max(0, ...retained.map((data) => data['contentBefore'] ?? 0));
    this.#debugBefore = Math.max(0, ...retained.map((data) => data['debugBefore'] ?? 0));
  }

  /** `time` in milliseconds since 1970, the hash in lowercase hex. */
  find(event: { readonly position: number; readonly type: string; readonly time: number; readonly dataHash: string }): Whereabouts {
    const { position } = event;
    const body = this.#archivedBody(position);
    if (body === 'unreadable') return 'changed';
    if (body) return isWhole(body, event.dataHash) ? 'archived' : 'changed';
    const retention = eventDefinition(event.type)?.retention;
    if (retention === 'content' && event.time < this.#contentBefore) return 'removed';
    if (retention === 'debug' && event.time < this.#debugBefore) return 'removed';
    return this.#archived.some(({ first, last }) => position >= first && position <= last) ? 'away' : 'unexplained';
  }

  #archivedBody(position: number) {
    try {
      return this.#archive.body(position);
    } catch {
      return 'unreadable';
    }
  }

  #evidence(db: Connection, type: string): Record<string, number>[] {
    const rows = db
      .prepare<[string], { position: number; json: string | null }>(
        `SELECT e.position, CAST(substr(e.data, ${SALT_BYTES + 1}) AS TEXT) AS json
         FROM streams s JOIN events e ON e.stream_no = s.stream_no JOIN event_types t ON t.type_no = e.type_no
         WHERE s.stream_id = 'data' AND t.type = ?`,
      )
      .all(type);
    return rows.flatMap(({ position, json }) => {
      const archived = json === null ? this.#archivedBody(position) : undefined;
      const text = archived && archived !== 'unreadable' ? archived.data.subarray(SALT_BYTES).toString() : json;
      return text === null ? [] : [readNumbers(text)];
    });
  }
}

/** The same bytes cut elsewhere have the same hash; JSON has no zero byte. */
function isWhole({ data, sealed }: SegmentBody, dataHash: string): boolean {
  return !data.includes(0, SALT_BYTES) && leafHash(data, sealed).toString('hex') === dataHash;
}

/** What was tampered with may be anything; that it was is found where its hash is checked. */
function readNumbers(json: string): Record<string, number> {
  try {
    return JSON.parse(json) as Record<string, number>;
  } catch {
    return {};
  }
}
