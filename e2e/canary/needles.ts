/** What a leak looks like: a secret as it was planted, and every way in which a program writes it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spellings } from '@openclaw-gateway/db/redact/spellings';
import { TextSet } from '@openclaw-gateway/db/redact/text-set';
import { ENCODINGS } from '@openclaw-gateway/db/testing/encodings';

export type Hit = { readonly where: string; readonly needle: string };

export type Sweeper = {
  /** Looks through a text. */
  text: (where: string, text: string) => void;
  /** Looks through every file below a folder but those named. */
  folder: (path: string, without?: readonly string[]) => Promise<void>;
  readonly hits: readonly Hit[];
  readonly bytes: () => number;
};

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** A running gateway may have removed a file that was there a moment ago. */
function ifGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** Looks for these secrets in all encodings; for strangers' ones in those that programs make of what they were given. */
export function createSweeper(secrets: readonly string[]): Sweeper {
  const planted = secrets.flatMap((secret) => [...spellings(secret), ...Object.values(ENCODINGS).map((encode) => encode(secret))]);
  const needles = new TextSet(planted.flatMap((text) => [text, inJson(text), inJson(inJson(text))]));
  const hits: Hit[] = [];
  let bytes = 0;
  const text = (where: string, content: string) => {
    bytes += content.length;
    for (const needle of needles.found(content)) hits.push({ where, needle });
  };
  const folder = async (path: string, without: readonly string[] = []): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (without.includes(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) await folder(inside, without);
      // The bytes as they are, each one a character.
      else if (entry.isFile()) text(inside, await readFile(inside, 'latin1').catch(ifGone));
    }
  };
  return { text, folder, hits, bytes: () => bytes };
}
