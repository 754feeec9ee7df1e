import fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, it } from 'vitest';
import { outermostEmptied, setInText, unsetInText } from './edit.ts';
import { parseJson5, toValue } from './json5.ts';

const FILE = `// My gateway
{
  gateway: {
    network: { port: 18789 }, // the usual port
    'auth': {
      token: '\${GATEWAY_TOKEN}', /* from the environment */
    },
  },
  // Who may write
  channels: { telegram: { allowFrom: ['1', '2',], }, },
}
`;

const key = fc.oneof(fc.constantFrom('a', 'b', 'c', 'port', 'my-key', 'my.key', '', '__proto__', 'ключ', '1'), fc.string({ maxLength: 6 }));
const scalar = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const anyObject = fc.dictionary(key, anyValue, { maxKeys: 5, noNullPrototype: true });
const seeds = fc.infiniteStream(fc.nat(1000));

/** The value as a person might write it, with the comments that were put in. */
function write(value: unknown, next: () => number, comments: string[]): string {
  const comment = () => {
    const kind = next() % 7;
    if (kind > 1) return next() % 4 === 0 ? '\n    ' : ' ';
    const name = `c${comments.length}`;
    comments.push(name);
    return kind === 0 ? ` /* ${name} , } */ ` : ` // ${name} { ' "\n  `;
  };
  const quote = (text: string) => {
    const json = JSON.stringify(text);
    return next() % 2 === 0 ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  };
  const sequence = (parts: string[], open: string, close: string) =>
    open +
    parts.map((part) => comment() + part + comment()).join(',') +
    (parts.length > 0 && next() % 2 === 0 ? ',' : '') +
    comment() +
    close;
  if (Array.isArray(value))
    return sequence(
      value.map((item) => write(item, next, comments)),
      '[',
      ']',
    );
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, inner]) => {
      const bare = /^[A-Za-z_$][\w$]*$/.test(name) && next() % 2 === 0;
      return `${bare ? name : quote(name)}${comment()}:${comment()}${write(inner, next, comments)}`;
    });
    return sequence(members, '{', '}');
  }
  return typeof value === 'string' ? quote(value) : Object.is(value, -0) ? '-0' : String(value);
}

const plain = (text: string) => toValue(parseJson5(text));

/** A copy in which the path has the value, the slow and obvious way; objects merge into nothing, they replace. */
function expected(root: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const copy: Record<string, unknown> = Object.defineProperties({}, Object.getOwnPropertyDescriptors(root ?? {}));
  const inner = Object.hasOwn(copy, head) ? copy[head] : {};
  Object.defineProperty(copy, head, { value: expected(inner, rest, value), enumerable: true, configurable: true, writable: true });
  return copy;
}

const objectPaths = (value: unknown, at: string[] = []): string[][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? [at, ...Object.entries(value).flatMap(([name, inner]) => objectPaths(inner, [...at, name]))]
    : [];
const commentsIn = (text: string, names: readonly string[]) => names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));

describe('parseJson5', () => {
  it('reads what the json5 package reads', () => {
    fc.assert(
      fc.property(anyValue, seeds, (value, stream) => {
        const text = write(value, () => stream.next().value, []);
        expect(plain(text)).toStrictEqual(JSON5.parse(text));
      }),
    );
  });

  it.each([
    ['{ a: 1', 1, 7, '"," or "}"'],
    ['{\n  a: 1\n  b: 2\n}', 3, 3, '"," or "}"'],
    ['{ a 1 }', 1, 5, '":" after the key "a"'],
    ['{ a: }', 1, 6, 'a value'],
    ['{ a: 30m }', 1, 8, 'a comma or the end after the number'],
    ['{ a: hello }', 1, 6, 'a value'],
    ["{ a: 'x }", 1, 6, "a closing '"],
    ['{ a: 1,, b: 2 }', 1, 8, 'a key or "}"'],
    ['{ a: 1 } x', 1, 10, 'the end of the file'],
    ['{ a: [1 2] }', 1, 9, '"," or "]"'],
    ['{ /* a: 1 }', 1, 3, '"*/"'],
    ['', 1, 1, 'a value'],
    ['{ a: 1,\n  a: 2 }', 2, 3, 'each key once'],
    ['{ a: "\\u12" }', 1, 9, 'four hexadecimal digits'],
  ])('says where %j breaks and what was expected there', (text, line, column, expectation) => {
    expect(() => parseJson5(text)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_SYNTAX',
        details: expect.objectContaining({ line, column, expected: expect.stringContaining(expectation) }),
      }),
    );
  });
});

