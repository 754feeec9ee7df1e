/** Connections to the shared database: the only place that opens them. */
import { Socket } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events/errors';
import pg from 'pg';
import { MIGRATIONS } from './schema.ts';

const CONNECT_MS = 5000;
/** Longer than any statement waits for a lock. */
const SILENT_MS = 4000;
const GOODBYE_MS = 500;
const FIRST_PROBE_MS = 10_000;
/** Shut down, out of connections, broken, or idle in a transaction for too long. */
const ENDS_CONNECTION = /^(57P0|08|53|25P03)/;
const INT8 = pg.types.builtins.INT8;
/** Keeps two instances that start at once from migrating both. */
const MIGRATION_LOCK = 0x6f636577;

/** Positions are far below 2^53: they are numbers here and not texts. */
const types = { getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) };

/** A connection that was given up, since nothing came from the database for too long. */
export class Silence extends Error {
  constructor() {
    super(`The database did not answer within ${SILENT_MS / 1000} s.`);
  }
}

/** Connects. Rejects with `DATABASE_UNAVAILABLE` when nobody answers in 5 s or the database refuses. */
export async function connect(url: string, purpose: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `openclaw ${purpose}`,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: FIRST_PROBE_MS,
    pipeline: true,
    types,
  });
  // A connection that is lost is noticed by who next uses it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await hangUp(client);
    throw databaseError(error);
  }
}

/**
 * From now on the connection is lost once nothing came or went for four seconds, and what was asked rejects with `Silence`: where a network drops
 * everything, one would else wait for a quarter of an hour. For connections on which something is asked each second.
 */
export function loseWhenSilent(client: pg.Client): void {
  const { stream } = client.connection;
  if (stream instanceof Socket) stream.setTimeout(SILENT_MS).on('timeout', () => stream.destroy(new Silence()));
}

/** The connection may be silent again, for as long as it likes. */
export function letBeSilent(client: pg.Client): void {
  const { stream } = client.connection;
  if (stream instanceof Socket) stream.setTimeout(0);
}

/** Ends the connection in good order, or without when nobody answers. */
export async function hangUp(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** Whether there is a pooler in between, which shares connections between clients: the server is another than the one that greeted. */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid !== (client as { readonly processID?: number }).processID;
}

/** Makes the tables or brings them up to date. Rejects with `LOG_TOO_NEW` when a newer program did. */
export async function migrate(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS openclaw');
    await client.query('CREATE TABLE IF NOT EXISTS openclaw.schema_version (version int NOT NULL)');
    const { rows } = await client.query<{ version: number }>('SELECT version FROM openclaw.schema_version');
    const version = rows[0]?.version ?? 0;
    if (version > MIGRATIONS.length) throw new GatewayError('LOG_TOO_NEW', { details: { version, known: MIGRATIONS.length } });
    for (const statements of MIGRATIONS.slice(version)) for (const statement of statements) await client.query(statement);
    if (version < MIGRATIONS.length) {
      await client.query('DELETE FROM openclaw.schema_version');
      await client.query('INSERT INTO openclaw.schema_version VALUES ($1)', [MIGRATIONS.length]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error instanceof GatewayError ? error : databaseError(error);
  }
}

/** What a failure of the database is to whoever waits. */
export function databaseError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('DATABASE_UNAVAILABLE', {
    details: { cause: error instanceof Error ? error.message || error.name : String(error) },
    cause: error,
  });
}

/** Whether the database refused a statement: the connection goes on, and nothing was done. */
export function isAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !ENDS_CONNECTION.test(error.code ?? '');
}

/** Whether the connection is gone: nobody knows what became of the last statement. */
export function isLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return ENDS_CONNECTION.test(error.code ?? '');
  if (error instanceof Silence) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    (code !== undefined && /^E[A-Z]+$/.test(code)) ||
    /connection (terminated|error)|client was closed|not queryable|timeout/i.test(error.message)
  );
}
