/** Copies of a state directory: making one while a gateway runs, checking one, and going back to one. */
export { type BackupRequest, createBackup } from './create.ts';
export { type BackupManifest, KEYS, MANIFEST } from './format.ts';
export { type RestoreRequest, restoreBackup } from './restore.ts';
export { type VerifiedBackup, type VerifyBackupOptions, verifyBackup } from './verify.ts';
