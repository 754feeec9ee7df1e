import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, hash, name } from './shared.ts';

const head = z.object({ position: count, hash });

export const BackupCreated = defineEvent('backup.created', {
  version: 1,
  description: 'A copy of the log was made; the hash is that of the manifest, which names every file of it.',
  schema: z.object({ head, manifestHash: hash, sizeBytes: count, keys: z.enum(['inside', 'apart', 'left_out']) }),
  summary: (d) => `Backup made up to ${d.head.position}${d.keys === 'left_out' ? ', without the keys' : ''}`,
  retention: 'audit',
});

export const BackupRestored = defineEvent('backup.restored', {
  version: 1,
  description: 'This log was restored from a backup: what followed in the log that it was taken from is not in it.',
  schema: z.object({ head, backupCreatedAt: count, programVersion: name }),
  summary: (d) => `Restored from a backup of ${new Date(d.backupCreatedAt).toISOString()}, which ended at ${d.head.position}`,
  retention: 'audit',
  severity: 'warn',
});

export type BackupState = { readonly lastCreatedAt: number | undefined };

export const Backup = defineAggregate<BackupState>({
  name: 'backup',
  events: [BackupCreated, BackupRestored],
  initial: () => ({ lastCreatedAt: undefined }),
  evolve: (state, event) => (BackupCreated.is(event) ? { lastCreatedAt: event.time } : state),
});
