/**
 * Bundles the gateway into apps/gateway/dist. The sources run as they are, but each thread that strips types and loads
 * hundreds of modules costs memory and start time; the bundle is what `npm start` runs.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { dist, inputsFile, NODE_FLAGS, packagesFile } from '../apps/gateway/bin/bundle.mjs';
import { capture, productEnv, productNode, root } from './process.mjs';

const MAIN = 'apps/gateway/src/cli/main.ts';

/** Every thread and process beside the main one. They lie side by side in the bundle, so each needs a name of its own. */
async function workers() {
  const folders = ['apps/gateway/src', 'packages/db/src'];
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(join(root, folder), { recursive: true })).map((name) => join(folder, name))),
  );
  const entries = files.flat().filter((file) => file.endsWith('.worker.ts'));
  const named = Object.fromEntries(entries.map((file) => [basename(file, '.ts'), file]));
  const hidden = entries.filter((file) => named[basename(file, '.ts')] !== file);
  if (hidden.length > 0) throw new Error(`These workers have the name of another one; give them one of their own: ${hidden.join(', ')}`);
  return named;
}

/**
 * Native or self-locating packages stay in node_modules; grammy too, because node-fetch below it knows a signal by the name of
 * its class, which a bundle changes.
 */
export const EXTERNAL = ['@node-rs/argon2', 'better-sqlite3', 'croner', 'grammy', 'pino', 'pino-pretty', 'playwright-core'];

/** What a file says of its own place: threads lie beside the bundle, everything else is found from where the source is. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source
        .split(/(new URL\('\.\/(?:[\w-]+\/)*[\w-]+\.worker\.ts', import\.meta\.url\))/)
        .map((part, index) =>
          index % 2 === 1
            ? part.replace(/'\.\/(?:[\w-]+\/)*([\w-]+\.worker)\.ts'/, "'./$1.js'")
            : part.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative(dist, path))}, import.meta.url).href`),
        )
        .join('');
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
};

/** zod brings its messages in forty languages; the gateway words its own. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
};

/**
 * Importing these as a module reads every property they have, and some load much when they are read: `WebSocket` of node:http is
 * all of undici, which takes longer than the rest of a command.
 */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(http|https|fs)$/ }, ({ path, kind }) => {
      const name = path.replace('node:', '');
      // Who imports it late wants its names, which a bundled module of this kind does not have.
      return kind === 'dynamic-import' ? { path: `node:${name}`, external: true } : { path: name, namespace: 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/** Packages that were written for require() need one. */
const REQUIRE = "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

async function dropUnusedRequire(output) {
  const file = join(root, output);
  const code = await readFile(file, 'utf8');
  const rest = code.replace(REQUIRE, '');
  if (!/\brequire\b/.test(rest)) await writeFile(file, rest);
}

/** Bundles into apps/gateway/dist, then runs the bundle once, so that its compiled code is there for the first real start. */
export async function bundleGateway() {
  const startedAt = new Date();
  await rm(dist, { recursive: true, force: true });
  const common = {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: EXTERNAL,
    metafile: true,
    plugins: [places, oneLanguage, builtins],
    banner: { js: REQUIRE },
    logLevel: 'warning',
    // What `openclaw_build_info` says; a bundle that is made outside of a checkout says nothing.
    define: { 'process.env.OPENCLAW_COMMIT': JSON.stringify(await checkedOutCommit()) },
  };
  // A thread loads its file anew whatever it shares with others, so that only the program itself is split: each further file
  // that is looked up costs time and memory at every start.
  const builds = await Promise.all([
    build({ ...common, entryPoints: { main: MAIN }, splitting: true }),
    build({ ...common, entryPoints: await workers(), splitting: true }),
  ]);
  await Promise.all(builds.flatMap(({ metafile }) => Object.keys(metafile.outputs)).map(dropUnusedRequire));
  await writeFile(join(dist, 'package.json'), '{ "type": "module" }\n');
  await runOnce();
  const inputs = new Set(builds.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
  const sources = [...inputs].filter((path) => !/node_modules\/|^builtin:/.test(path));
  await writeFile(inputsFile, JSON.stringify(sources.sort()));
  await writeFile(packagesFile, JSON.stringify(packagesOf(inputs)));
  // A source that was saved meanwhile is newer than this bundle.
  await utimes(inputsFile, startedAt, startedAt);
}

/** The folders of the packages whose code went into the bundle. */
function packagesOf(inputs) {
  const folders = [...inputs].map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

async function checkedOutCommit() {
  const { code, output } = await capture('git', ['rev-parse', '--short=12', 'HEAD']);
  return code === 0 ? output.trim() : '';
}

/** Once as a gateway runs and once as a command does: what is compiled for one set of flags is nothing to another. */
async function runOnce() {
  const stateDir = await mkdtemp(join(tmpdir(), 'openclaw-build-'));
  const env = productEnv({
    OPENCLAW_STATE_DIR: stateDir,
    OPENCLAW_CONFIG_PATH: join(stateDir, 'none.json'),
    NODE_COMPILE_CACHE: join(dist, 'cache'),
  });
  const main = join(dist, 'main.js');
  const gateway = spawn(productNode(), [...NODE_FLAGS, main, 'gateway', 'run', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let asked = false;
  for (const stream of [gateway.stdout, gateway.stderr]) {
    stream.setEncoding('utf8').on('data', async (chunk) => {
      output += chunk;
      if (asked || !output.includes('Ctrl+C')) return;
      asked = true;
      await capture(productNode(), [main, 'status'], { env });
      gateway.kill('SIGTERM');
    });
  }
  const code = await new Promise((resolve) => gateway.once('close', resolve));
  await rm(stateDir, { recursive: true, force: true });
  if (code !== 0) throw new Error(`${output.trim()}\n\nThe bundled gateway does not start; its own words are above.`);
}
