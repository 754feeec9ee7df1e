/** How long a log takes from a state directory into a database and back into another directory, where it must be the same to the byte. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@openclaw-gateway/db/postgres/connection';
import { type Moved, moveFromDatabase, moveToDatabase } from '@openclaw-gateway/db/postgres/move';
import { hashAt } from '@openclaw-gateway/db/postgres/shared-log';
import { openReadOnly } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import type { PostgresServer } from '../../packages/db/src/testing/postgres.ts';
import { makeHistory } from '../log/history.ts';
import type { Result } from '../report.ts';

export async function measureMove(server: PostgresServer, events: number): Promise<Result[]> {
  const url = await server.database('moved');
  using history = makeHistory(events);
  const back = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  try {
    const there = await timed(() => moveToDatabase({ dir: history.dir, url }));
    checkSame(there.moved, inDirectory(history.dir), 'the directory it came from');
    checkSame(there.moved, await inDatabase(url), 'the database');
    const home = await timed(() => moveFromDatabase({ dir: back, url }));
    checkSame(home.moved, await inDatabase(url), 'the database it came from');
    checkSame(home.moved, inDirectory(back), 'the directory');
    return [...figures('SQLite to PostgreSQL', there), ...figures('PostgreSQL to SQLite', home)];
  } finally {
    rmSync(back, { recursive: true });
  }
}

type Timed = { readonly moved: Moved; readonly seconds: number };

async function timed(move: () => Promise<Moved>): Promise<Timed> {
  const startedAt = performance.now();
  const moved = await move();
  return { moved, seconds: (performance.now() - startedAt) / 1000 };
}

function figures(way: string, { moved: { events }, seconds }: Timed): Result[] {
  return [
    { name: `${way}, ${events.toLocaleString('en')} events`, value: seconds, unit: 's' },
    { name: `${way}, events a second`, value: events / seconds, unit: '/s' },
  ];
}

function checkSame(moved: Moved, found: Moved, where: string): void {
  if (moved.events !== found.events || moved.hash !== found.hash)
    throw new Error(`${where} has ${JSON.stringify(found)}, moved were ${JSON.stringify(moved)}`);
}

function inDirectory(dir: string): Moved {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  try {
    const events = db.prepare<[], number>('SELECT count(*) FROM events').pluck().get() ?? 0;
    return {
      events,
      hash: db.prepare<[number], string>('SELECT lower(hex(hash)) FROM events WHERE position = ?').pluck().get(events) ?? '',
    };
  } finally {
    db.close();
  }
}

/** What the rows are, and not what the head says of them. */
async function inDatabase(url: string): Promise<Moved> {
  const client = await connect(url, 'bench');
  try {
    const { rows } = await client.query<{ events: number }>('SELECT count(*) AS events FROM openclaw.events');
    const events = rows[0]?.events ?? 0;
    return { events, hash: Buffer.from((await hashAt(client, events)) ?? []).toString('hex') };
  } finally {
    await client.end();
  }
}
