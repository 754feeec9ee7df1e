/**
 * `npm run pack`: makes openclaw-<version>.tgz, which `npm install -g` takes: the bundle, the built dashboard, the launcher and the
 * documentation. The package has the folders of this checkout, so that what is found from its own place is found there, too.
 * `-- --out <folder>` says where to; this folder when left out.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dist, packagesFile } from '../apps/gateway/bin/bundle.mjs';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { capture, fail, isMain, root } from './process.mjs';

/** What is in the package as it is in the checkout. */
const COPIED = ['LICENSE', 'README.md', 'README.zh-CN.md', 'docs', 'apps/gateway/bin', 'apps/gateway/dist', 'apps/dashboard/out'];
/** The first two are notes for the next build; the cache holds the paths of this machine; pictures and decisions are for those who build. */
const LEFT_OUT = [
  packagesFile,
  join(root, 'apps/dashboard/out/.build-hash'),
  join(dist, 'cache'),
  join(root, 'docs/images'),
  join(root, 'docs/adr'),
];
const LAUNCHERS = 'apps/gateway/package.json';
const MANIFESTS = ['package.json', LAUNCHERS, 'packages/db/package.json'];

/**
 * Builds what is out of date and packs it into `folder`. Throws with what to do when it cannot.
 * @returns {Promise<{ file: string, sizeBytes: number }>}
 */
export async function pack(folder) {
  await ensureInstalled();
  await ensureGateway();
  await ensureDashboard();
  const staged = await mkdtemp(join(tmpdir(), 'openclaw-pack-'));
  try {
    await stage(staged);
    await mkdir(folder, { recursive: true });
    const { code, output } = await capture('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: staged });
    if (code !== 0) throw new Error(`${output.trim()}\n\nnpm pack failed; its own words are above.`);
    const file = join(folder, `openclaw-${read('package.json').version}.tgz`);
    return { file, sizeBytes: (await stat(file)).size };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

async function stage(staged) {
  for (const path of COPIED)
    await cp(join(root, path), join(staged, path), { recursive: true, filter: (from) => !LEFT_OUT.includes(from) });
  const { EXTERNAL } = await import('./bundle.mjs');
  await writeJson(join(staged, 'package.json'), packageJson(EXTERNAL));
  // The launcher says its version from here, before it loads anything.
  const { name, version, type } = read(LAUNCHERS);
  await writeJson(join(staged, LAUNCHERS), { name, version, private: true, type });
  // Without sources there is nothing that the bundle could be older than.
  await writeJson(join(staged, 'apps/gateway/dist/inputs.json'), []);
  await writeFile(join(staged, 'THIRD-PARTY-LICENSES.txt'), licences());
}

function packageJson(external) {
  const { version, description, license, optionalDependencies, engines } = read('package.json');
  const pinned = Object.assign({}, ...MANIFESTS.map((path) => ({ ...read(path).devDependencies, ...read(path).dependencies })));
  const missing = external.filter((name) => !pinned[name]);
  if (missing.length > 0) throw new Error(`No package.json pins ${missing.join(', ')}, which the bundle leaves out.`);
  return {
    name: 'openclaw',
    version,
    description,
    license,
    type: 'module',
    bin: { openclaw: 'apps/gateway/bin/openclaw.mjs' },
    files: [...COPIED, LAUNCHERS, 'THIRD-PARTY-LICENSES.txt'],
    dependencies: Object.fromEntries(external.map((name) => [name, pinned[name]])),
    optionalDependencies,
    engines,
  };
}

/** The licences of the packages whose code is in the bundle and in the dashboard, as they ask for. */
function licences() {
  const { dependencies } = read('apps/dashboard/package.json');
  const dashboard = Object.keys(dependencies).filter((name) => dependencies[name] !== '*');
  const folderOf = (name) =>
    [`apps/dashboard/node_modules/${name}`, `node_modules/${name}`].find((folder) => existsSync(join(root, folder)));
  const folders = new Set([...JSON.parse(readFileSync(packagesFile, 'utf8')), ...dashboard.map(folderOf)]);
  const entries = [...folders].sort().map((folder) => {
    const { name, version, license } = read(join(folder, 'package.json'));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, folder, file), 'utf8').trim() : 'Its package has no text of its licence.'}\n`;
  });
  return `This package contains code of the following packages.\n\n${entries.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const writeJson = (path, value) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

if (isMain(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { out: { type: 'string', default: process.env.INIT_CWD ?? root } } });
    const { file, sizeBytes } = await pack(resolve(process.env.INIT_CWD ?? '.', values.out));
    console.log(`${file}  ${(sizeBytes / 1e6).toFixed(1)} MB\nInstall it with: npm install -g ${file}`);
  } catch (error) {
    fail(error);
  }
}
