/** What somebody can do to the file of a log who owns the machine, and what a check says to it. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAIN_START, chainHash, leafHash } from '../chain.ts';
import { openStore } from '../open.ts';
import { type Connection, openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE } from '../sqlite/files.ts';
import { messageFlow } from '../testing/flows.ts';
import { Checkpointer } from './checkpointer.ts';
import { createSigner, findCheckpoints, parseVerifierKey } from './note.ts';
import { LogTree } from './tree.ts';
import { type Found, type VerifyResult, verdictOf } from './verdict.ts';
import { readVerifierKey } from './verifier-key.ts';
import { type Part, Verification } from './verify.ts';

const MESSAGES = 110;
/** A checkpoint after so many messages: at 13 events each, one for each 130 events. */
const MESSAGES_A_CHECKPOINT = 10;
const BAD = 700;

const scratch = mkdtempSync(join(tmpdir(), 'openclaw-tamper-'));
const original = join(scratch, 'original');
let sizes: number[] = [];
let head = 0;
let verifierKey = '';

beforeAll(async () => {
  const store = await openStore({ dir: original, diskLowBytes: 0 });
  const sessions = Array.from({ length: 7 }, () => newId('session'));
  const notes: string[] = [];
  store.checkpoints.onMade(({ note }) => notes.push(note));
  for (let message = 1; message <= MESSAGES; message++) {
    for (const { events } of messageFlow(sessions[message % 7] ?? '', { outcome: 'delivered_after_retry' }).commits) {
      const owned = events.map((item) => ({ ...item, metadata: { ...item.metadata, subject: 'sub_someone' } }));
      await store.log.append({ events: owned });
    }
    if (message % MESSAGES_A_CHECKPOINT === 0) await store.checkpoints.make();
  }
  head = store.log.head();
  verifierKey = store.checkpoints.verifierKey;
  sizes = (await store.checkpoints.list({ after: 0, limit: 1000 })).map(({ size }) => size);
  await store.close();
  writeFileSync(join(scratch, 'witness'), notes.join('\n'));
}, 60_000);

afterAll(() => rmSync(scratch, { recursive: true }));

describe('a log that nobody touched', () => {
  test('verifies whole, with and without a witness', () => {
    const whole = { ok: true, from: 1, to: head, checkpoints: sizes.length, checkpointedTo: head };
    expect(check(tampered(() => undefined))).toMatchObject(whole);
    const { limits, ...witnessed } = check(
      tampered(() => undefined),
      { witness: true },
    );
    expect(witnessed).toMatchObject({ ...whole, witnessed: sizes.length, witnessedTo: head });
    expect(limits).toEqual([]);
  });
});

