import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from './markdown.ts';

type Manifest = Readonly<Partial<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Readonly<Record<string, string>>>>>;

/**
 * docs/dependencies.md: names and versions from the package.json files, reasons as they were written by hand. A dependency
 * without a reason, or one with two versions, is a problem.
 */
export async function dependenciesPage(root: string, problems: string[]): Promise<string> {
  const reasons = reasonsIn(await readFile(join(root, 'docs/dependencies.md'), 'utf8').catch(() => ''));
  const versions = new Map<string, string>();
  for (const manifest of await manifests(root)) {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    for (const [name, version] of Object.entries(all)) {
      if (version === '*') continue;
      const other = versions.get(name);
      if (other !== undefined && other !== version)
        problems.push(`${name} is pinned to ${other} in one package.json and to ${version} in another.`);
      versions.set(name, version);
    }
  }
  const rows = [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, version]) => [name, version, reasons.get(name) ?? '']);
  for (const [name, , why] of rows) {
    if (!why) problems.push(`${name} has no reason in docs/dependencies.md: write in the last column why it is here.`);
  }
  const introduction = [
    '<!-- Names and versions are written by `npm run docs`; the last column is written by hand and kept. -->',
    '# Dependencies',
    'Every package that a `package.json` of this repository names, pinned exactly, and why it is here. What is not listed came with one of these.',
  ].join('\n\n');
  return `${introduction}\n\n${table(['Package', 'Version', 'Why'], rows)}\n`;
}

async function manifests(root: string): Promise<Manifest[]> {
  const folders = ['.'];
  for (const parent of ['packages', 'apps']) {
    for (const entry of await readdir(join(root, parent))) folders.push(join(parent, entry));
  }
  const read = folders.map((folder) => readFile(join(root, folder, 'package.json'), 'utf8').then((text) => JSON.parse(text) as Manifest));
  return Promise.all(read);
}

function reasonsIn(page: string): Map<string, string> {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return new Map(
    rows.map((line) => {
      const [name = '', , why = ''] = line.slice(2, -2).split(' | ');
      return [name, why.replaceAll('\\|', '|').trim()];
    }),
  );
}
