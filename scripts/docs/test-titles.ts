/** The titles of the tests in a source file, and the configuration keys that a title names. */
import { parseAst } from 'rolldown/parseAst';

type Node = { readonly type: string; readonly [field: string]: unknown };

const TESTS = new Set(['test', 'it']);

/**
 * The first argument of every `test(…)`, `it(…)`, `test.each(…)(…)` and the like, as it is written: what a template fills in
 * becomes "…".
 */
export function testTitles(source: string, file: string): readonly string[] {
  const titles: string[] = [];
  visit(parseAst(source, { lang: 'ts' }, file) as unknown as Node, (node) => {
    if (node.type !== 'CallExpression' || !TESTS.has(calledName(node['callee'] as Node))) return;
    const [first] = node['arguments'] as readonly Node[];
    const title = first && staticText(first);
    if (title !== undefined) titles.push(title);
  });
  return titles;
}

/** The paths in a title, each on its own: not the beginning of a longer one. @example keysNamedIn('a.{b,c} and d.e.') // ['a.b', 'a.c', 'd.e'] */
export function keysNamedIn(title: string): readonly string[] {
  const words = title.match(/(?:[\w$*]|\{[\w$*,.[\]-]+\})(?:[\w$*[\].-]|\{[\w$*,.[\]-]+\})*/g) ?? [];
  const paths = words.flatMap((word) => expand(word.replace(/\.+$/, '')));
  // A word of everyday language is a key only in backticks.
  return [...new Set(paths)].filter((path) => /[.$[]/.test(path) || title.includes(`\`${path}\``));
}

function expand(word: string): string[] {
  const braces = /\{([^{}]+)\}/.exec(word);
  if (!braces) return [word];
  const [before, after] = [word.slice(0, braces.index), word.slice(braces.index + braces[0].length)];
  return (braces[1] ?? '').split(',').flatMap((choice) => expand(before + choice + after));
}

/** `it` of `it(…)`, `it.skipIf(…)(…)`, `it.each(…)(…)`; of `it.each(…)` itself nothing, because its argument is no title. */
function calledName(callee: Node, isCalled = false): string {
  if (callee.type === 'Identifier') return String(callee['name']);
  if (callee.type === 'CallExpression') return calledName(callee['callee'] as Node, true);
  if (callee.type === 'TaggedTemplateExpression') return calledName(callee['tag'] as Node, true);
  if (callee.type !== 'MemberExpression') return '';
  const method = (callee['property'] as Node)['name'];
  const takesTitle = isCalled || method === 'only' || method === 'concurrent' || method === 'sequential' || method === 'fails';
  return takesTitle ? calledName(callee['object'] as Node, isCalled) : '';
}

function staticText(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]).map(({ value }) => value.cooked).join('…');
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) visitIfNode(item, see);
    else visitIfNode(value, see);
  }
}

function visitIfNode(value: unknown, see: (node: Node) => void): void {
  if (typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string') visit(value as Node, see);
}