describe('a row of the log', () => {
  const hash = `x'${'11'.repeat(32)}'`;
  const changes: readonly (readonly [column: string, set: string, reason: string, position?: number])[] = [
    ['position', 'position = 1000000', 'missing'],
    ['stream', 'stream_no = stream_no % 7 + 1, version = 1000', 'chain_broken'],
    ['version', 'version = 1000', 'chain_broken'],
    ['type', 'type_no = type_no % 3 + 1', 'chain_broken'],
    ['schema version', 'schema_version = 2', 'chain_broken'],
    ['time', 'time = time + 1', 'chain_broken'],
    ['event id', `event_id = x'${'11'.repeat(16)}'`, 'chain_broken'],
    ['event id, made longer', `event_id = x'${'11'.repeat(17)}'`, 'chain_broken'],
    ['metadata', `metadata = replace(metadata, '"', ' "')`, 'chain_broken'],
    ['data hash', `data_hash = ${hash}`, 'data_changed'],
    ['hash', `hash = ${hash}`, 'chain_broken'],
    ['hash, made shorter', `hash = x'11'`, 'chain_broken'],
    ['data', `data = CAST(data || ' ' AS BLOB)`, 'data_changed'],
    ['sealed part', `sealed = CAST(coalesce(sealed, x'') || x'00' AS BLOB)`, 'data_changed'],
    ['sealed part, taken out', 'sealed = NULL', 'data_changed'],
    [
      'border between data and sealed part',
      `data = CAST(data || x'00' || substr(sealed, 1, 4) AS BLOB), sealed = substr(sealed, 5)`,
      'data_changed',
    ],
    ['sealed part moved into the data', `data = CAST(data || x'00' || sealed AS BLOB), sealed = NULL`, 'data_changed'],
    [
      'border between event id and data hash',
      'event_id = CAST(event_id || substr(data_hash, 1, 1) AS BLOB), data_hash = substr(data_hash, 2)',
      'chain_broken',
    ],
    ['data, taken out alone', 'data = NULL', 'data_changed'],
    ['data, taken out whole', 'data = NULL, sealed = NULL', 'body_missing'],
    [
      'data together with its hash',
      `data = x'00', sealed = NULL, data_hash = x'${leafHash(Buffer.from([0])).toString('hex')}'`,
      'chain_broken',
    ],
  ];

  test.each(changes)('its %s changed is found at its position', (_, set, reason) => {
    const dir = tampered((db) => db.exec(`UPDATE events SET ${set} WHERE position = ${sealedPosition(db)}`));
    for (const witness of [false, true]) {
      const { ok, break: found } = check(dir, { witness });
      expect({ ok, found }).toMatchObject({ ok: false, found: { position: sealedPosition(), reason } });
      expect(found?.expected).not.toBe(found?.actual);
    }
  });

  test('removed is found at its position', () => {
    const dir = tampered((db) => db.exec(`DELETE FROM events WHERE position = ${BAD}`));
    expect(check(dir).break).toMatchObject({ position: BAD, reason: 'missing' });
  });

  test('removed with all later ones moved up is found at its position', () => {
    const dir = tampered((db) => {
      db.exec(`DELETE FROM events WHERE position = ${BAD}`);
      renumber(db, `position > ${BAD}`, 'position - 1');
    });
    expect(check(dir).break).toMatchObject({ position: BAD, reason: 'chain_broken' });
  });

  test('put in between is found at its position', () => {
    const dir = tampered((db) => {
      renumber(db, `position >= ${BAD}`, 'position + 1');
      insertCopy(db, BAD - 50, BAD);
    });
    expect(check(dir).break).toMatchObject({ position: BAD, reason: 'chain_broken' });
  });

  test('put at the end is found at its position', () => {
    const dir = tampered((db) => insertCopy(db, BAD, head + 1));
    expect(check(dir).break).toMatchObject({ position: head + 1, reason: 'chain_broken' });
  });

  test('swapped with another is found at the first of the two', () => {
    const dir = tampered((db) => {
      db.exec(`UPDATE events SET position = 1000000 WHERE position = ${BAD}`);
      db.exec(`UPDATE events SET position = ${BAD} WHERE position = ${BAD + 1}`);
      db.exec(`UPDATE events SET position = ${BAD + 1} WHERE position = 1000000`);
    });
    expect(check(dir).break).toMatchObject({ position: BAD, reason: 'chain_broken' });
  });

  test('given to another stream by renaming the stream or the type is found at the first event of it', () => {
    const stream = tampered((db) => db.exec(`UPDATE streams SET stream_id = 'session/other' WHERE stream_no = 3`));
    expect(check(stream).break).toMatchObject({ position: firstOf('stream_no = 3'), reason: 'chain_broken' });
    const type = tampered((db) => db.exec(`UPDATE event_types SET type = 'run.renamed' WHERE type = 'run.failed'`));
    const position = firstOf(`type_no = (SELECT type_no FROM event_types WHERE type = 'run.failed')`);
    expect(check(type).break).toMatchObject({ position, reason: 'chain_broken' });
  });
});

describe('the end of the log cut off', () => {
  const cut = (db: Connection) => {
    db.exec(`DELETE FROM events WHERE position > ${BAD}`);
    db.exec(`DELETE FROM checkpoints WHERE position > ${BAD}`);
  };

  test('cannot be detected without a witness, and the check says so', () => {
    const result = check(tampered(cut));
    expect(result).toMatchObject({ ok: true, to: BAD });
    expect(result.limits).toContain('A cut tail cannot be detected without a witness.');
  });

  test('is found with a witness, which knows how much there was', () => {
    expect(check(tampered(cut), { witness: true }).break).toMatchObject({ position: BAD + 1, through: head, reason: 'tail_cut' });
  });

  test('is found without one by who forgot the checkpoints', () => {
    const dir = tampered((db) => db.exec(`DELETE FROM events WHERE position > ${BAD}`));
    expect(check(dir).break).toMatchObject({ position: BAD + 1, reason: 'tail_cut' });
  });

  test('and an old copy of the whole file put in its place is the same', () => {
    const dir = tampered((db) => {
      cut(db);
      db.exec('VACUUM');
    });
    expect(check(dir).ok).toBe(true);
    expect(check(dir, { witness: true }).break).toMatchObject({ position: BAD + 1, reason: 'tail_cut' });
  });
});

