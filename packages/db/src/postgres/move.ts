/**
 * Moves a log between a state directory and a database, byte for byte: positions, times, salts, sealed parts and hashes stay as they are, so that
 * the chain's head is the same on both sides and old checkpoints and witnesses still hold. What it is moved from takes nothing more.
 */
import { mkdirSync } from 'node:fs';
import { GatewayLogMoved } from '@openclaw-gateway/events/catalog/gateway';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { newId } from '@openclaw-gateway/events/ids';
import type pg from 'pg';
import { type ChainedRow, verifyChain } from '../chain.ts';
import { Redactor } from '../redact/redactor.ts';
import { type KeyRow, SubjectKeys } from '../sealing/subject-keys.ts';
import { openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { loadKeys, markMoved } from '../sqlite/keys.ts';
import { takeLock } from '../sqlite/lock.ts';
import type { WireRequest } from '../sqlite/protocol.ts';
import { LogReader } from '../sqlite/reads.ts';
import { serialise } from '../sqlite/wire.ts';
import { LogWriter } from '../sqlite/writer.ts';
import { connect, databaseError, isAnswer, isLost, migrate } from './connection.ts';
import { SharedKeys } from './shared-keys.ts';
import { appendShared, lockHead, readRows } from './shared-log.ts';
import { shareSecrets } from './shared-secrets.ts';
import { type Remembered, storeRows } from './store-rows.ts';

const PAGE = 1000;

/** `hash`: the chain's at the last event, on both sides. */
export type Moved = { readonly events: number; readonly hash: string };
export type MoveOptions = {
  /** Where the databases of the state directory lie. */
  readonly dir: string;
  readonly url: string;
  readonly onProgress?: (events: number) => void;
};

type Tip = { readonly position: number; readonly hash: Uint8Array };

/**
 * Brings the log of a state directory on which no gateway runs into a database. Goes on where an earlier attempt ended. Rejects with
 * `LOG_LOCKED`, `LOG_MISMATCH` when the database holds another log, `LOG_CORRUPT`, `DATABASE_UNAVAILABLE`.
 */
export async function moveToDatabase(options: MoveOptions): Promise<Moved> {
  return await withBoth(options, async ({ client, db, keys, keysFile, isEmpty }) => {
    const { url, onProgress } = options;
    await shareSecrets(client, keysFile, isEmpty);
    await client.query('UPDATE openclaw.log_head SET moved_to = NULL');
    const log = new LogWriter(db, keys);
    const reader = new LogReader(db);
    try {
      let tip = await headOf(client);
      checkSame(tip, tip.position === 0 ? tip.hash : reader.hashAt(tip.position));
      if (tip.position < log.head || log.head === 0) log.append([movedRequest(keysFile, 'SQLite', placeOf(url))]);
      const rows = keys.all();
      await client.query(
        `INSERT INTO openclaw.subject_keys (subject, key, created_at) SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[])
         ON CONFLICT (subject) DO UPDATE SET key = excluded.key, created_at = excluded.created_at`,
        [rows.map(({ subject }) => subject), rows.map(({ key }) => key), rows.map(({ createdAt }) => createdAt)],
      );
      for (const page of pages(reader.chain(tip.position))) {
        tip = await storePage(client, tip, page);
        onProgress?.(tip.position);
      }
      await rememberAll(client, db.prepare<[], Remembered>('SELECT key, position, count, request_hash FROM idempotency').all());
      markMoved(keysFile, placeOf(url));
      return { events: tip.position, hash: Buffer.from(tip.hash).toString('hex') };
    } finally {
      reader.close();
    }
  });
}

/**
 * Brings the log of a database into a state directory that is empty or has a copy of it; from then on no instance can add to the one in the
 * database. Rejects like `moveToDatabase`.
 */
export async function moveFromDatabase(options: MoveOptions): Promise<Moved> {
  return await withBoth(options, async ({ client, db, keys, keysFile, isEmpty }) => {
    const { url, onProgress } = options;
    await shareSecrets(client, keysFile, isEmpty);
    const copy = new LogWriter(db, keys);
    const isLast = await isMoved(client);
    if (!isLast) await appendShared(client, new SharedKeys(keys), [movedRequest(keysFile, placeOf(url), 'SQLite')]);
    // What instances add until then is copied too; with the head locked nobody adds anything.
    for (;;) {
      const rows = await readRows(client, copy.head, PAGE);
      copy.copy(rows);
      onProgress?.(copy.head);
      if (rows.length === PAGE) continue;
      const head = await lockHead(client);
      if (head.position > copy.head) {
        await client.query('ROLLBACK');
        continue;
      }
      checkSame(head, copy.hash);
      // What is left to be done with the head locked may take a while.
      await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      await client.query('SET LOCAL statement_timeout = 0');
      await client.query('UPDATE openclaw.log_head SET moved_to = $1', ['SQLite']);
      break;
    }
    const { rows } = await client.query<KeyRow>('SELECT subject, key, created_at AS "createdAt" FROM openclaw.subject_keys');
    keys.adopt(rows);
    const remembered = await client.query<Remembered>('SELECT key, position, count, request_hash FROM openclaw.idempotency');
    const insert = db.prepare<[string, number, number, string]>(
      'INSERT INTO idempotency (key, position, count, request_hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    db.transaction(() => {
      for (const { key, position, count, request_hash } of remembered.rows) insert.run(key, position, count, request_hash);
    }).immediate();
    // Only now that everything is here: what fails before leaves the log where it was.
    await client.query('COMMIT');
    markMoved(keysFile, undefined);
    return { events: copy.head, hash: Buffer.from(copy.hash).toString('hex') };
  });
}

