/**
 * What makes the log searchable without copying it. `chunks` says in which runs of 256 positions a value occurs, so an
 * event costs an index write only when it is the first with its value there; a reader skips from chunk to chunk and reads
 * the log itself. `counts` holds events per minute, hour and day, so that no list is ever counted.
 */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { defineProjection, tableName } from './define.ts';

const VERSION = 1;
export const CHUNKS_TABLE = tableName('explorer_chunks', VERSION);
export const COUNTS_TABLE = tableName('explorer_counts', VERSION);

export const CHUNK_SIZE = 256;

export const FACET = { type: 1, channel: 2, agent: 3, session: 4, correlation: 5 } as const;
export type Facet = keyof typeof FACET;

/** Widths of the counts, in milliseconds, the widest first. */
export const COUNT_WIDTHS_MS = [86_400_000, 3_600_000, 60_000] as const;

/** The chunk that holds a position; positions of chunk n are n × 256 to n × 256 + 255. */
export function chunkOf(position: number): number {
  return Math.floor(position / CHUNK_SIZE);
}

const MARK = `INSERT INTO ${CHUNKS_TABLE} (facet, value, chunk) SELECT ?, ?, ? WHERE ? > 0 ON CONFLICT DO NOTHING`;
const COUNT = `INSERT INTO ${COUNTS_TABLE} (width_ms, bucket, type, channel, agent, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET events = events + excluded.events`;

export const ExplorerProjection = defineProjection({
  name: 'explorer',
  version: VERSION,
  handles: 'all',
  tables: [
    `CREATE TABLE ${CHUNKS_TABLE} (
       facet INTEGER NOT NULL,
       value TEXT NOT NULL,
       chunk INTEGER NOT NULL,
       PRIMARY KEY (facet, value, chunk)
     ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${COUNTS_TABLE} (
       width_ms INTEGER NOT NULL,
       bucket INTEGER NOT NULL,
       type TEXT NOT NULL,
       channel TEXT NOT NULL,
       agent TEXT NOT NULL,
       events INTEGER NOT NULL,
       PRIMARY KEY (width_ms, bucket, type, channel, agent)
     ) STRICT, WITHOUT ROWID`,
  ],
  apply: (tx, event) => {
    const chunk = chunkOf(event.position);
    for (const [facet, value] of facetsOf(event)) tx.tally(MARK, FACET[facet], value, chunk);
    const { channel = '', agentId = '' } = event.metadata;
    for (const widthMs of COUNT_WIDTHS_MS) tx.tally(COUNT, widthMs, Math.floor(event.time / widthMs), event.type, channel, agentId);
  },
  // Ids and names of types, channels and agents only: nothing here is about a person.
  erase: () => {},
});

function facetsOf({ type, metadata }: StoredEvent): [Facet, string][] {
  const facets: [Facet, string][] = [['type', type]];
  if (metadata.channel !== undefined) facets.push(['channel', metadata.channel]);
  if (metadata.agentId !== undefined) facets.push(['agent', metadata.agentId]);
  if (metadata.sessionId !== undefined) facets.push(['session', metadata.sessionId]);
  if (metadata.correlationId !== undefined) facets.push(['correlation', metadata.correlationId]);
  return facets;
}