describe('history written anew from a position', () => {
  test('is found between two checkpoints even without a witness, when nothing is signed anew', () => {
    const dir = tampered((db) => rechain(db, BAD));
    expect(check(dir).break).toMatchObject({ ...around(BAD), reason: 'checkpoint_root' });
    expect(check(dir, { witness: true }).break).toMatchObject({ ...around(BAD), reason: 'witness_root' });
  });

  test.each([1, BAD, 'just after a checkpoint'])('and signed anew with the true key is found with a witness, from %s', (where) => {
    const from = where === 'just after a checkpoint' ? (sizes[3] ?? 0) + 1 : Number(where);
    const dir = tampered((db) => {
      rechain(db, from);
      resign(db, from, seedOf(original));
    });
    const alone = check(dir);
    expect(alone).toMatchObject({ ok: true, checkpointedTo: head });
    expect(alone.limits).toContain("Nor can a log that was rewritten and signed anew with this machine's key.");
    expect(check(dir, { witness: true }).break).toMatchObject({ ...around(from), reason: 'witness_root' });
    if (where === 'just after a checkpoint') expect(check(dir, { witness: true }).break?.position).toBe(from);
  });

  test('and signed anew with another key is found without a witness', () => {
    const dir = tampered((db) => {
      rechain(db, BAD);
      resign(db, BAD, Buffer.alloc(32, 7));
    });
    expect(check(dir).break).toMatchObject({ ...around(BAD), reason: 'checkpoint_key' });
    expect(check(dir, { witness: true }).break).toMatchObject({ ...around(BAD), reason: 'witness_root' });
  });

  test('and signed anew with another key that was put beside it is found by who has the key or a witness', () => {
    const dir = tampered((db) => {
      rechain(db, BAD);
      resign(db, 1, Buffer.alloc(32, 7));
    });
    const keys = new Database(join(dir, 'keys.db'));
    keys.prepare(`UPDATE secrets SET value = ? WHERE name = 'checkpoint_key'`).run(Buffer.alloc(32, 7));
    keys.close();
    expect(check(dir).ok).toBe(true);
    expect(check(dir, { key: verifierKey }).break).toMatchObject({ position: 1, through: sizes[0], reason: 'checkpoint_key' });
    expect(check(dir, { witness: true }).break).toMatchObject({ position: 1, through: sizes[0], reason: 'witness_key' });
  });

  test('with a version of a stream left out is found even when everything is chained and signed anew', () => {
    const dir = tampered((db) => {
      db.exec(`UPDATE events SET version = version + 1000 WHERE position = ${BAD}`);
      rechain(db, BAD);
      resign(db, BAD, seedOf(original));
    });
    expect(check(dir).break).toMatchObject({ position: BAD, reason: 'version_gap' });
  });

  test('with one more event at the end is found, although no checkpoint covers it, once the next one does', () => {
    const dir = tampered((db) => {
      rechain(db, head);
      db.exec(`DELETE FROM checkpoints WHERE position > ${sizes.at(-2)}`);
    });
    const result = check(dir);
    expect(result.ok).toBe(true);
    expect(result.limits).toContain(
      `Events ${(sizes.at(-2) ?? 0) + 1} to ${head} are under no checkpoint yet: only the chain vouches for them.`,
    );
    expect(check(dir, { witness: true }).break).toMatchObject({ ...around(head), reason: 'witness_root' });
  });
});

describe('a checkpoint', () => {
  test.each([
    ['position', 'position = position - 1', 'checkpoint_root'],
    ['time', 'time = time + 1', 'checkpoint_changed'],
    ['hash', `hash = x'${'11'.repeat(32)}'`, 'checkpoint_changed'],
    ['root', `merkle_root = x'${'11'.repeat(32)}'`, 'checkpoint_root'],
    ['key', `key_id = '01234567'`, 'checkpoint_key'],
    ['signature', `signature = x'${'11'.repeat(64)}'`, 'checkpoint_signature'],
    ['signature, made shorter', `signature = x'11'`, 'checkpoint_signature'],
  ])('with its %s changed is found', (_, set, reason) => {
    const dir = tampered((db) => db.exec(`UPDATE checkpoints SET ${set} WHERE position = ${sizes[4]}`));
    expect(check(dir).break).toMatchObject({ position: (sizes[3] ?? 0) + 1, reason });
  });

  test('that is an older one under a new position is found', () => {
    const dir = tampered((db) =>
      db.exec(
        `UPDATE checkpoints SET (merkle_root, signature, hash, time) =
           (SELECT merkle_root, signature, hash, time FROM checkpoints WHERE position = ${sizes[3]})
         WHERE position = ${head}`,
      ),
    );
    expect(check(dir).break).toMatchObject({ position: (sizes.at(-2) ?? 0) + 1, through: head, reason: 'checkpoint_root' });
  });

  test('that is missing hides nothing, since the next one covers the same events', () => {
    const dir = tampered((db) => {
      db.exec(`DELETE FROM checkpoints WHERE position = ${sizes[4]}`);
      rechain(db, BAD);
    });
    expect(check(dir).break).toMatchObject({ reason: 'checkpoint_root', through: expect.any(Number) });
  });

  test('is checked together with the tiles of the tree that proofs are made of', () => {
    const dir = tampered((db) => db.exec(`UPDATE merkle_tiles SET hash = x'${'11'.repeat(32)}'`));
    expect(check(dir).break).toMatchObject({ position: 1, through: 1024, reason: 'tile_changed' });
  });
});

