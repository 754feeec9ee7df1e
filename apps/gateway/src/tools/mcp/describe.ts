/** What servers of others say of their tools, and what those return, brought to a form and a size that do no harm. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import { jsonSize, MOST_RESULT_BYTES, partOf } from '../result-size.ts';

const MOST_TOOLS = 128;
const MOST_SCHEMA_BYTES = 16 * 1024;
const MOST_DESCRIPTION = 1024;
const MOST_TEXT = 40_000;
/** For what the result says of the text that is left out. */
const RESERVED_BYTES = 256;
const TOOL_NAME = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,63}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\u{E0000}-\u{E007F}]/gu;

export type ListedTool = { readonly name: string; readonly description: string; readonly inputSchema: Readonly<Record<string, unknown>> };

/** The tools of a server's list that can be used; `refused` names the others. */
export function usableTools(listed: readonly unknown[]): { readonly tools: readonly ListedTool[]; readonly refused: readonly string[] } {
  const tools = new Map<string, ListedTool>();
  const refused: string[] = [];
  for (const entry of listed) {
    const { name, description, inputSchema } = (entry ?? {}) as { name?: unknown; description?: unknown; inputSchema?: unknown };
    const isUsable =
      typeof name === 'string' && TOOL_NAME.test(name) && !tools.has(name) && isSchema(inputSchema) && tools.size < MOST_TOOLS;
    if (!isUsable) refused.push(String(name).replace(UNSEEN, '').slice(0, 64));
    else tools.set(name, { name, description: plain(typeof description === 'string' ? description : '', MOST_DESCRIPTION), inputSchema });
  }
  return { tools: [...tools.values()], refused };
}

/** What a call returned, as the model is told of it. Throws TOOL_FAILED when the server says that it failed. */
export function resultOf(server: string, result: unknown): unknown {
  const { content, structuredContent, isError } = (result ?? {}) as { content?: unknown; structuredContent?: unknown; isError?: unknown };
  const parts = Array.isArray(content) ? content.map(readPart) : [];
  const whole = parts.filter((part) => typeof part === 'string').join('\n');
  const others = parts.filter((part) => typeof part !== 'string').slice(0, 20);
  const mostBytes = MOST_RESULT_BYTES - RESERVED_BYTES - jsonSize(others);
  const seen = whole.slice(0, MOST_TEXT * 2).replace(UNSEEN, '');
  const text = partOf(seen, 0, { mostBytes, mostCharacters: MOST_TEXT });
  const omittedCharacters = whole.length > MOST_TEXT * 2 ? whole.length - text.length : seen.length - text.length;
  if (isError === true) throw new GatewayError('TOOL_FAILED', { message: `${server} says: ${text.slice(0, 1500) || 'it failed'}` });
  return {
    text,
    ...(omittedCharacters > 0 && { omittedCharacters }),
    ...(others.length > 0 && { others }),
    // Most servers say the same in both.
    ...(text === '' && structuredContent != null && jsonSize(structuredContent) <= mostBytes && { structured: structuredContent }),
  };
}

function readPart(part: unknown): string | object {
  const { type, text, mimeType, data, resource, uri } = (part ?? {}) as Record<string, unknown>;
  if (type === 'text') return String(text ?? '');
  const inner = (resource ?? {}) as Record<string, unknown>;
  if (type === 'resource' && typeof inner['text'] === 'string') return inner['text'];
  return {
    type: String(type).slice(0, 32),
    ...(typeof mimeType === 'string' && { mimeType: mimeType.slice(0, 128) }),
    ...(typeof (uri ?? inner['uri']) === 'string' && { uri: String(uri ?? inner['uri']).slice(0, 1000) }),
    ...(typeof data === 'string' && { sizeBytes: Math.floor((data.length * 3) / 4) }),
  };
}

function isSchema(schema: unknown): schema is Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || (schema as { type?: unknown }).type !== 'object') return false;
  return Buffer.byteLength(JSON.stringify(schema)) <= MOST_SCHEMA_BYTES;
}

function plain(text: string, most: number): string {
  const seen = text.slice(0, most * 2).replace(UNSEEN, '');
  return seen.length <= most ? seen : `${seen.slice(0, most - 1)}…`;
}
