/** Which file imports which: read by a real parser, types and code told apart. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, normalize } from 'node:path/posix';
import { parseSync } from 'rolldown/utils';
import type { Rule } from './rules.ts';

export type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

const SKIPPED = new Set(['node_modules', '.next', 'out', 'dist', 'fixtures']);
const OWN_PACKAGES: Readonly<Record<string, string>> = {
  '@openclaw-gateway/events': 'packages/events/src',
  '@openclaw-gateway/db': 'packages/db/src',
  '@openclaw-gateway/sdk': 'packages/sdk/src',
};

/** Every import of every source file below these folders of the repository. */
export async function readImports(root: string, folders: readonly string[]): Promise<Import[]> {
  const files = (await Promise.all(folders.map((folder) => sourcesBelow(root, folder)))).flat();
  return (await Promise.all(files.map(async (file) => importsOf(file, await readFile(join(root, file), 'utf8'))))).flat();
}

/** The imports of one file. @example importsOf('a/b.ts', "import type { C } from './c.ts'") // [{ from: 'a/b.ts', to: 'a/c.ts', typeOnly: true }] */
export function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const edge = (specifier: string, typeOnly: boolean): Import => ({ from: file, to: resolve(file, specifier), typeOnly });
  const imports = module.staticImports.map(({ moduleRequest, entries }) => edge(moduleRequest.value, allTypes(entries)));
  const exports = module.staticExports.flatMap(({ entries }) => {
    const [request] = entries.flatMap((entry) => entry.moduleRequest ?? []);
    return request ? [edge(request.value, allTypes(entries))] : [];
  });
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^['"](.+)['"]$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[1];
    return literal === undefined ? [] : [edge(literal, false)];
  });
  return [...imports, ...exports, ...dynamic];
}

/** Sentences about imports that break a rule. Tests put rooms together on purpose, so only what they import is looked at by none. */
export function violations(imports: readonly Import[], rules: readonly Rule[]): string[] {
  return imports.flatMap(({ from, to, typeOnly }) => {
    if (isTest(from)) return [];
    const broken = rules.filter((rule) => rule.from.test(from) && rule.to.test(to) && !(rule.typesAllowed && typeOnly));
    return broken.map((rule) => `${from} → ${to}\n    ${rule.name}: ${rule.why}`);
  });
}

/** Sentences about relative imports of files that do not exist. */
export function unresolved(imports: readonly Import[], root: string): string[] {
  return imports
    .filter(({ to }) => !/^(npm|node):/.test(to) && !existsSync(join(root, to)))
    .map(({ from, to }) => `${from} → ${to}\n    there is no such file`);
}

/** Files that need each other at run time, a sentence for each circle. */
export function cycles(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(
    imports.filter(({ typeOnly }) => !typeOnly),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      found.push(`${[...path.slice(at), file].join(' → ')}\n    two files that need each other are one idea cut in two`);
      return;
    }
    if (done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}

function allTypes(entries: readonly { readonly isType: boolean }[]): boolean {
  return entries.length > 0 && entries.every(({ isType }) => isType);
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$|\/testing\/|-fixture\.ts$|^(e2e|bench|scripts)\//.test(file);
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(file, '..', specifier));
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (specifier === 'openclaw/trpc') return 'apps/gateway/src/trpc/router.ts';
  const [scope = '', second = '', ...rest] = specifier.split('/');
  const name = scope.startsWith('@') ? `${scope}/${second}` : scope;
  const own = OWN_PACKAGES[name];
  return own ? `${own}/${rest.length > 0 ? rest.join('/') : 'index'}.ts` : `npm:${name}`;
}

async function sourcesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const below = entries.map(async (entry): Promise<string[]> => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourcesBelow(root, path);
    return /\.(ts|tsx|mts|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts') && !entry.name.endsWith('.d.mts') ? [path] : [];
  });
  return (await Promise.all(below)).flat();
}
