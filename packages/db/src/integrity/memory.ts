/** Remembers how far the log was checked, so that the next check goes on from there. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A checkpoint that was found good, with the tree up to it. Hashes in lowercase hex. */
export type Verified = {
  readonly size: number;
  readonly hash: string;
  readonly roots: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
};

const FILE = 'verified.json';

export function readVerified(dir: string): Verified | undefined {
  try {
    const value = JSON.parse(readFileSync(join(dir, FILE), 'utf8')) as Partial<Verified>;
    const { size, hash, roots, at } = value;
    const isWhole = Number.isSafeInteger(size) && typeof hash === 'string' && Array.isArray(roots) && typeof at === 'number';
    return isWhole && roots.length === ones(size ?? 0) ? (value as Verified) : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever may only read the log remembers nothing. */
export function writeVerified(dir: string, verified: Verified): void {
  const path = join(dir, FILE);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(verified), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function ones(value: number): number {
  return [...value.toString(2)].filter((digit) => digit === '1').length;
}
