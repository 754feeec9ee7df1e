/** Values that are written otherwise there. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Taken, Transfer } from './transfer.ts';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);

/** By a table of words; `other` says what becomes of the rest. */
export function word(table: Readonly<Record<string, Taken>>, other: Taken = { why: 'This value has no equal here.' }) {
  return (value: unknown): Taken => (typeof value === 'string' && Object.hasOwn(table, value) ? (table[value] ?? other) : other);
}

export function seconds(value: unknown): Taken {
  return typeof value === 'number' && value > 0 ? { value: `${value}s` } : { why: 'It is no number of seconds.' };
}

/** A path as this gateway takes it: `~` is not replaced here. */
export function path(value: unknown): Taken {
  if (typeof value !== 'string') return { why: 'It is no path.' };
  if (value !== '~' && !value.startsWith('~/')) return { value };
  return { value: join(homedir(), value.slice(1)), note: '"~" is written out' };
}

/** A secret as text, from the environment or from a file. Those that a program or a store gives cannot be taken over. */
export function secret(transfer: Transfer) {
  return (value: unknown): Taken => {
    if (typeof value === 'string') return text(value);
    const { source, provider, id } = isObject(value) ? value : {};
    if (source === 'env' && typeof id === 'string') return { value: `\${${id}}`, note: 'from the environment, as before' };
    if (source === 'file') {
      const file = transfer.get('secrets', 'providers', String(provider));
      const at = isObject(file) ? path(file['path']) : undefined;
      if (isObject(file) && file['mode'] === 'singleValue' && at && 'value' in at) {
        return { value: { file: at.value }, note: 'from the same file' };
      }
      return { todo: 'This secret is one of several in a file. Put it into a file of its own and write { file: "/path" }.' };
    }
    return {
      todo: `This secret comes from a program or a store. Put it into the environment or into a file: "\${NAME}" or { file: "/path" }.`,
    };
  };
}

function text(value: string): Taken {
  if (!/\$\{[A-Z_][A-Z0-9_]*:-/.test(value)) return { value };
  return { todo: `A variable with a fallback, "\${NAME:-…}", is not known here. Write "\${NAME}" and set the variable.` };
}
