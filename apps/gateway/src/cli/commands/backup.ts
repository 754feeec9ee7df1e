/** `openclaw backup …`. The files are copied and checked in this process: the gateway goes on meanwhile. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BackupManifest, VerifiedBackup } from '@openclaw-gateway/db/backup/index';
import { type Actor, BackupCreated, BackupRestored, GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { findRunning } from '../../operations/process.ts';
import type { StatePaths } from '../../operations/state-dir.ts';
import type { Context } from '../context.ts';
import { paint, pairs, shortPath } from '../output.ts';
import { VERSION } from '../version.ts';

const COMMAND: Actor = { type: 'user', id: 'command-line' };
/** The files beside the databases that cannot be made again, by the name they have in a backup. */
const filesOf = ({ config, token, serviceEnvironment }: StatePaths) => ({
  'openclaw.json': config,
  'gateway-token': token,
  'service.env': serviceEnvironment,
});

type CreateOptions = { readonly output?: string; readonly keys?: string | false; readonly withoutKeys?: true };
type VerifyOptions = { readonly keys?: string; readonly witness?: string };
type RestoreOptions = { readonly keys?: string; readonly force?: true; readonly withoutConfig?: true };

/** Copies everything that cannot be made again. */
export async function createBackup(context: Context, options: CreateOptions): Promise<undefined> {
  const { dir, databases } = context.paths;
  if (!existsSync(join(databases, 'events.db'))) {
    throw new GatewayError('LOG_UNAVAILABLE', { message: `${shortPath(dir)} has no event log yet: there is nothing to copy.` });
  }
  if (options.keys && options.withoutKeys) throw new GatewayError('USAGE', { message: 'Say either --keys <folder> or --without-keys.' });
  const into = resolve(options.output ?? join(dir, 'backups', new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')));
  if (existsSync(into)) throw new GatewayError('USAGE', { message: `${into} is there already: name a folder that is not.` });
  await mkdir(dirname(into), { recursive: true, mode: 0o700 });
  const { createBackup: create, MANIFEST } = await import('@openclaw-gateway/db/backup/index');
  const extra = Object.fromEntries(Object.entries(filesOf(context.paths)).filter(([, path]) => existsSync(path)));
  const keys = options.withoutKeys ? ('left_out' as const) : options.keys ? { into: resolve(options.keys) } : undefined;
  const manifest = await create({ dir: databases, into, programVersion: VERSION, extra, ...(keys && { keys }) });
  const recorded = await recordCreated(context, manifest, join(into, MANIFEST));
  context.out.result({ ok: true, folder: into, recorded, manifest }, () => [
    `${paint('green', '✓')} Copied to ${shortPath(into)}.`,
    ...describe(manifest),
    ...keysNote(manifest, options.keys || undefined),
    `Check it with \`openclaw backup verify ${shortPath(into)}\`.`,
  ]);
}

/** Checks a backup. Throws BACKUP_INVALID with the first thing that is wrong. */
export async function verify(context: Context, options: VerifyOptions, folder: string): Promise<undefined> {
  const checked = await check(folder, options);
  const { manifest, events, checkpoints, limits } = checked;
  context.out.result({ ok: true, folder: resolve(folder), manifest, events, checkpoints, limits }, () => [
    `${paint('green', '✓')} The backup is intact.`,
    ...describe(manifest),
    ...pairs([['Chain', `${events} events and ${checkpoints} checkpoints are good`]]),
    ...limits.map((limit) => `${paint('yellow', '!')} ${limit}`),
  ]);
}

/** Makes a state directory of a backup. What was there is moved aside with --force, never deleted. */
export async function restore(context: Context, options: RestoreOptions, folder: string): Promise<undefined> {
  const { paths, out } = context;
  if (await findRunning(paths.pidFile)) {
    throw new GatewayError('LOG_LOCKED', {
      message: 'The gateway runs on this state directory.',
      details: { remedy: 'Stop it first: `openclaw gateway stop`.' },
    });
  }
  const from = resolve(folder);
  const backup = await check(folder, options);
  const { manifest } = backup;
  if (backup.keysFile === undefined && manifest.head.position > 0) {
    throw new GatewayError('RESTORE_REFUSED', {
      message: 'The keys are not in this backup, and without them nothing that people wrote can be read.',
      details: { remedy: 'Name the folder that they were put into: --keys <folder>.' },
    });
  }
  const aside = join(paths.dir, `before-restore-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
  const { restoreBackup } = await import('@openclaw-gateway/db/backup/index');
  await restoreBackup({ backup, from, dir: paths.databases, ...(options.force && { aside: join(aside, 'state') }) });
  const written = options.withoutConfig ? [] : await restoreFiles(from, filesOf(paths), aside);
  const event = BackupRestored.create({
    head: manifest.head,
    backupCreatedAt: Date.parse(manifest.createdAt),
    programVersion: manifest.programVersion,
  });
  await appendStopped(context, event);
  const moved = existsSync(aside) ? aside : undefined;
  out.result({ ok: true, manifest, files: written, ...(moved && { movedTo: moved }) }, () => [
    `${paint('green', '✓')} ${shortPath(paths.dir)} is as it was on ${manifest.createdAt}.`,
    ...describe(manifest),
    ...(moved ? [`What was there before is in ${shortPath(moved)}.`] : []),
    'Not in a backup: dashboard logins (sign in again) and views (built again at the next start).',
    'A person who was erased after the backup was made is back: erase them again with `openclaw data erase`.',
    'A witness of the log will report that its end was cut: that is this restore, and the log says so.',
    'Start it with `openclaw gateway start`.',
  ]);
}

async function check(folder: string, { keys, witness }: VerifyOptions): Promise<VerifiedBackup> {
  const { verifyBackup } = await import('@openclaw-gateway/db/backup/index');
  return verifyBackup(resolve(folder), {
    ...(keys !== undefined && { keys: resolve(keys) }),
    ...(witness !== undefined && { witnessFile: resolve(witness) }),
  });
}

/** A file that differs goes where the rest was moved to. */
async function restoreFiles(from: string, files: Readonly<Record<string, string>>, aside: string): Promise<string[]> {
  const written: string[] = [];
  for (const [name, target] of Object.entries(files)) {
    const source = join(from, name);
    if (!existsSync(source)) continue;
    if (existsSync(target)) {
      if ((await readFile(target)).equals(await readFile(source))) continue;
      await mkdir(aside, { recursive: true, mode: 0o700 });
      await rename(target, join(aside, name));
    }
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(source, target);
    await chmod(target, 0o600);
    written.push(target);
  }
  return written;
}

/** The event `backup.created`. That it cannot be written takes nothing from the copy. */
async function recordCreated(context: Context, { head, files, keys }: BackupManifest, manifestFile: string): Promise<boolean> {
  const manifestHash = createHash('sha256')
    .update(await readFile(manifestFile))
    .digest('hex');
  const data = { head, manifestHash, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), keys };
  try {
    const api = await context.apiIfRunning();
    if (api) await api.send('POST', '/api/backups/created', data);
    else await appendStopped(context, BackupCreated.create(data));
    return true;
  } catch (error) {
    context.out.note(`The log does not say that this backup was made: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function appendStopped({ paths }: Context, event: NewEvent): Promise<void> {
  const { openStore } = await import('@openclaw-gateway/db');
  const store = await openStore({ dir: paths.databases });
  try {
    await store.log.append({ events: [{ streamId: 'backup', event, metadata: { actor: COMMAND } }] });
  } finally {
    await store.close();
  }
}

function describe({ gatewayId, createdAt, programVersion, head, files }: BackupManifest): string[] {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return pairs([
    ['Gateway', `${gatewayId}, version ${programVersion}`],
    ['Made', createdAt],
    ['Log', `up to position ${head.position.toLocaleString('en')}`],
    ['Files', `${files.length}, ${(sizeBytes / 1024 / 1024).toFixed(1)} MB`],
  ]);
}

function keysNote({ keys }: BackupManifest, folder: string | undefined): string[] {
  if (keys === 'apart' && folder) return [`The keys are in ${shortPath(resolve(folder))}: keep them apart, and only for a short time.`];
  if (keys === 'left_out') return [`${paint('yellow', '!')} Without the keys nothing that people wrote can be read: back them up apart.`];
  return [
    `${paint('yellow', '!')} The keys are in it: who has it reads everything, also what is erased later. \`--keys <folder>\` keeps them apart.`,
  ];
}
