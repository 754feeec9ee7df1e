/** What the next start of the gateway should record of a change that was made while it was stopped: who and why. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeText } from './file.ts';

const note = z.object({
  /** Of the file after the change; the note counts for nothing else. */
  hash: z.string(),
  source: z.enum(['command', 'rollback']),
  reason: z.string().max(500).optional(),
  restoredFrom: z.int().positive().optional(),
});
export type ConfigNote = z.output<typeof note>;

/** Where the note lies in a state directory. */
export function notePathIn(stateDir: string): string {
  return join(stateDir, 'config-change.json');
}

export function writeNote(path: string, content: ConfigNote): Promise<void> {
  return writeText(path, `${JSON.stringify(content)}\n`);
}

/** The note about the configuration with this hash, if there is one. What cannot be read is none. */
export async function readNote(path: string, hash: string): Promise<ConfigNote | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const content = note.parse(JSON.parse(text));
    return content.hash === hash ? content : undefined;
  } catch {
    return undefined;
  }
}

export function removeNote(path: string): Promise<void> {
  return rm(path, { force: true });
}
