/** What the server takes when nothing orders the events: rows of the log's columns, indexes and bytes, without chain and head. */
import { randomBytes } from 'node:crypto';
import { SALT_BYTES } from '@openclaw-gateway/db';
import { connect } from '@openclaw-gateway/db/postgres/connection';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { serialise } from '@openclaw-gateway/db/sqlite/wire';
import { requestOf } from '../log/request.ts';

const HASH_BYTES = 32;
const ID_BYTES = 16;
const INSERT = `INSERT INTO plain (position, stream_no, version, type, schema_version, time, event_id, metadata, data_hash, hash, data)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::bigint[], $7::bytea[], $8::text[], $9::bytea[],
                       $10::bytea[], $11::bytea[])`;

/** Inserts until its time is over, so many rows a transaction, one transaction after the other. */
export type PlainInserts = AsyncDisposable & { run(durationMs: number): Promise<{ readonly rows: number }> };

export async function openPlainInserts(url: string, batch: number): Promise<PlainInserts> {
  const client = await connect(url, 'bench');
  await client.query('CREATE TABLE plain (LIKE openclaw.events INCLUDING ALL)');
  const events = Array.from({ length: batch }, (_, id) => serialise(id, requestOf(`session/ses_${id}`), new Redactor([])).wire.events[0]);
  const bodies = events.flatMap((event) => (event ? [{ type: event[1], data: event[4], metadata: event[5] }] : []));
  const random = (bytes: number) => bodies.map(() => randomBytes(bytes));
  const columns = {
    streamNo: bodies.map((_, at) => at),
    type: bodies.map(({ type }) => type),
    schemaVersion: bodies.map(() => 1),
    eventId: random(ID_BYTES),
    metadata: bodies.map(({ metadata }) => metadata),
    hash: random(HASH_BYTES),
    data: bodies.map(({ data }) => Buffer.concat([randomBytes(SALT_BYTES), Buffer.from(data)])),
  };
  let position = 0;
  const insert = async () => {
    const positions = bodies.map((_, at) => position + at + 1);
    position += batch;
    const { streamNo, type, schemaVersion, eventId, metadata, hash, data } = columns;
    const time = bodies.map(() => Date.now());
    await client.query(INSERT, [positions, streamNo, positions, type, schemaVersion, time, eventId, metadata, hash, hash, data]);
  };
  return {
    run: async (durationMs) => {
      const before = position;
      const endsAt = performance.now() + durationMs;
      while (performance.now() < endsAt) await insert();
      return { rows: position - before };
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
