import type { Dirent } from 'node:fs';
import { globOf } from '../../glob.ts';
import { firstOf } from '../result-size.ts';
import { type Folder, openIn, readIn, type Workspace } from '../workspace/index.ts';
import { readableText } from './text.ts';

const MOST_FILES = 5000;
const MOST_FILE_BYTES = 1024 * 1024;
const MOST_FOUND = 100;
/** Of a list in a result, which has 64 KiB. */
const MOST_FOUND_BYTES = 48 * 1024;
const MOST_LINE = 300;
const MOST_DEPTH = 32;

type Query = { readonly text?: string | undefined; readonly name?: string | undefined; readonly ignoreCase?: boolean | undefined };
type Found = { readonly path: string; readonly line?: number; readonly text?: string };
type Walk = { readonly query: Query; readonly signal: AbortSignal; readonly found: Found[]; files: number; complete: boolean };

/** Files of a folder and those below it that fit, with the lines that fit; `complete` says whether all were looked at and are shown. */
export async function search(workspace: Workspace, path: string, query: Query, signal: AbortSignal) {
  const walk: Walk = { query, signal, found: [], files: 0, complete: true };
  await using folder = await workspace.folder(path);
  await visit(walk, folder, path === '.' ? '' : `${path}/`, 0);
  const found = firstOf(walk.found, MOST_FOUND_BYTES);
  return { found, filesSeen: walk.files, complete: walk.complete && found.length === walk.found.length };
}

async function visit(walk: Walk, folder: Folder, prefix: string, depth: number): Promise<void> {
  const entries = (await folder.entries()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    walk.signal.throwIfAborted();
    if (walk.files >= MOST_FILES || walk.found.length >= MOST_FOUND || depth > MOST_DEPTH) {
      walk.complete = false;
      return;
    }
    await visitEntry(walk, folder, entry, prefix, depth);
  }
}

/** What vanished or became something else since it was listed is passed over. */
async function visitEntry(walk: Walk, folder: Folder, entry: Dirent, prefix: string, depth: number): Promise<void> {
  if (entry.isDirectory()) {
    const inner = await openIn(folder, entry.name).catch(() => undefined);
    if (!inner) return;
    await using below = inner;
    return await visit(walk, below, `${prefix}${entry.name}/`, depth + 1);
  }
  if (!entry.isFile()) return;
  walk.files += 1;
  const { name, text } = walk.query;
  if (name !== undefined && !globOf(name)(entry.name)) return;
  if (text === undefined) return void walk.found.push({ path: prefix + entry.name });
  const file = await readIn(folder, entry.name, MOST_FILE_BYTES).catch(() => undefined);
  const content = file && readableText(file.bytes);
  if (content !== undefined) findLines(walk, content, text, prefix + entry.name);
}

function findLines({ found, query }: Walk, content: string, wanted: string, path: string): void {
  const fold = (line: string) => (query.ignoreCase ? line.toLowerCase() : line);
  const needle = fold(wanted);
  if (!fold(content).includes(needle)) return;
  for (const [index, line] of content.split('\n').entries()) {
    if (found.length >= MOST_FOUND) return;
    if (fold(line).includes(needle)) found.push({ path, line: index + 1, text: line.slice(0, MOST_LINE) });
  }
}
