/** Which files can open a connection to somebody else: what they import, and what they call that needs no import. */
import { parseSync } from 'rolldown/utils';

/** What of a module connects; everything where the list is missing. */
const CONNECTING: Readonly<Record<string, readonly string[] | undefined>> = {
  'node:net': ['connect', 'createConnection', 'Socket', 'Stream', 'default', '*'],
  'node:tls': ['connect', 'default', '*'],
  'node:http': ['request', 'get', 'Agent', 'globalAgent', 'ClientRequest', 'default', '*'],
  'node:https': ['request', 'get', 'Agent', 'globalAgent', 'default', '*'],
  'node:http2': ['connect', 'default', '*'],
  'node:dgram': undefined,
  'node:dns': undefined,
  'node:dns/promises': undefined,
};
/** Packages that make requests of their own. One that takes a `fetch` or an agent needs it all the same. */
const PACKAGES =
  /^(undici|axios|got|ky|node-fetch|ws|nodemailer|grammy|hot-shots|acme-client|openai|@ai-sdk\/(?!provider$)|@opentelemetry\/exporter-|@grpc\/|playwright-core$)/;
const GLOBALS = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']);

type Node = { readonly type: string; readonly [key: string]: unknown };

/** What of a file can connect, such as `node:net connect` or `fetch()`; nothing for most files. */
export function outgoing(file: string, source: string): string[] {
  const { module, program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const found = new Set<string>();
  for (const { moduleRequest, entries } of module.staticImports) {
    const name = specifier(moduleRequest.value);
    const values = entries
      .filter(({ isType }) => !isType)
      .map(({ importName }) => importName.name ?? (importName.kind === 'Default' ? 'default' : '*'));
    if (entries.length > 0 && values.length === 0) continue;
    if (PACKAGES.test(name)) found.add(name);
    if (!(name in CONNECTING)) continue;
    const connecting = CONNECTING[name];
    for (const value of values) if (!connecting || connecting.includes(value)) found.add(`${name} ${value}`);
  }
  const shadowed = new Set<string>();
  walk(program as unknown as Node, (node) => {
    if (node.type === 'ImportExpression') {
      const name = specifier(String((node['source'] as Node)['value']));
      if (name in CONNECTING || PACKAGES.test(name)) found.add(`${name} *`);
    }
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const callee = node['callee'] as Node;
      const name = String(callee['name']);
      if (callee.type === 'Identifier' && GLOBALS.has(name)) found.add(`${name}()`);
    }
    if (node.type === 'MemberExpression' && (node['object'] as Node)['name'] === 'globalThis') {
      const name = String((node['property'] as Node)['name'] ?? (node['property'] as Node)['value']);
      if (GLOBALS.has(name)) found.add(`${name}()`);
    }
    for (const name of declared(node)) if (GLOBALS.has(name)) shadowed.add(`${name}()`);
  });
  return [...found].filter((one) => !shadowed.has(one)).toSorted();
}

/** `net` and `node:net` are the same module. */
function specifier(name: string): string {
  return `node:${name}` in CONNECTING ? `node:${name}` : name;
}

function declared(node: Node): readonly string[] {
  if (node.type === 'FunctionDeclaration' || node.type === 'VariableDeclarator') return [nameOf(node['id'])];
  return [];
}

function nameOf(node: unknown): string {
  return String((node as Node | null)?.['name']);
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && typeof (child as Node).type === 'string') walk(child as Node, visit);
    }
  }
}
