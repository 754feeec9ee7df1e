/** Changes the file of a gateway that is stopped. */
import { GatewayError } from '@openclaw-gateway/events';
import { placeOf } from './aliases.ts';
import { compare, restartNeeded } from './changes.ts';
import { outermostEmptied, setInText, unsetInText } from './edit.ts';
import { hashText, readText, writeText } from './file.ts';
import { parseJson5, toValue } from './json5.ts';
import { isNamedByUser } from './keys.ts';
import { loadConfig } from './load.ts';
import { writeNote } from './note.ts';
import type { KeyPath } from './path.ts';
import { parsePath } from './path.ts';
import { readDocument } from './read.ts';
import { restoreInText } from './restore.ts';
import type { ConfigEdit, ConfigUpdate, FileChange } from './types.ts';

export type StoppedEdit = Pick<ConfigEdit, 'baseHash' | 'reason' | 'dryRun'> & {
  readonly env: NodeJS.ProcessEnv;
  /** Where the next start finds who made the change and why; nobody may write the log now. */
  readonly notePath?: string;
};

/**
 * Changes the file, also one that is refused as it is, as long as the result is right. Environment variables and files
 * with secrets that are not there are overlooked. Throws what `ConfigStore.set` and `rollback` throw.
 */
export async function changeFile(
  path: string,
  change: FileChange,
  { env, baseHash, reason, dryRun, notePath }: StoppedEdit,
): Promise<Omit<ConfigUpdate, 'snapshot'> & { readonly hash: string }> {
  const text = (await readText(path)) ?? '';
  checkBase(text, baseHash);
  const changed = changeText(text, change, path);
  const { document } = await loadConfig(changed, { env, allowMissingVariables: true });
  const before = readDocument(text).value;
  const hash = hashText(changed);
  if (changed !== text && !dryRun) {
    if (notePath !== undefined) {
      await writeNote(notePath, {
        hash,
        source: change.op === 'rollback' ? 'rollback' : 'command',
        ...(reason !== undefined && { reason }),
        ...(change.op === 'rollback' && { restoredFrom: change.to.position }),
      });
    }
    await writeText(path, changed);
  }
  return { changes: compare(before, document), restartNeeded: restartNeeded(before, document), hash };
}

/** Throws CONFIG_CONFLICT when the text is not the one that a change was made for. */
export function checkBase(text: string, baseHash: string | undefined): void {
  const hash = hashText(text);
  if (baseHash === undefined || (baseHash.length >= SHORT_HASH && hash.startsWith(baseHash.toLowerCase()))) return;
  const [here, there] = [hash, baseHash].map((full) => full.slice(0, SHORT_HASH));
  throw new GatewayError('CONFIG_CONFLICT', {
    message: `The configuration was changed meanwhile: it is ${here}…, and this change was made for ${there}….`,
    details: { baseHash, hash },
  });
}

/** As many digits of a hash tell two configurations apart. */
const SHORT_HASH = 12;

/**
 * The text with one key set or taken out, at the name the key has there, or with all of an earlier configuration. Objects
 * that only held a key go with it, up to one that the user named: an agent without keys is an agent all the same. Throws CONFIG_SYNTAX, CONFIG_KEY_UNSET,
 * CONFIG_SECRET_UNKNOWN, USAGE.
 */
export function changeText(text: string, change: FileChange, file: string): string {
  if (change.op === 'rollback') return restoreInText(text, change.to);
  if (change.op === 'text') return change.text;
  const keyPath = parsePath(change.path);
  const place: KeyPath = placeOf(text.trim() === '' ? {} : toValue(parseJson5(text)), keyPath);
  if (change.op === 'set') return setInText(text, place, change.value);
  const changed = unsetInText(
    text,
    outermostEmptied(text, place, (parent) => !isNamedByUser(parent)),
  );
  if (changed !== undefined) return changed;
  throw new GatewayError('CONFIG_KEY_UNSET', { message: `${change.path} is not set in ${file}.`, details: { path: change.path } });
}
