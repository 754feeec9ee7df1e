import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { migrateState, tryMigration } from '../migrate.ts';
import { openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { type BackupManifest, createBackup, restoreBackup, verifyBackup } from './index.ts';

let dir: string;
let into: string;
const request = () => ({ dir, into, programVersion: '1.2.3', extra: {} });

beforeEach(() => {
  const home = stateDir();
  dir = join(home, 'state');
  into = join(home, 'backup');
});

/** A closed log of so many flows. */
async function record(flows: number, text = 'words of someone'): Promise<void> {
  const store = await testStore({ dir });
  for (let flow = 0; flow < flows; flow++) {
    for (const commit of messageFlow('ses_a', { opens: flow === 0, text, subject: 'sub_a' }).commits) await store.log.append(commit);
  }
  await store.checkpoints.make();
  await store.close();
}

test('F a backup that is made while the log is written is whole, verifies, and holds what was acknowledged before', async () => {
  const store = await testStore({ dir });
  let acknowledged = 0;
  let isDone = false;
  const load = (async () => {
    for (let flow = 0; !isDone; flow++) {
      for (const commit of messageFlow('ses_a', { opens: flow === 0, subject: `sub_${flow}` }).commits) {
        const result = await store.log.append(commit);
        if (result.ok) acknowledged = result.last;
      }
    }
  })();
  for (let round = 0; round < 5; round++) {
    const before = acknowledged;
    const manifest = await createBackup({ ...request(), into: `${into}-${round}` });
    expect(manifest.head.position).toBeGreaterThanOrEqual(before);
    expect(await verifyBackup(`${into}-${round}`)).toMatchObject({ events: manifest.head.position });
  }
  isDone = true;
  await load;
});

test('F what was restored reads as it did, words of people included, and goes on where the backup ended', async () => {
  await record(3);
  const before = await testStore({ dir });
  const events = await before.log.readAll({ after: 0, limit: 100 });
  await before.close();
  await createBackup(request());
  const target = join(stateDir(), 'state');
  await restoreBackup({ backup: await verifyBackup(into), from: into, dir: target });
  const restored = await testStore({ dir: target });
  expect(await restored.log.readAll({ after: 0, limit: 100 })).toEqual(events);
  expect(restored.gatewayId).toBe(before.gatewayId);
  await restored.log.append(messageFlow('ses_b', { opens: true }).commits[0] as never);
  await restored.waitForViews(restored.log.head(), 10_000);
  expect(await restored.views.session('ses_a')).toMatchObject({ turns: 3 });
});

test('F keys that are kept apart are not in the backup and are needed to restore it', async () => {
  await record(1);
  const keys = join(stateDir(), 'keys');
  const manifest = await createBackup({ ...request(), keys: { into: keys } });
  expect(manifest.keys).toBe('apart');
  expect(manifest.files.map(({ path }) => path)).toEqual(['state/events.db']);
  expect((await verifyBackup(into)).keysFile).toBeUndefined();
  expect((await verifyBackup(into, { keys })).keysFile).toBe(join(keys, 'keys.db'));
  const other = stateDir();
  await (await testStore({ dir: other })).close();
  await expect(verifyBackup(into, { keys: other })).rejects.toMatchObject({ code: 'BACKUP_INVALID' });
});

const manifestOf = (): BackupManifest => JSON.parse(readFileSync(join(into, 'manifest.json'), 'utf8')) as BackupManifest;
const writeManifest = (manifest: unknown) => writeFileSync(join(into, 'manifest.json'), JSON.stringify(manifest));
/** As somebody would who changes a file and then makes the manifest fit. */
function fitManifest(path: string): void {
  const manifest = manifestOf();
  const content = readFileSync(join(into, path));
  const entry = { path, sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  writeManifest({ ...manifest, files: manifest.files.map((file) => (file.path === path ? entry : file)) });
}
function changeLog(sql: string): void {
  const db = new Database(join(into, 'state/events.db'));
  db.exec('DROP TRIGGER events_are_final_on_update; DROP TRIGGER events_are_final_on_delete');
  db.exec(sql);
  db.close();
  fitManifest('state/events.db');
}

const TAMPERED: readonly (readonly [string, () => void, RegExp])[] = [
  ['a file that grew', () => appendFileSync(join(into, 'state/events.db'), 'x'), /events\.db is not as it was written/],
  ['a file that is missing', () => rmSync(join(into, 'keys/keys.db')), /keys\.db is missing/],
  ['a file too many', () => writeFileSync(join(into, 'state/run-me.sh'), ''), /run-me\.sh does not belong/],
  ['no manifest', () => rmSync(join(into, 'manifest.json')), /is no backup/],
  ['a manifest that is no JSON', () => writeFileSync(join(into, 'manifest.json'), '{'), /is not JSON/],
  ['another format', () => writeManifest({ ...manifestOf(), format: 'other' }), /format is wrong/],
  [
    'a path out of the backup',
    () => writeManifest({ ...manifestOf(), files: [{ ...manifestOf().files[0], path: '../x' }] }),
    /path is wrong/,
  ],
  ['an event that was changed', () => changeLog("UPDATE events SET metadata = '{}' WHERE position = 5"), /not what was written/],
  ['an event that was taken out', () => changeLog('DELETE FROM events WHERE position = 5'), /not what was written/],
  ['an end that was cut off', () => changeLog('DELETE FROM events WHERE position > 10; DELETE FROM checkpoints'), /ends at 10/],
  [
    'a damaged database',
    () => {
      writeFileSync(join(into, 'state/events.db'), 'not a database, but as long as one'.repeat(100));
      fitManifest('state/events.db');
    },
    /cannot be read|another program/,
  ],
];

test.each(TAMPERED)('F a backup with %s is refused', async (_what, change, message) => {
  await record(2);
  await createBackup(request());
  change();
  await expect(verifyBackup(into)).rejects.toMatchObject({
    code: expect.stringMatching(/BACKUP_INVALID|LOG_CORRUPT/),
    message: expect.stringMatching(message),
  });
});

test('F restoring where something is needs a place to put that, and moves it there whole', async () => {
  await record(1);
  await createBackup(request());
  await record(1);
  const backup = await verifyBackup(into);
  await expect(restoreBackup({ backup, from: into, dir })).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
  const aside = join(stateDir(), 'aside');
  await restoreBackup({ backup, from: into, dir, aside });
  expect(readdirSync(aside)).toEqual(expect.arrayContaining(['events.db', 'keys.db', 'views.db', 'words.db']));
  const restored = await testStore({ dir });
  expect(restored.log.head()).toBe(backup.manifest.head.position);
});

test('F restoring under a running gateway is refused', async () => {
  await record(1);
  await createBackup(request());
  const backup = await verifyBackup(into);
  await testStore({ dir });
  await expect(restoreBackup({ backup, from: into, dir, aside: join(stateDir(), 'x') })).rejects.toMatchObject({ code: 'LOG_LOCKED' });
});

test('F a backup that cannot be written leaves nothing behind', async () => {
  await record(1);
  await expect(createBackup({ ...request(), extra: { 'openclaw.json': join(dir, 'nowhere') } })).rejects.toMatchObject({
    code: 'BACKUP_FAILED',
  });
  expect(existsSync(into) || existsSync(`${into}.partial`)).toBe(false);
});

/** A log as the first program wrote it. */
function oldLog(): string {
  const old = join(stateDir(), 'state');
  mkdirSync(old);
  openWritable(stateFiles(old).events, { ...EVENTS_FILE, migrations: EVENTS_FILE.migrations.slice(0, 1) }).close();
  return old;
}

test('F a migration is tried on a copy and changes nothing; done for good it is done once', async () => {
  const old = oldLog();
  const before = readFileSync(stateFiles(old).events);
  const steps = { files: [{ file: 'events.db', from: 1, to: EVENTS_FILE.migrations.length }] };
  expect(await tryMigration(old)).toMatchObject(steps);
  expect(readFileSync(stateFiles(old).events).equals(before)).toBe(true);
  expect(await migrateState(old)).toMatchObject(steps);
  expect(await migrateState(old)).toMatchObject({ files: [{ from: EVENTS_FILE.migrations.length }] });
});

test('F a backup of an older program verifies as it is', async () => {
  await record(1);
  await createBackup(request());
  const older = oldLog();
  cpSync(stateFiles(older).events, join(into, 'state/events.db'));
  const manifest = manifestOf();
  writeManifest({ ...manifest, head: { position: 0, hash: '0'.repeat(64) } });
  fitManifest('state/events.db');
  const written = readFileSync(join(into, 'state/events.db'));
  expect(await verifyBackup(into)).toMatchObject({ events: 0 });
  expect(readFileSync(join(into, 'state/events.db')).equals(written)).toBe(true);
});

test('F the files of messages are in a backup and come back with it, what was left half written is not', async () => {
  await record(1);
  const name = 'a'.repeat(64);
  mkdirSync(stateFiles(dir).attachments);
  writeFileSync(join(stateFiles(dir).attachments, name), 'sealed bytes');
  writeFileSync(join(stateFiles(dir).attachments, '.part-1'), 'half');
  const { files } = await createBackup(request());
  expect(files.map(({ path }) => path).filter((path) => path.includes('attachments'))).toEqual([`state/attachments/${name}`]);
  const target = join(stateDir(), 'state');
  await restoreBackup({ backup: await verifyBackup(into), from: into, dir: target });
  expect(readFileSync(join(stateFiles(target).attachments, name), 'utf8')).toBe('sealed bytes');
  writeFileSync(join(into, 'state/attachments', name), 'other bytes!');
  await expect(verifyBackup(into)).rejects.toMatchObject({ code: 'BACKUP_INVALID' });
});
