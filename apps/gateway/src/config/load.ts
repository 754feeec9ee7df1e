/** Reads the files that hold secrets. */
import { readFile, stat } from 'node:fs/promises';
import { substitute } from './environment.ts';
import type { ReadConfig, ReadOptions } from './read.ts';
import { readConfig, readDocument } from './read.ts';
import { referencesIn, type SecretFile, type SecretFiles } from './secret-references.ts';

const MAX_SIZE_BYTES = 64 * 1024;
const READ_BY_OTHERS = 0o004;
const WRITTEN_BY_OTHERS = 0o022;

/** Reads a configuration and the files that it refers to for secrets. Throws what `readConfig` throws. */
export async function loadConfig(text: string, options: Omit<ReadOptions, 'secretFiles'>): Promise<ReadConfig> {
  return readConfig(text, { ...options, secretFiles: await readSecretFiles(text, options.env) });
}

/** Reads every file that a configuration refers to for a secret; what cannot be read says so. Throws CONFIG_SYNTAX. */
export async function readSecretFiles(text: string, env: NodeJS.ProcessEnv): Promise<SecretFiles> {
  const document = substitute(readDocument(text).value, env).value;
  const paths = new Set(referencesIn(document, []).map(({ file }) => file));
  return new Map(await Promise.all([...paths].map(async (path) => [path, await readSecret(path)] as const)));
}

async function readSecret(path: string): Promise<SecretFile> {
  if (!path.startsWith('/')) return { expected: 'an absolute path', hint: 'Write it from the root: { file: "/run/secrets/name" }.' };
  try {
    const { mode, size, ...kind } = await stat(path).then((found) => ({ mode: found.mode, size: found.size, isFile: found.isFile() }));
    if (!kind.isFile) return { expected: 'a file', hint: `${path} is something else.` };
    if (size > MAX_SIZE_BYTES) return { expected: 'a file of at most 64 KiB', hint: `${path} has ${size} bytes.` };
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    if (text === '') return { expected: 'a file with the secret in it', hint: `${path} is empty.` };
    const warning = openness(mode);
    return warning === undefined ? { text } : { text, warning };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { expected: 'a file that exists', hint: `There is no ${path}.` };
    if (code === 'EACCES' || code === 'EPERM') {
      return { expected: 'a file that the gateway may read', hint: `Give it to the user who runs the gateway: \`chown\` ${path}.` };
    }
    return { expected: 'a file that can be read', hint: `Reading ${path} failed: ${code}.` };
  }
}

function openness(mode: number): string | undefined {
  if (mode & WRITTEN_BY_OTHERS) return 'a file that only its owner may change';
  return mode & READ_BY_OTHERS ? 'a file that not everybody on this machine may read' : undefined;
}
