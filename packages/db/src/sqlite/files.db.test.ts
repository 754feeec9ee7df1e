import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { runChild } from '../testing/child.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { openReadOnly, openWritable } from './connection.ts';
import { EVENTS_FILE, KEYS_FILE, VIEWS_FILE } from './files.ts';

test('commits are flushed to the disk on every start, not only on the first', () => {
  const path = join(stateDir(), 'events.db');
  for (let start = 1; start <= 3; start++) {
    const db = openWritable(path, EVENTS_FILE);
    expect(db.pragma('synchronous', { simple: true }), `start ${start}`).toBe(2);
    db.close();
  }
  const plain = new Database(path);
  // What SQLite does by itself here, and why it is set and read back.
  expect(plain.pragma('synchronous', { simple: true })).toBe(1);
  plain.close();
});

test('does not start when SQLite does not take the setting that makes commits durable', () => {
  const spec = { ...EVENTS_FILE, pragmas: ['synchronous = NORMAL'] };
  expect(() => openWritable(join(stateDir(), 'events.db'), spec)).toThrow(expect.objectContaining({ code: 'LOG_NOT_DURABLE' }));
});

test('overwrites what is deleted from the keys', () => {
  const db = openWritable(join(stateDir(), 'keys.db'), KEYS_FILE);
  expect(db.pragma('secure_delete', { simple: true })).toBe(1);
  expect(db.pragma('synchronous', { simple: true })).toBe(2);
  db.close();
});

test('does not read a file that an older program wrote before it was brought up to date', () => {
  const path = join(stateDir(), 'events.db');
  openWritable(path, { ...EVENTS_FILE, migrations: EVENTS_FILE.migrations.slice(0, 1) }).close();
  expect(() => openReadOnly(path, EVENTS_FILE)).toThrow(expect.objectContaining({ code: 'LOG_TOO_OLD' }));
  openWritable(path, EVENTS_FILE).close();
  expect(() => openReadOnly(path, EVENTS_FILE).close()).not.toThrow();
});

test('refuses a file of a newer program and one of another program', () => {
  const path = join(stateDir(), 'events.db');
  openWritable(path, EVENTS_FILE).close();
  const db = new Database(path);
  db.pragma('user_version = 99');
  expect(() => openWritable(path, EVENTS_FILE)).toThrow(expect.objectContaining({ code: 'LOG_TOO_NEW' }));
  expect(() => openReadOnly(path, EVENTS_FILE)).toThrow(expect.objectContaining({ code: 'LOG_TOO_NEW' }));
  db.close();
  expect(() => openWritable(path, VIEWS_FILE)).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
});

test('only its owner may read the files', () => {
  const path = join(stateDir(), 'state', 'events.db');
  openWritable(path, EVENTS_FILE).close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
});

test('an event cannot be changed or deleted, not even by a program that opens the file', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  for (const commit of messageFlow('ses_x').commits) await store.log.append(commit);
  await store.close();
  const db = new Database(join(dir, 'events.db'));
  expect(() => db.exec('UPDATE events SET time = 0 WHERE position = 1')).toThrow('events are final');
  expect(() => db.exec('DELETE FROM events WHERE position = 1')).toThrow('events are final');
  db.close();
});

test('a state directory has one owner, who is named to the second', async () => {
  const dir = stateDir();
  await testStore({ dir });
  await expect(testStore({ dir })).rejects.toMatchObject({ code: 'LOG_LOCKED', details: { pid: process.pid } });
});

test('a second process is kept out while the first one lives, and let in once it has closed', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  const child = runChild('./hold-store.ts', [dir], 'exec 2>&1');
  await expect(child.untilLines(1_000)).rejects.toThrow();
  expect(child.lines.join('\n')).toContain('LOG_LOCKED');
  await store.close();
  const next = await testStore({ dir });
  expect(next.gatewayId).toBe(store.gatewayId);
});
