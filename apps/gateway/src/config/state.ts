/** A configuration as it was read: what the file says, what its secrets are, and what follows from both. */
import { hashText } from './file.ts';
import type { ReadConfig, ReadOptions } from './read.ts';
import { readConfig } from './read.ts';
import { fingerprint, type SecretFiles } from './secret-references.ts';
import type { ConfigChange, ConfigSnapshot, ConfigSource } from './types.ts';

/** `mark` differs when the text or the content of a file with secrets does. */
export type State = ReadConfig & {
  readonly snapshot: ConfigSnapshot;
  readonly text: string;
  readonly secretFiles: SecretFiles;
  readonly mark: string;
};

export type FromFile = Pick<State, 'text' | 'secretFiles' | 'mark'>;
type ToInterpret = {
  readonly path: string;
  readonly text: string | undefined;
  readonly secretFiles: SecretFiles;
  readonly read: ReadOptions;
  readonly source: ConfigSource;
};

/** What a text means. Throws what `readConfig` throws. */
export function interpret({ path, text: written, secretFiles, read, source }: ToInterpret): State {
  const text = written ?? '';
  const result = readConfig(text, { ...read, secretFiles });
  return {
    ...result,
    text,
    secretFiles,
    mark: markOf(text, secretFiles),
    snapshot: { config: result.config, hash: hashText(text), path, exists: written !== undefined, source, warnings: result.warnings },
  };
}

export const markOf = (text: string, secretFiles: SecretFiles) => `${hashText(text)}/${fingerprint(secretFiles)}`;

/** The secrets that come from the same file as before, in which there is another one now. */
export function rotatedSecrets(before: State, after: State): readonly ConfigChange[] {
  const content = ({ secretFiles }: State, file: string) => {
    const found = secretFiles.get(file);
    return found && 'text' in found ? found.text : undefined;
  };
  return [...after.secretReferences]
    .filter(([path, file]) => before.secretReferences.get(path) === file && content(before, file) !== content(after, file))
    .map(([path, file]) => ({ path, op: 'replace', before: { file }, after: { file } }));
}
