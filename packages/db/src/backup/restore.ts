import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { stateFiles } from '../sqlite/files.ts';
import { takeLock } from '../sqlite/lock.ts';
import { partsOf, type VerifiedBackup } from './verify.ts';

export type RestoreRequest = {
  readonly backup: VerifiedBackup;
  /** The backup's folder. */
  readonly from: string;
  /** The directory of the databases to make. */
  readonly dir: string;
  /** Where what is there now is moved to. Without it nothing may be there. */
  readonly aside?: string;
};

/**
 * Makes the databases of a state directory from a backup that was verified. They are complete or as they were before.
 * Rejects with `LOG_LOCKED` while a gateway runs there, `RESTORE_REFUSED` when something is there that would be lost.
 */
export async function restoreBackup({ backup, from, dir, aside }: RestoreRequest): Promise<void> {
  const target = stateFiles(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const unlock = takeLock(target.lock);
  try {
    const present = (await readdir(dir)).filter((name) => !name.startsWith('lock.db'));
    if (present.length > 0 && aside === undefined) {
      throw new GatewayError('RESTORE_REFUSED', { message: `${dir} holds a log already.`, details: { path: dir } });
    }
    const making = `${dir}.restoring`;
    await rm(making, { recursive: true, force: true });
    await copyIn(backup, from, making);
    if (aside !== undefined && present.length > 0) await move(present, dir, aside);
    await move(await readdir(making), making, dir);
    await rm(making, { recursive: true });
  } finally {
    unlock();
  }
}

async function copyIn({ keysFile }: VerifiedBackup, from: string, making: string): Promise<void> {
  const parts = partsOf(from);
  const into = stateFiles(making);
  await mkdir(making, { recursive: true, mode: 0o700 });
  await copyDurably(parts.events, into.events);
  if (keysFile !== undefined) await copyDurably(keysFile, into.keys);
  for (const folder of ['segments', 'attachments'] as const) {
    if (existsSync(parts[folder])) await cp(parts[folder], into[folder], { recursive: true });
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
  const file = await open(to, 'r+');
  await file.sync();
  await file.close();
}

async function move(names: readonly string[], from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of names) await rename(join(from, name), join(to, name));
  for (const dir of [from, to, dirname(to)]) {
    const folder = await open(dir, 'r');
    await folder.sync();
    await folder.close();
  }
}
