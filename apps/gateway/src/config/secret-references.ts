/**
 * `{ file: "/run/secrets/token" }` in place of a secret stands for what is in that file. The reference is what is shown
 * and recorded; the content is only in memory.
 */
import { createHash } from 'node:crypto';
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';
import { isSecretPath } from './secrets.ts';
import type { Finding } from './types.ts';

/** What was found in the files that a configuration names, by their paths. */
export type SecretFiles = ReadonlyMap<string, SecretFile>;
export type SecretFile =
  | { readonly text: string; readonly warning?: string }
  /** What is expected of the file, as the end of "expected …", and what to do. */
  | { readonly expected: string; readonly hint: string };

export type FileReference = { readonly file: string };

export type Unsealed = {
  readonly value: unknown;
  /** The secrets that come from files: path of the key → path of the file. */
  readonly references: ReadonlyMap<string, string>;
  /** One for each secret that could not be had; a text that says so stands in its place. */
  readonly findings: readonly Finding[];
  /** Files that others than their owner may read. */
  readonly warnings: readonly Finding[];
};

/** Whether a value is the reference to a file that holds a secret. */
export function isFileReference(value: unknown): value is FileReference {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).join() === 'file' && typeof (value as Partial<FileReference>).file === 'string';
}

/** A copy with the secrets in place of their references. `files` must have been read for the same document. */
export function unseal(document: unknown, files: SecretFiles): Unsealed {
  const references = new Map<string, string>();
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const replace = ({ file }: FileReference, path: KeyPath): string => {
    const at = formatPath(path);
    const found = files.get(file) ?? { expected: 'a file that was read', hint: 'Load the configuration again.' };
    const finding = { path: at, value: JSON.stringify({ file }) };
    references.set(at, file);
    if ('expected' in found) {
      findings.push({ ...finding, expected: found.expected, hint: found.hint });
      return `(the secret in ${file})`;
    }
    if (found.warning) warnings.push({ ...finding, expected: found.warning, hint: `\`chmod 600 ${file}\`` });
    return found.text;
  };
  const visit = (value: unknown, path: KeyPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, String(index)]));
    if (typeof value !== 'object' || value === null) return value;
    if (isFileReference(value) && isSecretPath(path)) return replace(value, path);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner, [...path, key])]));
  };
  return { value: visit(document, []), references, findings, warnings };
}

/** Differs when the content of any file does. It holds no secret. */
export function fingerprint(files: SecretFiles): string {
  const contents = [...files].map(([path, found]) => [path, 'text' in found ? found.text : [found.expected]]);
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex');
}

/** Every reference in a document. */
export function referencesIn(value: unknown, path: KeyPath): FileReference[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => referencesIn(item, [...path, String(index)]));
  if (typeof value !== 'object' || value === null) return [];
  if (isFileReference(value) && isSecretPath(path)) return [value];
  return Object.entries(value).flatMap(([key, inner]) => referencesIn(inner, [...path, key]));
}
