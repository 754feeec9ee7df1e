/** The new file, with where each key came from. */
import { render } from '../json5-style.ts';
import type { KeyPath } from '../path.ts';
import { formatPath } from '../path.ts';
import type { ByHand, Mapped, Unmapped } from './transfer.ts';

const STYLE = { indent: '  ', quote: '"', bareKeys: true, newline: '\n' } as const;
const BARE_KEY = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export type Imported = {
  readonly document: Readonly<Record<string, unknown>>;
  readonly mapped: readonly Mapped[];
  readonly unmapped: readonly Unmapped[];
  readonly byHand: readonly ByHand[];
};

export function importedText({ document, mapped, unmapped, byHand }: Imported, source: string): string {
  const comments = Map.groupBy(
    mapped.filter(({ from, to, note }) => note !== undefined || from !== to),
    ({ to }) => to,
  );
  const body = members(document, [], comments, '  ');
  const open = byHand.map(({ about, todo }) => `//   ${about}: ${todo}`);
  const left = unmapped.map(({ from, why }) => `//   ${from}: ${why}`);
  return [
    `// Taken over from ${oneLine(source)} by \`openclaw config import\`.`,
    ...(open.length > 0 ? ['// To do by hand:', ...open.map(oneLine)] : []),
    ...(left.length > 0 ? ['// Not taken over:', ...left.map(oneLine)] : []),
    '{',
    ...body,
    '}',
    '',
  ].join('\n');
}

function members(
  value: Readonly<Record<string, unknown>>,
  path: KeyPath,
  comments: ReadonlyMap<string, readonly Mapped[]>,
  indent: string,
): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    const notes = (comments.get(formatPath(at)) ?? []).map(
      ({ from, to, note }) => `${indent}// ${oneLine([...(from === to ? [] : [from]), ...(note ? [note] : [])].join('; '))}`,
    );
    const name = BARE_KEY.test(key) ? key : JSON.stringify(key);
    const isBlock = typeof inner === 'object' && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0;
    if (!isBlock || 'file' in inner) return [...notes, `${indent}${name}: ${render(inner, STYLE, indent)},`];
    return [...notes, `${indent}${name}: {`, ...members(inner as Record<string, unknown>, at, comments, `${indent}  `), `${indent}},`];
  });
}

const oneLine = (text: string) => text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
