/** Paths of keys: `gateway.network.port`, `bindings[0].agentId`, `models.providers["my.provider"].apiKey`. */
import { GatewayError } from '@openclaw-gateway/events/errors';

export type KeyPath = readonly string[];

const PART = /\.?([^.[\]"'\s]+)|\[(\d+)\]|\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]/y;

/** The parts of a written path; the empty text is the whole configuration. Throws USAGE. */
export function parsePath(text: string): KeyPath {
  const parts: string[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const from = PART.lastIndex;
    const match = PART.exec(text);
    const bareAfterBracket = match?.[1] !== undefined && from > 0 && !match[0].startsWith('.');
    const leadingDot = from === 0 && text.startsWith('.');
    if (!match || bareAfterBracket || leadingDot) {
      throw new GatewayError('USAGE', {
        message: `"${text}" is not the path of a key: write it like gateway.network.port, bindings[0].agentId or channels["my.channel"].enabled.`,
        details: { path: text, position: from + 1 },
      });
    }
    parts.push(match[1] ?? match[2] ?? (match[3] ?? match[4] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return parts;
}

/** The path as one writes it. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path.map(String)) {
    if (/^\d+$/.test(part)) text += `[${part}]`;
    else if (/[.[\]"'\s]/.test(part) || part === '') text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** What stands at a path of a plain value; `undefined` where nothing does. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}