describe('a witness', () => {
  test('of another log is not taken for one of this', () => {
    const other = createSigner('openclaw/gw_other', Buffer.alloc(32, 9));
    const text = `openclaw/gw_other\n5\n${Buffer.alloc(32).toString('base64')}\n`;
    const note = `${text}\n— openclaw/gw_other ${Buffer.concat([Buffer.from(other.verifierKey.keyId, 'hex'), other.sign(text)]).toString('base64')}\n`;
    expect(
      check(
        tampered(() => undefined),
        { notes: note },
      ).break,
    ).toMatchObject({ reason: 'witness_unrelated' });
    expect(
      check(
        tampered(() => undefined),
        { notes: '' },
      ).break,
    ).toMatchObject({ reason: 'witness_unrelated' });
  });

  test('whose notes were changed is no proof of anything', () => {
    const notes = readFileSync(join(scratch, 'witness'), 'utf8');
    const forged = notes.replace(/(— \S+ )(\S{30})/, (_, start: string, begin: string) => `${start}${begin.slice(0, 20)}AAAAAAAAAA`);
    expect(
      check(
        tampered(() => undefined),
        { notes: forged },
      ).break,
    ).toMatchObject({ position: 1, through: sizes[0], reason: 'witness_signature' });
  });

  test('also speaks of what the check does not read again', () => {
    const dir = tampered((db) => {
      rechain(db, 5);
      resign(db, 5, seedOf(original));
    });
    expect(check(dir, { witness: true, from: 1000 }).break).toMatchObject({ position: 1, through: sizes[0], reason: 'witness_root' });
  });

  test('may be lines of JSON among others, as a webhook or a syslog server keeps them', () => {
    const notes = findCheckpoints(readFileSync(join(scratch, 'witness'), 'utf8'));
    expect(notes.map(({ size }) => size)).toEqual(sizes);
    const lines = readFileSync(join(scratch, 'witness'), 'utf8')
      .split(/\n(?=openclaw)/)
      .map((note) => `<109>1 2026-01-01T00:00:00Z host openclaw - checkpoint - ${JSON.stringify({ note: `${note.trim()}\n` })}`);
    expect(
      check(
        tampered(() => undefined),
        { notes: lines.join('\n') },
      ),
    ).toMatchObject({ ok: true, witnessed: sizes.length });
  });
});

/** A copy of the log that an attacker worked on: the triggers that guard it against mistakes are no hindrance. */
function tampered(attack: (db: Connection) => void): string {
  const dir = mkdtempSync(join(scratch, 'log-'));
  for (const file of ['events.db', 'keys.db']) copyFileSync(join(original, file), join(dir, file));
  const db = new Database(join(dir, 'events.db'));
  db.exec('DROP TRIGGER events_are_final_on_update; DROP TRIGGER events_are_final_on_delete');
  attack(db);
  db.close();
  return dir;
}

type How = { readonly witness?: boolean; readonly notes?: string; readonly key?: string; readonly from?: number };

