/** docs/configuration-tests.md: every key of the configuration with the tests that name it, and a problem for each that has none. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configKeys } from '../../apps/gateway/src/config/index.ts';
import { code, generated, table } from './markdown.ts';
import { keysNamedIn, testTitles } from './test-titles.ts';

type NamedBy = { readonly title: string; readonly file: string };

const INTRODUCTION = [
  'For each key of the configuration: when a change of it takes effect, and the tests whose title names it. A title names a key by its full path;',
  '`{a,b}` in a title stands for both. Tests of what a key does are written this way; `npm run check` fails when a key has none.',
].join('\n');

/** The page. Appends to `problems` a line for each key that no test names, and for each title that names what is no key. */
export async function configurationTestsPage(root: string, problems: string[]): Promise<string> {
  const tests = await namedKeys(root);
  const rows = configKeys().map(({ path, reload }) => {
    const found = tests.get(path) ?? [];
    if (found.length === 0) problems.push(`No test names ${path}: give the test of what it does its full path in the title.`);
    return [code(path), reload, found.map(({ title, file }) => `${title} (${code(file)})`).join('<br>')];
  });
  const page = table(['Key', 'Takes effect', 'Tests'], rows);
  return `${generated('Configuration keys and their tests', INTRODUCTION, 'the titles of the tests')}\n${page}\n`;
}

/** The tests of the repository by the keys that their titles name, in the order of their files. */
async function namedKeys(root: string): Promise<ReadonlyMap<string, readonly NamedBy[]>> {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', '*.spec.ts'];
  const { stdout } = await promisify(execFile)('git', listing, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const named = new Map<string, NamedBy[]>();
  for (const file of stdout.trim().split('\n').toSorted()) {
    const source = await readFile(join(root, file), 'utf8').catch(() => '');
    for (const title of testTitles(source, file)) {
      for (const key of keysNamedIn(title)) named.set(key, [...(named.get(key) ?? []), { title, file }]);
    }
  }
  return named;
}
