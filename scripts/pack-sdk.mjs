/**
 * `npm run pack:sdk`: makes openclaw-gateway-sdk-<version>.tgz, what an extension's author develops and tests against: the SDK as one
 * file, the contract tests as another, and their types. `-- --out <folder>` says where to; this folder when left out.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { capture, fail, isMain, productNode, root } from './process.mjs';

const ENTRIES = { index: 'packages/sdk/src/index.ts', contract: 'packages/sdk/src/contract.ts' };

/**
 * Packs the SDK into `folder`. Throws with what to do when it cannot.
 * @returns {Promise<string>} the tarball
 */
export async function packSdk(folder) {
  await ensureInstalled();
  const { version, license, dependencies } = JSON.parse(await readFile(join(root, 'packages/sdk/package.json'), 'utf8'));
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const staged = await mkdtemp(join(tmpdir(), 'openclaw-sdk-'));
  try {
    const { build } = await import('esbuild');
    const common = {
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      logLevel: 'warning',
    };
    await build({ ...common, entryPoints: ENTRIES, outdir: join(staged, 'dist'), external: ['zod', 'vitest'] });
    await declarations(join(staged, 'types'));
    const types = (name) => ({ types: `./types/sdk/src/${name}.d.ts`, default: `./dist/${name}.js` });
    const manifest = {
      name: '@openclaw-gateway/sdk',
      version,
      description: 'What an extension of OpenClaw Gateway is written and tested against.',
      license,
      type: 'module',
      exports: { '.': types('index'), './contract': types('contract') },
      files: ['dist', 'types'],
      dependencies: { zod: dependencies.zod },
      peerDependencies: { vitest: `>=${devDependencies.vitest.split('.')[0]}` },
      peerDependenciesMeta: { vitest: { optional: true } },
    };
    await writeFile(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await cp(join(root, 'LICENSE'), join(staged, 'LICENSE'));
    await mkdir(folder, { recursive: true });
    const { code, output } = await capture('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: staged });
    if (code !== 0) throw new Error(`${output.trim()}\n\nnpm pack failed; its own words are above.`);
    return join(folder, `openclaw-gateway-sdk-${version}.tgz`);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** The types of the SDK and of the events that it speaks of, so that they find each other by their paths. */
async function declarations(outDir) {
  const config = join(outDir, '..', 'tsconfig.json');
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, outDir, rootDir: join(root, 'packages') },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  };
  const files = [...Object.values(ENTRIES), 'packages/events/src/index.ts'].map((file) => join(root, file));
  await writeFile(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [], exclude: [] }));
  const { code, output } = await capture(productNode(), [join(root, 'node_modules/typescript/bin/tsc'), '-p', config]);
  await rm(config);
  if (code !== 0) throw new Error(`${output.trim()}\n\nThe types could not be made; the compiler's own words are above.`);
  for (const entry of await readdir(outDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const events = relative(dirname(file), join(outDir, 'events/src/index.js'));
    const text = await readFile(file, 'utf8');
    const found = text
      .replaceAll(/((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2')
      .replaceAll(/(['"])@openclaw-gateway\/events\1/g, `'${events.startsWith('.') ? events : `./${events}`}'`);
    await writeFile(file, found);
  }
}

if (isMain(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { out: { type: 'string', default: process.env.INIT_CWD ?? root } } });
    console.log(await packSdk(resolve(process.env.INIT_CWD ?? '.', values.out)));
  } catch (error) {
    fail(error);
  }
}
