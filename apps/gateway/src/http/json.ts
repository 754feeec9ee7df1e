import { GatewayError } from '@openclaw-gateway/events';

/** The JSON document in a body. Throws `BAD_JSON` with the position, line and column of the first fault. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const position = faultIn(text);
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - before.lastIndexOf('\n');
    const message = text.trim() === '' ? 'The body is empty.' : `The body is not valid JSON: line ${line}, column ${column}.`;
    throw new GatewayError('BAD_JSON', { message, details: { position, line, column }, cause });
  }
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])*"/uy;

/** Where the text stops being the beginning of a JSON document. Walks it with a stack, so that depth costs nothing. */
function faultIn(text: string): number {
  let at = 0;
  const open: string[] = [];
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const takeKey = (): boolean => take(STRING) && take(SPACE) && text[at] === ':' && ++at > 0;

  for (;;) {
    take(SPACE);
    const opening = text[at];
    if (opening === '{' || opening === '[') {
      at++;
      take(SPACE);
      const empty = text[at] === (opening === '{' ? '}' : ']');
      if (empty) at++;
      else {
        open.push(opening);
        if (opening === '{' && !takeKey()) return at;
        continue;
      }
    } else if (!take(SCALAR)) return at;

    for (;;) {
      take(SPACE);
      const inside = open.at(-1);
      if (inside === undefined) return at;
      if (text[at] === (inside === '{' ? '}' : ']')) {
        at++;
        open.pop();
        continue;
      }
      if (text[at] !== ',') return at;
      at++;
      take(SPACE);
      if (inside === '{' && !takeKey()) return at;
      break;
    }
  }
}
