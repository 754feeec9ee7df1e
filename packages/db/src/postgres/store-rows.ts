/** The one statement that writes events into the database. */
import type pg from 'pg';
import type { ChainedRow } from '../chain.ts';
import { bigintArray, byteaArray, intArray, textArray } from './arrays.ts';

/** A key that an append was made under. */
export type Remembered = { readonly key: string; readonly position: number; readonly count: number; readonly request_hash: string };

const STORE = `
  WITH touched AS (
    INSERT INTO openclaw.streams (stream_id, version) SELECT * FROM unnest($1::text[], $2::bigint[])
    ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version RETURNING stream_no, stream_id
  ), stored AS (
    INSERT INTO openclaw.events (position, stream_no, version, type, schema_version, time, event_id, metadata, data_hash, hash, data, sealed)
    SELECT e.position, touched.stream_no, e.version, e.type, e.schema_version, e.time, e.event_id, e.metadata, e.data_hash, e.hash, e.data, e.sealed
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::int[], $8::bigint[], $9::bytea[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[])
      AS e (position, stream_id, version, type, schema_version, time, event_id, metadata, data_hash, hash, data, sealed)
    JOIN touched USING (stream_id)
  ), remembered AS (
    INSERT INTO openclaw.idempotency (key, position, count, request_hash) SELECT * FROM unnest($15::text[], $16::bigint[], $17::int[], $18::text[])
  ), moved AS (
    UPDATE openclaw.log_head SET position = $19::bigint, time = $20, hash = $21 WHERE id = 1
  )
  SELECT pg_notify('openclaw_log', ($19::bigint)::text)`;

/** Stores events that follow the head, which the caller has locked, moves it to the last of them, and tells everyone at the commit. */
export async function storeRows(
  client: pg.Client,
  { rows, remembered }: { readonly rows: readonly ChainedRow[]; readonly remembered: readonly Remembered[] },
): Promise<void> {
  const last = rows.at(-1);
  if (!last) return;
  const versions = new Map(rows.map(({ streamId, version }) => [streamId, version]));
  await client.query(STORE, [
    textArray([...versions.keys()]),
    bigintArray([...versions.values()]),
    bigintArray(rows.map(({ position }) => position)),
    textArray(rows.map(({ streamId }) => streamId)),
    bigintArray(rows.map(({ version }) => version)),
    textArray(rows.map(({ type }) => type)),
    intArray(rows.map(({ schemaVersion }) => schemaVersion)),
    bigintArray(rows.map(({ time }) => time)),
    byteaArray(rows.map(({ eventId }) => eventId)),
    textArray(rows.map(({ metadata }) => metadata)),
    byteaArray(rows.map(({ dataHash }) => dataHash)),
    byteaArray(rows.map(({ hash }) => hash)),
    byteaArray(rows.map(({ data }) => data)),
    byteaArray(rows.map(({ sealed = null }) => sealed)),
    textArray(remembered.map(({ key }) => key)),
    bigintArray(remembered.map(({ position }) => position)),
    intArray(remembered.map(({ count }) => count)),
    textArray(remembered.map((row) => row.request_hash)),
    last.position,
    last.time,
    last.hash,
  ]);
}
