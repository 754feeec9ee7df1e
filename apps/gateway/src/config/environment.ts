/** `${NAME}` in any text of the configuration stands for an environment variable; `$${NAME}` for the text itself. */
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';

export type MissingVariable = { readonly variable: string; readonly path: string };

export type Substituted = {
  readonly value: unknown;
  /** The texts in which something was replaced, as they are written, by path. */
  readonly written: ReadonlyMap<string, string>;
  /** Variables that are not set, or empty; their texts are left as they are written. */
  readonly missing: readonly MissingVariable[];
};

const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** A copy in which every reference to the environment is replaced. */
export function substitute(value: unknown, env: NodeJS.ProcessEnv): Substituted {
  const written = new Map<string, string>();
  const missing: MissingVariable[] = [];
  const visit = (current: unknown, path: KeyPath): unknown => {
    if (typeof current === 'string') return replace(current, path);
    if (Array.isArray(current)) return current.map((item, index) => visit(item, [...path, String(index)]));
    if (typeof current !== 'object' || current === null) return current;
    return Object.fromEntries(Object.entries(current).map(([key, inner]) => [key, visit(inner, [...path, key])]));
  };
  const replace = (text: string, path: KeyPath): string => {
    if (!text.includes('${')) return text;
    const at = formatPath(path);
    return text.replace(REFERENCE, (reference, escaped: string, variable: string) => {
      if (escaped) return reference.slice(1);
      written.set(at, text);
      const replacement = env[variable];
      if (replacement) return replacement;
      missing.push({ variable, path: at });
      return reference;
    });
  };
  return { value: visit(value, []), written, missing };
}
