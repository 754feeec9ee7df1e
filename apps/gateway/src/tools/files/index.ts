/** Reading and changing files of the agent's workspace. */
import { GatewayError } from '@openclaw-gateway/events';
import { defineTool, type ToolDefinition } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { ToolHost } from '../host.ts';
import { firstOf } from '../result-size.ts';
import { pathParameter } from '../workspace/paths.ts';
import { attachTool } from './attach.ts';
import { search } from './search.ts';
import { readableText, withoutCutCharacter } from './text.ts';

const MOST_READ_BYTES = 32 * 1024;
const MOST_WRITE_BYTES = 1024 * 1024;
const MOST_EDIT_BYTES = 4 * 1024 * 1024;
const MOST_ENTRIES = 500;
/** Of a list in a result, which has 64 KiB. */
const MOST_LIST_BYTES = 48 * 1024;

export function filesTools({ workspace }: Pick<ToolHost, 'workspace'>): readonly ToolDefinition[] {
  const read = defineTool({
    name: 'files.read',
    description: 'Reads a text file of the workspace, 32 KiB at a time. For more, ask again from `nextOffset`.',
    parameters: z.strictObject({
      path: pathParameter('The file, from the workspace on, such as "notes/today.md".'),
      offset: z.int().min(0).describe('The byte to begin at.').optional(),
    }),
    effect: 'read',
    sandbox: 'workspace',
    run: async ({ path, offset = 0 }, { agentId }) => {
      const { bytes, sizeBytes } = await (await workspace(agentId)).read(path, MOST_READ_BYTES, offset);
      const shown = offset + bytes.length < sizeBytes ? withoutCutCharacter(bytes) : bytes;
      const text = readableText(shown);
      if (text === undefined) return { path, sizeBytes, binary: true };
      const end = offset + shown.length;
      return { path, sizeBytes, text, ...(end < sizeBytes && { nextOffset: end }) };
    },
  });

  const write = defineTool({
    name: 'files.write',
    description: 'Writes a text file of the workspace, with the folders it lies in. What was in the file before is replaced.',
    parameters: z.strictObject({
      path: pathParameter('The file, from the workspace on.'),
      text: z.string().max(MOST_WRITE_BYTES).describe('What is to be in the file.'),
    }),
    effect: 'write',
    sandbox: 'workspace',
    run: async ({ path, text }, { agentId }) => {
      const bytes = Buffer.from(text);
      if (bytes.length > MOST_WRITE_BYTES) throw tooLarge(path, bytes.length, MOST_WRITE_BYTES);
      const { created } = await (await workspace(agentId)).write(path, bytes);
      return { path, sizeBytes: bytes.length, created };
    },
  });

  const edit = defineTool({
    name: 'files.edit',
    description: 'Replaces a passage of a text file of the workspace. The passage must occur exactly once unless `all` is true.',
    parameters: z.strictObject({
      path: pathParameter('The file, from the workspace on.'),
      find: z.string().min(1).max(MOST_READ_BYTES).describe('The passage as it stands in the file.'),
      replace: z.string().max(MOST_READ_BYTES).describe('What is to stand there instead.'),
      all: z.boolean().describe('Replace every occurrence.').optional(),
    }),
    effect: 'write',
    sandbox: 'workspace',
    run: async ({ path, find, replace, all = false }, { agentId }) => {
      const files = await workspace(agentId);
      const { bytes, sizeBytes } = await files.read(path, MOST_EDIT_BYTES);
      if (sizeBytes > MOST_EDIT_BYTES) throw tooLarge(path, sizeBytes, MOST_EDIT_BYTES);
      const text = readableText(bytes);
      if (text === undefined) throw new GatewayError('TOOL_FAILED', { message: `${JSON.stringify(path)} is not text.` });
      const parts = text.split(find);
      const replaced = parts.length - 1;
      if (replaced === 0) throw new GatewayError('TOOL_FAILED', { message: `The passage does not occur in ${JSON.stringify(path)}.` });
      if (replaced > 1 && !all)
        throw new GatewayError('TOOL_FAILED', { message: `The passage occurs ${replaced} times; give more of it, or set "all".` });
      const changed = Buffer.from(parts.join(replace));
      if (changed.length > MOST_EDIT_BYTES) throw tooLarge(path, changed.length, MOST_EDIT_BYTES);
      await files.write(path, changed);
      return { path, replaced, sizeBytes: changed.length };
    },
  });

  const list = defineTool({
    name: 'files.list',
    description: 'Lists a folder of the workspace: names, and what each is.',
    parameters: z.strictObject({ path: pathParameter('The folder, from the workspace on; the workspace itself by default.').optional() }),
    effect: 'read',
    sandbox: 'workspace',
    run: async ({ path = '.' }, { agentId }) => {
      await using folder = await (await workspace(agentId)).folder(path);
      const all = (await folder.entries()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const listed = all.slice(0, MOST_ENTRIES).map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
      const entries = firstOf(listed, MOST_LIST_BYTES);
      return { path, entries, ...(all.length > entries.length && { more: all.length - entries.length }) };
    },
  });

  const searchFiles = defineTool({
    name: 'files.search',
    description: 'Finds text in the files of the workspace. Give `text`, `name` or both. Links and binary files are left out.',
    parameters: z.strictObject({
      path: pathParameter('The folder to begin at; the workspace itself by default.').optional(),
      text: z.string().min(1).max(1000).describe('The text to find, as it is written.').optional(),
      name: z.string().min(1).max(255).describe('Names of files, with * and ?, such as "*.md".').optional(),
      ignoreCase: z.boolean().optional(),
    }),
    effect: 'read',
    sandbox: 'workspace',
    run: async ({ path = '.', ...query }, { agentId, signal }) => search(await workspace(agentId), path, query, signal),
  });

  return [read, write, edit, list, searchFiles, attachTool(workspace)] as readonly ToolDefinition[];
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): string {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
}

function tooLarge(path: string, sizeBytes: number, limitBytes: number): GatewayError {
  return new GatewayError('TOOL_FAILED', {
    message: `${JSON.stringify(path)} has or would have ${sizeBytes} bytes; at most ${limitBytes} are taken.`,
    details: { sizeBytes, limitBytes },
  });
}
