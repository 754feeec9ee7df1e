/** Brings the databases of a state directory to the format that this program writes, or tries that on a copy. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { verifyLog } from './integrity/verify-log.ts';
import { type FileSpec, fileVersion, openWritable, snapshotAsIs } from './sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from './sqlite/files.ts';
import { takeLock } from './sqlite/lock.ts';

export type MigrationPlan = {
  /** The format of each file before and after. */
  readonly files: readonly { readonly file: string; readonly from: number; readonly to: number }[];
  /** So many events verified afterwards. */
  readonly events: number;
  readonly durationMs: number;
};

/** Migrates in place. Rejects with `LOG_LOCKED` while a gateway runs, `LOG_TOO_NEW`, `LOG_CORRUPT` when the log does not verify. */
export async function migrateState(dir: string): Promise<MigrationPlan> {
  const unlock = takeLock(stateFiles(dir).lock);
  try {
    return await migrate(dir);
  } finally {
    unlock();
  }
}

/** The same on a copy, which is deleted; what is there is only read, also while a gateway runs. */
export async function tryMigration(dir: string): Promise<MigrationPlan> {
  const copy = await mkdtemp(join(tmpdir(), 'openclaw-migrate-'));
  try {
    const [from, to] = [stateFiles(dir), stateFiles(copy)];
    for (const { path, spec } of databases(dir)) snapshotAsIs(path, spec, join(copy, basename(path)));
    if (existsSync(from.segments)) {
      await mkdir(to.segments);
      await cp(from.segments, to.segments, { recursive: true });
    }
    return await migrate(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function databases(dir: string): readonly { readonly path: string; readonly spec: FileSpec }[] {
  const { events, keys } = stateFiles(dir);
  return [
    { path: events, spec: EVENTS_FILE },
    { path: keys, spec: KEYS_FILE },
  ].filter(({ path }) => existsSync(path));
}

async function migrate(dir: string): Promise<MigrationPlan> {
  const startedAt = performance.now();
  const files = databases(dir).map(({ path, spec }) => {
    const from = fileVersion(path, spec);
    openWritable(path, spec).close();
    return { file: basename(path), from, to: spec.migrations.length };
  });
  const result = await verifyLog({ dir, from: 1 });
  if (result.break) throw new GatewayError('LOG_CORRUPT', { message: result.break.message, details: { position: result.break.position } });
  return { files, events: result.to, durationMs: performance.now() - startedAt };
}
