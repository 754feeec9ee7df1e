import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const folders = ['.', ...['packages', 'apps'].flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))];
const manifests = folders.map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
}));
const ours = new Set(manifests.map(({ manifest }) => manifest.name));

type Manifest = { name: string; engines?: object } & Partial<Record<(typeof KINDS)[number], Record<string, string>>>;
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

describe.each(manifests)('the dependencies of $folder', ({ manifest }) => {
  const all = KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}));

  it('are pinned exactly, or are packages of this repository', () => {
    const loose = all.filter(([name, version]) => (ours.has(name) ? version !== '*' : !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)));
    expect(loose).toEqual([]);
  });
});

describe('the lock file', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Manifest> };

  it('says what the package.json files say', () => {
    for (const { folder, manifest } of manifests) {
      const locked = lock.packages[folder === '.' ? '' : folder];
      for (const kind of KINDS) expect(locked?.[kind], `${folder}: run npm install`).toEqual(manifest[kind]);
    }
  });

  it('names the package of every platform, so that npm ci works on all of them', () => {
    const missing = Object.values(lock.packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`)),
      ),
    );
    expect(missing).toEqual([]);
  });
});
