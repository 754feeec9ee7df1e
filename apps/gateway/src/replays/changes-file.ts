/** What a run of decisions would make otherwise, on the disk: a file for each verdict, a line for each message, the newest first. */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import type { DecisionChange } from '../replay/job.ts';
import type { ReplayOutcome } from './order.ts';

/** In the order in which they are read. */
export const CHANGE_VERDICTS = ['looser', 'stricter', 'route changed'] as const;
type ChangeVerdict = (typeof CHANGE_VERDICTS)[number];

/** More of one verdict nobody reads; they are counted all the same. */
const MOST_LISTED = 20_000;
const CHUNK_BYTES = 64 * 1024;
const CURSOR = /^([0-2]):(\d{1,12})$/;

export type ChangePage = { readonly rows: readonly DecisionChange[] /** Where the next page begins. */; readonly next?: string };

const fileOf = (dir: string, id: string, verdict: ChangeVerdict): string => join(dir, `${id}.${verdict.replace(' ', '-')}.jsonl`);

export class ChangesFile implements AsyncDisposable {
  readonly #dir: string;
  readonly #id: string;
  readonly #files = new Map<ChangeVerdict, FileHandle>();
  readonly #listed = new Map<ChangeVerdict, number>();

  constructor(dir: string, id: string) {
    this.#dir = dir;
    this.#id = id;
  }

  /** Adds what follows; of each verdict the newest 20,000 are listed. */
  async add(changes: readonly DecisionChange[]): Promise<void> {
    for (const verdict of CHANGE_VERDICTS) {
      const listed = this.#listed.get(verdict) ?? 0;
      const some = changes.filter((change) => change.verdict === verdict).slice(0, MOST_LISTED - listed);
      if (some.length === 0) continue;
      this.#listed.set(verdict, listed + some.length);
      const file = await this.#open(verdict);
      await file.appendFile(some.map((change) => `${JSON.stringify(change)}\n`).join(''));
    }
  }

  /** How many are listed. */
  listed(): number {
    return [...this.#listed.values()].reduce((total, count) => total + count, 0);
  }

  /** Equal for equal decisions. */
  async digest(counts: ReplayOutcome['counts']): Promise<string> {
    const hash = createHash('sha256').update(`{"counts":${JSON.stringify(counts)},"decided":[`);
    let first = true;
    for (let cursor: string | undefined = '0:0'; cursor !== undefined; ) {
      const page: ChangePage = await readChanges(this.#dir, this.#id, { cursor, limit: 500 });
      for (const { verdict, position, after } of page.rows) {
        hash.update(`${first ? '' : ','}${JSON.stringify({ verdict, position, after })}`);
        first = false;
      }
      cursor = page.next;
    }
    return hash.update(']}').digest('hex');
  }

  async #open(verdict: ChangeVerdict): Promise<FileHandle> {
    const known = this.#files.get(verdict);
    if (known) return known;
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const file = await open(fileOf(this.#dir, this.#id, verdict), 'a', 0o600);
    this.#files.set(verdict, file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }
}

/** Looser first, then stricter, then other routes, or of one verdict alone. Throws BAD_REQUEST for a cursor that no page gave. */
export async function readChanges(
  dir: string,
  id: string,
  {
    verdict,
    cursor,
    limit,
  }: { readonly verdict?: ChangeVerdict | undefined; readonly cursor?: string | undefined; readonly limit: number },
): Promise<ChangePage> {
  const [from, offset] = placeOf(cursor ?? `${verdict ? CHANGE_VERDICTS.indexOf(verdict) : 0}:0`);
  const rows: DecisionChange[] = [];
  for (let index = from, at = offset; index < CHANGE_VERDICTS.length; index++, at = 0) {
    const name = CHANGE_VERDICTS[index];
    if (!name || (verdict && name !== verdict)) continue;
    const { lines, end } = await readLines(fileOf(dir, id, name), at, limit - rows.length);
    rows.push(...lines.map((line) => JSON.parse(line) as DecisionChange));
    if (end !== undefined) return { rows, next: `${index}:${end}` };
  }
  return { rows };
}

/** Removes what is listed of a run. */
export async function removeChanges(dir: string, id: string): Promise<void> {
  await Promise.all(CHANGE_VERDICTS.map((verdict) => rm(fileOf(dir, id, verdict), { force: true })));
}

function placeOf(cursor: string): readonly [number, number] {
  const [, file, offset] = CURSOR.exec(cursor) ?? [];
  if (file === undefined)
    throw new GatewayError('BAD_REQUEST', { message: `${JSON.stringify(cursor)} is no place that a page of changes gave.` });
  return [Number(file), Number(offset)];
}

/** Whole lines from a byte on; `end` is where the next one begins, missing at the end of the file. */
async function readLines(path: string, from: number, limit: number): Promise<{ readonly lines: string[]; readonly end?: number }> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return { lines: [] };
  try {
    const lines: string[] = [];
    let rest: Buffer = Buffer.alloc(0);
    let start = from;
    for (;;) {
      if (lines.length === limit) return (await file.stat()).size > start ? { lines, end: start } : { lines };
      const newline = rest.indexOf(0x0a);
      if (newline !== -1) {
        lines.push(rest.subarray(0, newline).toString('utf8'));
        rest = rest.subarray(newline + 1);
        start += newline + 1;
        continue;
      }
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, start + rest.length);
      if (bytesRead === 0) return { lines };
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    }
  } finally {
    await file.close();
  }
}
