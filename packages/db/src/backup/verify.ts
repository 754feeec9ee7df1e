import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { readVerifierKey } from '../integrity/verifier-key.ts';
import { verifyLog } from '../integrity/verify-log.ts';
import { fileVersion, openReadOnly, openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from '../sqlite/files.ts';
import { type BackupManifest, describeFile, filesBelow, invalid, KEYS, MANIFEST, readManifest, STATE } from './format.ts';

export type VerifyBackupOptions = {
  /** The folder that the keys were put into, where they were kept apart. */
  readonly keys?: string;
  readonly witnessFile?: string;
  readonly onProgress?: NonNullable<Parameters<typeof verifyLog>[1]>['onProgress'];
};

export type VerifiedBackup = {
  readonly manifest: BackupManifest;
  /** Where its `keys.db` lies, if there is one. */
  readonly keysFile: string | undefined;
  readonly events: number;
  readonly checkpoints: number;
  /** What the check cannot say. */
  readonly limits: readonly string[];
};

/**
 * Checks that a backup is what was written: every file's hash, the databases themselves, the whole chain and its checkpoints.
 * Rejects with `BACKUP_INVALID`, which names the first thing that is wrong, and `LOG_TOO_NEW`.
 */
export async function verifyBackup(dir: string, { keys, witnessFile, onProgress }: VerifyBackupOptions = {}): Promise<VerifiedBackup> {
  const manifest = await readManifest(dir);
  await checkFiles(dir, manifest);
  const state = join(dir, STATE);
  checkDatabase(join(state, 'events.db'), EVENTS_FILE);
  const keysDir = keys ?? (manifest.keys === 'inside' ? join(dir, KEYS) : undefined);
  const keysFile = keysDir === undefined ? undefined : join(keysDir, 'keys.db');
  if (keysFile !== undefined) checkKeys(keysFile, manifest);
  const request = { from: 1, verifierKeys: [manifest.verifierKey], ...(witnessFile !== undefined && { witnessFile }) };
  const result = await upToDate(state, (log) => verifyLog({ dir: log, ...request }, onProgress && { onProgress }));
  if (result.break) throw invalid(`The log in it is not what was written: ${result.break.message}`, { position: result.break.position });
  if (result.to !== manifest.head.position || (result.to > 0 && result.hash !== manifest.head.hash)) {
    throw invalid(`The log in it ends at ${result.to}, the manifest says ${manifest.head.position}.`);
  }
  return { manifest, keysFile, events: result.to, checkpoints: result.checkpoints, limits: result.limits };
}

/** The log of an older program is brought up to date on a copy: the backup stays as it was written. */
async function upToDate<T>(state: string, act: (dir: string) => Promise<T>): Promise<T> {
  if (fileVersion(stateFiles(state).events, EVENTS_FILE) === EVENTS_FILE.migrations.length) return act(state);
  const copy = await mkdtemp(join(tmpdir(), 'openclaw-backup-'));
  try {
    await cp(state, copy, { recursive: true });
    openWritable(stateFiles(copy).events, EVENTS_FILE).close();
    return await act(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function checkFiles(dir: string, { files }: BackupManifest): Promise<void> {
  const known = new Set([...files.map(({ path }) => path), MANIFEST]);
  // A database that is looked at gets these beside it.
  const stranger = (await filesBelow(dir)).find((name) => !known.has(name) && !/\.db-(wal|shm)$/.test(name));
  if (stranger !== undefined) throw invalid(`${stranger} does not belong to the backup.`, { path: stranger });
  for (const { path, sizeBytes, sha256 } of files) {
    const found = await describeFile(dir, path).catch(() => undefined);
    if (!found) throw invalid(`${path} is missing.`, { path });
    if (found.sizeBytes !== sizeBytes || found.sha256 !== sha256) throw invalid(`${path} is not as it was written.`, { path });
  }
}

function checkDatabase(path: string, spec: typeof EVENTS_FILE): void {
  try {
    const db = openReadOnly(path, spec);
    try {
      const verdict = db.pragma('integrity_check(1)', { simple: true });
      if (verdict !== 'ok') throw invalid(`${path} is damaged: ${verdict}`, { path });
    } finally {
      db.close();
    }
  } catch (error) {
    // An older program's log is migrated when it is restored.
    if (error instanceof GatewayError && error.code === 'LOG_TOO_OLD') return;
    if (error instanceof GatewayError) throw error;
    throw invalid(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { path });
  }
}

function checkKeys(path: string, { verifierKey, gatewayId }: BackupManifest): void {
  checkDatabase(path, KEYS_FILE);
  if (readVerifierKey(path) === verifierKey) return;
  throw invalid(`The keys in ${path} are not those of the gateway ${gatewayId}.`, { path });
}

/** Where the parts of a backup lie for who restores it. */
export function partsOf(dir: string): { readonly events: string; readonly segments: string; readonly attachments: string } {
  const { events, segments, attachments } = stateFiles(join(dir, STATE));
  return { events, segments, attachments };
}
