/**
 * What a backup is: a folder with copies of the log, its archive, the files of messages and the keys, other files that the caller adds, and a manifest
 * with the hash of each. Views are not in it: they are built again from the log.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { z } from 'zod';

export const MANIFEST = 'manifest.json';
/** Where the databases lie in a backup; its `keys.db` may lie elsewhere. */
export const STATE = 'state';
/** Apart from the log, so that it can be kept apart: whoever has an old copy of both reads what was erased since. */
export const KEYS = 'keys';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** Only downwards from the backup: a manifest must not name files of the machine. */
const path = z.string().refine((name) => name !== '' && !isAbsolute(name) && !normalize(name).split(sep).includes('..'));

const manifestSchema = z.object({
  format: z.literal('openclaw-backup/1'),
  createdAt: z.iso.datetime(),
  programVersion: z.string(),
  gatewayId: z.string(),
  /** The key that the log's checkpoints are signed with. */
  verifierKey: z.string(),
  /** The last event that is in it, and the chain's hash there. */
  head: z.object({ position: z.int().nonnegative(), hash }),
  /** Where the keys went. */
  keys: z.enum(['inside', 'apart', 'left_out']),
  files: z.array(z.object({ path, sizeBytes: z.int().nonnegative(), sha256: hash })),
});

export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupFile = BackupManifest['files'][number];

/** Throws `BACKUP_INVALID` when there is none or it is none of ours. */
export async function readManifest(dir: string): Promise<BackupManifest> {
  const text = await readFile(join(dir, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw invalid(`${dir} is no backup: there is no ${MANIFEST} in it.`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw invalid(`${MANIFEST} is not JSON.`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalid(`${MANIFEST} is not one of a backup that this program knows${at ? `: ${at} is wrong` : ''}.`);
  }
  return parsed.data;
}

/** The file as it lies in a folder. */
export async function describeFile(dir: string, name: string): Promise<BackupFile> {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(join(dir, name))) sha256.update(chunk as Buffer);
  return { path: name, sizeBytes: (await stat(join(dir, name))).size, sha256: sha256.digest('hex') };
}

/** Every file below a folder, by its path from there. */
export async function filesBelow(dir: string, within = ''): Promise<string[]> {
  const entries = await readdir(join(dir, within), { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const name = join(within, entry.name);
      return entry.isDirectory() ? filesBelow(dir, name) : [name];
    }),
  );
  return found.flat().sort();
}

export function invalid(message: string, details: Readonly<Record<string, unknown>> = {}): GatewayError {
  return new GatewayError('BACKUP_INVALID', { message, details });
}