function check(dir: string, { witness = false, notes, key, from = 1 }: How = {}): VerifyResult {
  const parsed = parseVerifierKey(key ?? readVerifierKey(join(dir, 'keys.db')) ?? '');
  const text = notes ?? (witness ? readFileSync(join(scratch, 'witness'), 'utf8') : undefined);
  const run = (part?: Part, parts?: (whole: Verification) => readonly Part[]): Found[] => {
    const db = openReadOnly(join(dir, 'events.db'), EVENTS_FILE);
    try {
      const verification = new Verification(db, {
        from,
        ...(part && { after: part.after }),
        keys: parsed ? [parsed] : [],
        ...(text !== undefined && { witness: findCheckpoints(text) }),
        segmentsDir: join(dir, 'segments'),
      });
      const all = parts?.(verification) ?? [];
      const steps = verification.run(part ?? all[0]);
      let step = steps.next();
      while (!step.done) step = steps.next();
      return [step.value, ...all.slice(1).flatMap((other) => run(other))];
    } finally {
      db.close();
    }
  };
  const { durationMs, ...whole } = verdictOf(run(), 0);
  const inParts = verdictOf(
    run(undefined, (verification) => verification.parts(4)),
    0,
  );
  // A tree that was changed is told of when the rest was read, and in parts that is not the rest of the log.
  if (whole.ok) expect(inParts).toMatchObject(whole);
  else expect(inParts.break).toEqual(whole.break);
  return { ...whole, durationMs };
}

/** An event in which something is sealed. */
function sealedPosition(db?: Connection): number {
  const query = `SELECT position FROM events WHERE sealed IS NOT NULL AND position >= ${BAD} ORDER BY position LIMIT 1`;
  return db ? (db.prepare<[], number>(query).pluck().get() ?? 0) : firstOf(`sealed IS NOT NULL AND position >= ${BAD}`);
}

function firstOf(condition: string): number {
  const db = new Database(join(original, 'events.db'), { readonly: true });
  try {
    return db.prepare<[], number>(`SELECT min(position) FROM events WHERE ${condition}`).pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

/** Between the last good checkpoint and the first bad one: no checkpoint can say it closer. */
function around(position: number): { position: number; through?: number } {
  const before = sizes.findLast((size) => size < position) ?? 0;
  return { position: before + 1, through: sizes.find((size) => size >= position) ?? 0 };
}

function renumber(db: Connection, condition: string, to: string): void {
  db.exec(`UPDATE events SET position = -(${to}) WHERE ${condition}`);
  db.exec('UPDATE events SET position = -position WHERE position < 0');
}

function insertCopy(db: Connection, of: number, at: number): void {
  const columns = 'stream_no, type_no, schema_version, time, event_id, metadata, data_hash, hash, data, sealed';
  db.exec(`INSERT INTO events (position, version, ${columns}) SELECT ${at}, 5000, ${columns} FROM events WHERE position = ${of}`);
}

/** Changes one event and makes every hash after it right again. */
function rechain(db: Connection, from: number): void {
  const data = Buffer.from('0123456789abcdef{"rewritten":true}');
  db.prepare('UPDATE events SET data = ?, sealed = NULL, data_hash = ? WHERE position = ?').run(data, leafHash(data), from);
  const rows = db
    .prepare<[number], Parameters<typeof chainHash>[1]>(
      `SELECT position, stream_id AS streamId, version, type, schema_version AS schemaVersion, time, event_id AS eventId, metadata, data_hash AS dataHash
       FROM events JOIN streams USING (stream_no) JOIN event_types USING (type_no) WHERE position >= ? ORDER BY position`,
    )
    .all(from);
  let previous =
    db
      .prepare<[number], Buffer>('SELECT hash FROM events WHERE position = ?')
      .pluck()
      .get(from - 1) ?? CHAIN_START;
  for (const row of rows) {
    previous = chainHash(previous, row);
    db.prepare('UPDATE events SET hash = ? WHERE position = ?').run(previous, row.position);
  }
}

/** Replaces the checkpoints from a position on by such as this key signs, and the tiles below them. */
function resign(db: Connection, from: number, seed: Uint8Array): void {
  db.exec(`DELETE FROM checkpoints WHERE position >= ${from}; DELETE FROM merkle_tiles`);
  const name = verifierKey.slice(0, verifierKey.indexOf('+'));
  const checkpointer = new Checkpointer(db, name, createSigner(name, seed));
  for (const size of sizes.filter((each) => each >= from)) checkpointer.step(size, true);
  expect(new LogTree(db).rootAt(head)).toMatch(/^[0-9a-f]{64}$/);
}

function seedOf(dir: string): Buffer {
  const db = new Database(join(dir, 'keys.db'), { readonly: true });
  try {
    return db.prepare<[], Buffer>(`SELECT value FROM secrets WHERE name = 'checkpoint_key'`).pluck().get() ?? Buffer.alloc(0);
  } finally {
    db.close();
  }
}
