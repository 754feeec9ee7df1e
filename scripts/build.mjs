/** Builds the dashboard and bundles the gateway when what they are made of has changed since. `--force` builds in any case. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { inputsFile, isBundleCurrent } from '../apps/gateway/bin/bundle.mjs';
import { ensureInstalled } from './install.mjs';
import { capture, fail, isMain, productEnv, productNode, root } from './process.mjs';

const dashboard = join(root, 'apps/dashboard');
const stamp = join(dashboard, 'out/.build-hash');

/** What fits one packet is sent as it is. */
const SMALLEST_COMPRESSED_BYTES = 1400;

/** What a build depends on: its own sources, the event catalog it bundles, the router whose types it is checked against. */
const SOURCES = [
  'apps/dashboard',
  'packages/events/src',
  'packages/events/package.json',
  'apps/gateway/src/trpc',
  'scripts/docs/configuration-zh.json',
  'package-lock.json',
  'scripts/build.mjs',
];
const NOT_SOURCES = new Set(['node_modules', '.next', 'out', 'test-results', 'next-env.d.ts']);

/** Builds the dashboard into apps/dashboard/out unless the last build was made of the same sources. */
export async function ensureDashboard({ force = false } = {}) {
  const wanted = await sourceHash();
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { built: false };

  console.log('Building the dashboard (about half a minute) …');
  const startedAt = Date.now();
  // A build that was broken off leaves a state behind that Next does not always recover from.
  rmSync(join(dashboard, '.next'), { recursive: true, force: true });
  const next = join(root, 'node_modules/next/dist/bin/next');
  const { code, output } = await capture(
    productNode(),
    [existsSync(next) ? next : join(dashboard, 'node_modules/next/dist/bin/next'), 'build'],
    {
      cwd: dashboard,
      env: productEnv({ NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }),
    },
  );
  if (code !== 0) throw new Error(`${output.trim()}\n\nThe dashboard did not build; the cause is above.`);
  await compressFiles(join(dashboard, 'out'));
  writeFileSync(stamp, wanted);
  console.log(`Dashboard built in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  return { built: true };
}

/** Puts a smaller form of each file that shrinks beside it, for the gateway to send instead: it does not compress what never changes again and again. */
async function compressFiles(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(js|css|svg|txt)$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const content = await readFile(join(folder, file));
      if (content.length < SMALLEST_COMPRESSED_BYTES) return;
      await writeFile(join(folder, `${file}.gz`), await promisify(gzip)(content, { level: 9 }));
    }),
  );
}

/** Bundles the gateway into apps/gateway/dist unless its sources, its packages and the bundler are older than the last bundle. */
export async function ensureGateway({ force = false } = {}) {
  if (!force && isBundleCurrent() && !isBundledDifferently()) return { built: false };
  // The bundler is a package, which may have been installed a moment ago.
  const { bundleGateway } = await import('./bundle.mjs');
  const startedAt = Date.now();
  await bundleGateway();
  console.log(`Gateway bundled in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  return { built: true };
}

function isBundledDifferently() {
  const builtAt = statSync(inputsFile).mtimeMs;
  return ['scripts/bundle.mjs', 'package-lock.json'].some((file) => statSync(join(root, file)).mtimeMs > builtAt);
}

async function sourceHash() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of (await filesBelow(join(root, source))).sort()) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

async function filesBelow(path) {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!entries) return [path];
  const files = entries.filter(
    (entry) => !NOT_SOURCES.has(entry.name) && !entry.name.endsWith('.tsbuildinfo') && !entry.name.includes('.test.'),
  );
  return (await Promise.all(files.map((entry) => filesBelow(join(path, entry.name))))).flat();
}

if (isMain(import.meta.url)) {
  try {
    await ensureInstalled();
    const force = process.argv.includes('--force');
    const built = [await ensureGateway({ force }), await ensureDashboard({ force })];
    if (!built.some((part) => part.built)) console.log('Gateway and dashboard are up to date.');
  } catch (error) {
    fail(error);
  }
}
