/** Where one is in a JSON5 text that need not be complete: the path of the key, and whether a key or its value stands there. */

export type Place = {
  readonly path: readonly string[];
  readonly at: 'key' | 'value';
  /** Where the word begins that is being written. */
  readonly from: number;
};

type Level = { readonly kind: 'object' | 'array'; key: string | undefined; index: number };

/** The place of an offset; nothing inside a comment. */
export function placeAt(text: string, offset: number): Place | undefined {
  const levels: Level[] = [];
  let at = 0;
  let word = { from: offset, text: '' };
  let afterColon = false;
  const top = () => levels.at(-1);
  while (at < offset) {
    const character = text.charAt(at);
    if (text.startsWith('//', at) || text.startsWith('/*', at)) {
      const isLine = text.startsWith('//', at);
      const close = isLine ? text.indexOf('\n', at) : text.indexOf('*/', at + 2);
      const end = close < 0 ? text.length : isLine ? close : close + 2;
      if (end > offset || close < 0 || (isLine && end === offset)) return undefined;
      at = end;
      continue;
    }
    if (character === '"' || character === "'") {
      const from = at;
      at++;
      while (at < text.length && text.charAt(at) !== character) at += text.charAt(at) === '\\' ? 2 : 1;
      at++;
      word = { from, text: text.slice(from + 1, Math.min(at - 1, offset)) };
      continue;
    }
    if (/[\w$-]/.test(character)) {
      const from = at;
      while (at < text.length && /[\w$.+-]/.test(text.charAt(at))) at++;
      word = { from, text: text.slice(from, at) };
      continue;
    }
    at++;
    if (character === '{' || character === '[') {
      levels.push({ kind: character === '{' ? 'object' : 'array', key: undefined, index: 0 });
      afterColon = false;
    } else if (character === '}' || character === ']') {
      levels.pop();
      afterColon = true;
    } else if (character === ':') {
      const level = top();
      if (level) level.key = word.text;
      afterColon = true;
    } else if (character === ',') {
      const level = top();
      if (level) {
        level.index++;
        level.key = undefined;
      }
      afterColon = false;
    } else continue;
    word = { from: offset, text: '' };
  }
  const level = top();
  if (!level) return undefined;
  const around = levels.slice(0, -1).map(nameOf);
  if (level.kind === 'array') return { path: [...around, String(level.index)], at: 'value', from: word.from };
  if (afterColon && level.key !== undefined) return { path: [...around, level.key], at: 'value', from: word.from };
  return { path: around, at: 'key', from: word.from };
}

/** The path of the key whose name stands at an offset. */
export function keyAt(text: string, offset: number): readonly string[] | undefined {
  const before = /["']?[\w$-]*$/.exec(text.slice(0, offset))?.[0] ?? '';
  const after = /^[\w$-]*["']?/.exec(text.slice(offset))?.[0] ?? '';
  const name = (before + after).replace(/["']/g, '');
  const place = placeAt(text, offset - before.length);
  return name !== '' && place?.at === 'key' ? [...place.path, name] : undefined;
}

const nameOf = ({ kind, key, index }: Level): string => (kind === 'object' ? (key ?? '') : String(index));

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[\w$+-][\w$.+-]*|[{}[\],]/g;

/** Where the key or the item of a path begins; where it is not written, the nearest around it. */
export function offsetOf(text: string, path: readonly string[]): number | undefined {
  const levels: Level[] = [];
  let found: { readonly depth: number; readonly at: number } | undefined;
  let isItem = false;
  const meet = (at: number): void => {
    const depth = levels.length;
    if (depth <= (found?.depth ?? 0) || depth > path.length) return;
    if (levels.every((level, index) => nameOf(level) === path[index])) found = { depth, at };
  };
  for (const { 0: token, index: at } of text.matchAll(TOKEN)) {
    if (token.startsWith('//') || token.startsWith('/*')) continue;
    const level = levels.at(-1);
    if (token === '}' || token === ']') levels.pop();
    else if (token === ',') {
      if (level) Object.assign(level, { key: undefined, index: level.index + 1 });
    } else {
      if (level?.kind === 'array' && isItem) meet(at);
      if (token === '{' || token === '[') levels.push({ kind: token === '{' ? 'object' : 'array', key: undefined, index: 0 });
      else if (level?.kind === 'object' && level.key === undefined) {
        level.key = token.replace(/^["']|["']$/g, '');
        meet(at);
      }
    }
    isItem = token === '[' || token === ',';
  }
  return found?.at;
}
