import { GatewayError } from '@openclaw-gateway/events';
import { placeOf } from './aliases.ts';
import { compare, restartNeeded } from './changes.ts';
import { outermostEmptied, setInText, unsetInText } from './edit.ts';
import { readText, writeText } from './file.ts';
import { parseJson5, toValue } from './json5.ts';
import { isNamedByUser } from './keys.ts';
import type { KeyPath } from './path.ts';
import { parsePath } from './path.ts';
import { readConfig, readDocument } from './read.ts';
import type { ConfigUpdate } from './types.ts';

export type FileChange =
  | { readonly op: 'set'; readonly path: string; readonly value: unknown }
  | { readonly op: 'unset'; readonly path: string };

/**
 * Changes the file of a gateway that is stopped, also one that is refused as it is, as long as the result is right.
 * Environment variables that are not set here are overlooked. Throws what `ConfigStore.set` throws.
 */
export async function changeFile(path: string, change: FileChange, env: NodeJS.ProcessEnv): Promise<Omit<ConfigUpdate, 'snapshot'>> {
  const text = (await readText(path)) ?? '';
  const changed = changeText(text, change, path);
  const { document } = readConfig(changed, { env, allowMissingVariables: true });
  const before = readDocument(text).value;
  if (changed !== text) await writeText(path, changed);
  return { changes: compare(before, document), restartNeeded: restartNeeded(before, document) };
}

/**
 * The text with one key set or taken out, at the name the key has there. Objects that only held the key go with it, up to
 * one that the user named: an agent without keys is an agent all the same. Throws CONFIG_SYNTAX, CONFIG_KEY_UNSET, USAGE.
 */
export function changeText(text: string, change: FileChange, file: string): string {
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
