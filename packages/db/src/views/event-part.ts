/** A piece of an event's data that is too large to be shown at once: one branch, or a stretch of one text. */
import type { EventPart, PartSize } from './queries.ts';

const TEXT_CHARS = 64 * 1024;
const BRANCHES = 100;
const PREVIEW_CHARS = 600;

/** What lies at a path, from an entry or a character on; `undefined` where nothing does. */
export function partOf(data: unknown, path: readonly string[], offset: number): EventPart | undefined {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  if (typeof value === 'string') {
    const text = sliceOf(value, offset, offset + TEXT_CHARS);
    return { kind: 'text', total: value.length, value: text, next: offset + text.length, larger: {} };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'value', total: 1, value, next: 1, larger: {} };
  const keys = Object.keys(value);
  const shown = keys.slice(offset, offset + BRANCHES);
  const previews: Record<string, unknown> = {};
  const larger: Record<string, PartSize> = {};
  for (const key of shown) {
    const child = (value as Readonly<Record<string, unknown>>)[key];
    const size = sizeOf(child);
    if (size) larger[key] = size;
    previews[key] = typeof child === 'string' ? sliceOf(child, 0, PREVIEW_CHARS) : size ? null : child;
  }
  return { kind: Array.isArray(value) ? 'list' : 'object', total: keys.length, value: previews, next: offset + shown.length, larger };
}

function sizeOf(value: unknown): PartSize | undefined {
  if (typeof value === 'string') return value.length > PREVIEW_CHARS ? { kind: 'text', total: value.length } : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return { kind: Array.isArray(value) ? 'list' : 'object', total: Object.keys(value).length };
}

/** No character is cut in two. */
function sliceOf(text: string, start: number, end: number): string {
  return text.slice(start, isLowSurrogate(text, end) ? end + 1 : end);
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
