/** Which file of a package is imported for it: `exports` for ECMAScript modules, else `main`. */
import { GatewayError } from '@openclaw-gateway/events';

export function entryOf(manifest: unknown): string {
  const { exports, main } = manifest as { readonly exports?: unknown; readonly main?: unknown };
  const entry =
    resolveExport(typeof exports === 'object' && exports !== null && '.' in exports ? exports['.'] : exports) ?? main ?? 'index.js';
  if (typeof entry === 'string' && !/(^|[\\/])\.\.([\\/]|$)/.test(entry) && !entry.startsWith('/')) return entry;
  throw new GatewayError('EXTENSION_INVALID', { message: 'Its package.json names no file inside the package as its entry.' });
}

function resolveExport(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const condition of ['node', 'import', 'default']) {
    const found = resolveExport((value as Record<string, unknown>)[condition]);
    if (found !== undefined) return found;
  }
  return undefined;
}
