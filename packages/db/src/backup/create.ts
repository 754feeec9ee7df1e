import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { CHAIN_START } from '../chain.ts';
import { readVerifierKey } from '../integrity/verifier-key.ts';
import { manifestFile } from '../retention/segment.ts';
import { openReadOnly, snapshot } from '../sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { type BackupManifest, describeFile, filesBelow, KEYS, MANIFEST, STATE } from './format.ts';

export type BackupRequest = {
  /** The directory of the databases. A gateway may run on it. */
  readonly dir: string;
  /** The folder to make; nothing may be there. */
  readonly into: string;
  readonly programVersion: string;
  /** Other files that belong to it, by the name they get. */
  readonly extra: Readonly<Record<string, string>>;
  /** A folder for the keys, to keep them apart from the log; or none are copied. Inside the backup when left out. */
  readonly keys?: { readonly into: string } | 'left_out';
};

/**
 * Copies a state directory as it is at one moment, while a gateway writes it. What it makes is complete or not there.
 * Rejects with `LOG_UNAVAILABLE` without a log, `LOG_TOO_NEW`, `LOG_CORRUPT`, `BACKUP_FAILED` when it cannot be written.
 */
export async function createBackup(request: BackupRequest): Promise<BackupManifest> {
  const { dir, into, keys = 'inside' } = request;
  const making = `${into}.partial`;
  await rm(making, { recursive: true, force: true });
  try {
    await mkdir(join(making, STATE), { recursive: true, mode: 0o700 });
    const files = stateFiles(dir);
    // The keys after the events: each key is durable before what it sealed, so none that these events need is missing.
    const head = copyEvents(files.events, join(making, STATE, 'events.db'));
    await copySegments(files.segments, making);
    await copyAttachments(files.attachments, making);
    const keysInto = typeof keys === 'object' ? keys.into : keys === 'inside' ? join(making, KEYS) : undefined;
    if (keysInto !== undefined) await copyKeys(files.keys, keysInto);
    for (const [name, source] of Object.entries(request.extra)) {
      await copyFile(source, join(making, name));
      await chmod(join(making, name), 0o600);
    }
    const verifierKey = readVerifierKey(files.keys);
    if (verifierKey === undefined) throw new GatewayError('LOG_CORRUPT', { message: 'The keys of the log (keys.db) are missing.' });
    const manifest: BackupManifest = {
      format: 'openclaw-backup/1',
      createdAt: new Date().toISOString(),
      programVersion: request.programVersion,
      gatewayId: /^openclaw\/([^+]+)\+/.exec(verifierKey)?.[1] ?? '',
      verifierKey,
      head,
      keys: typeof keys === 'object' ? 'apart' : keys,
      files: await Promise.all((await filesBelow(making)).map((name) => describeFile(making, name))),
    };
    await writeFile(join(making, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    await rename(making, into);
    return manifest;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('BACKUP_FAILED', {
      message: `The backup could not be written: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

function copyEvents(from: string, to: string): BackupManifest['head'] {
  try {
    snapshot(from, EVENTS_FILE, to);
  } catch (error) {
    throw openError(error);
  }
  const copy = openReadOnly(to, EVENTS_FILE);
  try {
    const last = copy.prepare<[], { position: number; hash: Buffer }>('SELECT position, hash FROM events ORDER BY position DESC LIMIT 1');
    const { position, hash } = last.get() ?? { position: 0, hash: CHAIN_START };
    return { position, hash: hash.toString('hex') };
  } finally {
    copy.close();
  }
}

/** The segments that the copied log names. A segment is never changed; one that has had its time meanwhile may be gone. */
async function copySegments(from: string, making: string): Promise<void> {
  const copy = openReadOnly(join(making, STATE, 'events.db'), EVENTS_FILE);
  const names = copy.prepare<[], string>('SELECT file FROM segments').pluck().all();
  copy.close();
  if (names.length === 0) return;
  await mkdir(join(making, STATE, 'segments'), { mode: 0o700 });
  for (const name of names.flatMap((file) => [file, manifestFile(file)])) {
    await copyFile(join(from, name), join(making, STATE, 'segments', name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** After the events: what they refer to was there before them. A file is never changed; one that nothing needs any more may be gone. */
async function copyAttachments(from: string, making: string): Promise<void> {
  const entries = await readdir(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((name) => /^[0-9a-f]{64}$/.test(name));
  if (names.length === 0) return;
  const into = join(making, STATE, 'attachments');
  await mkdir(into, { mode: 0o700 });
  for (const name of names) {
    await copyFile(join(from, name), join(into, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

async function copyKeys(from: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true, mode: 0o700 });
  const to = join(into, 'keys.db');
  snapshot(from, KEYS_FILE, to);
  await chmod(to, 0o600);
}