describe('setInText', () => {
  it('B14 sets any value at any path, and every comment is still there', () => {
    fc.assert(
      fc.property(
        anyObject,
        fc.array(key, { minLength: 1, maxLength: 3 }),
        anyValue,
        fc.nat(),
        seeds,
        (root, tail, value, pick, stream) => {
          const comments: string[] = [];
          const text = write(root, () => stream.next().value, comments);
          const places = objectPaths(root);
          const place = places[pick % places.length] ?? [];
          // A new key, so that nothing that may hold comments is replaced.
          const path = [...place, `new ${tail[0]}`, ...tail.slice(1)];
          const changed = setInText(text, path, value);
          expect(plain(changed)).toStrictEqual(expected(plain(text), path, value));
          expect(JSON5.parse(changed)).toStrictEqual(plain(changed));
          expect(commentsIn(changed, comments)).toEqual(comments);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('B14 replaces the value of a key that is there, and nothing else', () => {
    fc.assert(
      fc.property(anyObject, anyValue, fc.nat(), seeds, (root, value, pick, stream) => {
        const text = write(root, () => stream.next().value, []);
        const path = objectPaths(root).flatMap((at) => {
          const names = Object.keys((at.reduce<unknown>((v, part) => (v as Record<string, unknown>)[part], plain(text)) ?? {}) as object);
          return names.map((name) => [...at, name]);
        })[pick % 5];
        if (!path) return;
        expect(plain(setInText(text, path, value))).toStrictEqual(expected(plain(text), path, value));
      }),
      { numRuns: 400 },
    );
  });

  it('B14 keeps comments, quotes, order and trailing commas of the file', () => {
    expect(setInText(FILE, ['gateway', 'network', 'port'], 8080)).toBe(FILE.replace('18789', '8080'));
    expect(setInText(FILE, ['gateway', 'sessions', 'historyRetention'], '1d')).toBe(
      FILE.replace('    },\n  },\n  // Who', "    },\n    sessions: {\n      historyRetention: '1d'\n    },\n  },\n  // Who"),
    );
    expect(setInText(FILE, ['gateway', 'network', 'host'], '::1')).toBe(FILE.replace('18789 }', "18789, host: '::1' }"));
    expect(setInText(FILE, ['channels', 'telegram', 'allowFrom', '2'], '3')).toBe(FILE.replace("'2',]", "'2', '3',]"));
  });

  it('B14 merges an object into the one that is there, with its comments', () => {
    const changed = setInText(FILE, ['gateway', 'auth'], { token: `\${GATEWAY_TOKEN}`, type: 'token' });
    expect(changed).toContain(`token: '\${GATEWAY_TOKEN}', /* from the environment */\n      type: 'token',`);
  });

  it('starts a file, and keeps strict JSON strict', () => {
    expect(setInText('', ['gateway', 'network', 'port'], 1)).toBe('{\n  gateway: {\n    network: {\n      port: 1\n    }\n  }\n}\n');
    const json = '{\n\t"a": 1\n}\n';
    expect(JSON.parse(setInText(json, ['b'], { c: ['x'] }))).toEqual({ a: 1, b: { c: ['x'] } });
    expect(setInText(json, ['b'], 2)).toBe('{\n\t"a": 1,\n\t"b": 2\n}\n');
  });

  it('refuses a path that leads through a plain value', () => {
    expect(() => setInText(FILE, ['gateway', 'network', 'port', 'x'], 1)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('unsetInText', () => {
  it('B14 takes out one key and keeps every comment outside it', () => {
    fc.assert(
      fc.property(anyObject, key, scalar, seeds, (root, name, value, stream) => {
        const fresh = `new ${name}`;
        const comments: string[] = [];
        const next = () => stream.next().value;
        const text = write({ ...root, [fresh]: value }, next, comments);
        const changed = unsetInText(text, [fresh]);
        expect(changed).toBeDefined();
        expect(plain(changed ?? '')).toStrictEqual(plain(write(root, () => 2, [])));
        expect(JSON5.parse(changed ?? '')).toStrictEqual(plain(changed ?? ''));
      }),
      { numRuns: 400 },
    );
  });

  it('takes the line with it, and the comma that would be left over', () => {
    expect(unsetInText(FILE, ['gateway', 'auth', 'token'])).toContain("'auth': {\n      /* from the environment */\n    },");
    expect(unsetInText('{\n  "a": 1,\n  "b": 2\n}', ['b'])).toBe('{\n  "a": 1\n}');
    expect(unsetInText('{ a: [1, 2] }', ['a', '1'])).toBe('{ a: [1 ] }');
    expect(unsetInText(FILE, ['gateway', 'nothing'])).toBeUndefined();
  });
});

describe('outermostEmptied', () => {
  const anyParent = () => true;

  it.each([
    ['{ a: { b: { c: 1 } } }', ['a', 'b', 'c'], ['a']],
    ['{ a: { b: { c: 1 }, d: 2 } }', ['a', 'b', 'c'], ['a', 'b']],
    ['{ a: { b: { c: 1 }, empty: {} } }', ['a', 'b', 'c'], ['a', 'b']],
    ['{ a: { b: { c: 1, d: 2 } } }', ['a', 'b', 'c'], ['a', 'b', 'c']],
    ['{ a: { b: { c: { d: 1 }, }, }, }', ['a', 'b', 'c'], ['a']],
    ['{ a: [{ b: 1 }] }', ['a', '0', 'b'], ['a', '0', 'b']],
    ['{ a: [1] }', ['a', '0'], ['a', '0']],
    ['{ a: { b: { c: 1 } } }', ['a', 'b', 'x'], ['a', 'b', 'x']],
    ['{ a: { /* why */ b: { c: 1 } } }', ['a', 'b', 'c'], ['a', 'b']],
    ['{ a: { b: { c: 1 // why\n } } }', ['a', 'b', 'c'], ['a', 'b', 'c']],
    ['', ['a', 'b'], ['a', 'b']],
  ])('B14 in %s without %j, %j is empty', (text, path, emptied) => {
    expect(outermostEmptied(text, path, anyParent)).toEqual(emptied);
  });

  it('B14 stops below an object that may not go', () => {
    const text = '{ agents: { entries: { main: { session: { a: 1 } } } } }';
    expect(outermostEmptied(text, ['agents', 'entries', 'main', 'session', 'a'], (parent) => parent.at(-1) !== 'main')).toEqual([
      'agents',
      'entries',
      'main',
      'session',
    ]);
  });
});