type Both = {
  readonly client: pg.Client;
  readonly db: ReturnType<typeof openWritable>;
  readonly keys: SubjectKeys;
  readonly keysFile: string;
  readonly isEmpty: boolean;
};

async function withBoth({ dir, url }: MoveOptions, act: (both: Both) => Promise<Moved>): Promise<Moved> {
  const files = stateFiles(dir);
  await using stack = new AsyncDisposableStack();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  stack.defer(takeLock(files.lock));
  const client = await connect(url, 'move');
  stack.defer(() => client.end().catch(() => undefined));
  await migrate(client);
  const db = stack.adopt(openWritable(files.events, EVENTS_FILE), (open) => void open.close());
  const isEmpty = db.prepare('SELECT 1 FROM events LIMIT 1').get() === undefined;
  const keys = stack.adopt(new SubjectKeys(files.keys), (open) => open.close());
  try {
    return await act({ client, db, keys, keysFile: files.keys, isEmpty });
  } catch (error) {
    throw isAnswer(error) || isLost(error) ? databaseError(error) : error;
  }
}

/** Where a log is, without who may get in. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

function movedRequest(keysFile: string, from: string, to: string): WireRequest {
  const { gatewayId } = loadKeys(keysFile);
  const event = { ...GatewayLogMoved.create({ from, to }), id: newId('event') };
  return serialise(1, { events: [{ streamId: `gateway/${gatewayId}`, event }] }, new Redactor([])).wire;
}

async function isMoved(client: pg.Client): Promise<boolean> {
  const head = await lockHead(client);
  await client.query('ROLLBACK');
  return head.moved_to !== null;
}

async function headOf(client: pg.Client): Promise<Tip> {
  const head = await lockHead(client);
  await client.query('ROLLBACK');
  return head;
}

function checkSame({ position, hash }: Tip, own: Uint8Array | undefined): void {
  if (!own || Buffer.compare(own, hash) !== 0) throw new GatewayError('LOG_MISMATCH', { details: { position } });
}

async function storePage(client: pg.Client, tip: Tip, rows: readonly ChainedRow[]): Promise<Tip> {
  const verdict = verifyChain(rows, tip);
  if (!verdict.ok) throw new GatewayError('LOG_CORRUPT', { details: { position: verdict.position, reason: verdict.reason } });
  const head = await lockHead(client);
  if (head.position !== tip.position) throw new GatewayError('LOG_MISMATCH', { details: { position: head.position } });
  await Promise.all([storeRows(client, { rows, remembered: [] }), client.query('COMMIT')]);
  return rows.at(-1) ?? tip;
}

async function rememberAll(client: pg.Client, remembered: readonly Remembered[]): Promise<void> {
  for (let at = 0; at < remembered.length; at += PAGE) {
    const rows = remembered.slice(at, at + PAGE);
    await client.query(
      `INSERT INTO openclaw.idempotency (key, position, count, request_hash) SELECT * FROM unnest($1::text[], $2::bigint[], $3::int[], $4::text[])
       ON CONFLICT DO NOTHING`,
      [
        rows.map(({ key }) => key),
        rows.map(({ position }) => position),
        rows.map(({ count }) => count),
        rows.map((row) => row.request_hash),
      ],
    );
  }
}

function* pages<T>(items: Iterable<T>): Generator<T[]> {
  let page: T[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
