/**
 * Loads the program. It needs no package and runs on any Node from 18: where that Node is too old for the program, it starts
 * the one that was installed with it, and passes on input, output, signals and exit code.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dist, isBundleCurrent, NODE_FLAGS, NODE_VARIABLES, OLDEST_NODE } from './bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const require = createRequire(import.meta.url);
const launcher = join(here, 'openclaw.mjs');

if (!isInstalled()) await install();
if (isNewEnough()) await run();
else await runOnPinnedNode();

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

async function run() {
  process.env.AI_SDK_LOG_WARNINGS ??= 'false';
  const isBundled = isBundleCurrent();
  // The threads of the gateway look for the cache in the environment.
  process.env.NODE_COMPILE_CACHE ??= cacheFolder(isBundled);
  const { enableCompileCache } = await import('node:module');
  enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  // When the old Node that waits for this process is killed, this one must not go on alone.
  if (process.channel) {
    process.channel.unref();
    process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  }
  await import(isBundled ? '../dist/main.js' : '../src/cli/main.ts');
}

/** Beside the bundle where this user may write there, else in the user's own: code from a folder that others can write to would run as this user. */
function cacheFolder(isBundled) {
  if (isBundled && isWritable(dist)) return join(dist, 'cache');
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'openclaw');
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function runOnPinnedNode() {
  const node = findPinnedNode();
  if (!node) {
    console.error(`openclaw: Node ${process.version} is too old; ${OLDEST_NODE.join('.')} or newer is needed.`);
    console.error('What to do: install a newer Node from https://nodejs.org, or use Linux on x64 or arm64, where it comes along.');
    process.exit(1);
  }
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [...NODE_FLAGS, launcher, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...NODE_VARIABLES },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`openclaw: ${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    // The same end for this process, as far as its caller can see.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function findPinnedNode() {
  try {
    const node = join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin/node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

/** Two packages that are in no bundle stand for all: a checkout and an installed package both have them. */
function isInstalled() {
  try {
    require.resolve('better-sqlite3');
    require.resolve('pino');
    return isNewEnough() || findPinnedNode() !== undefined || !existsSync(join(root, 'package-lock.json'));
  } catch {
    return false;
  }
}

/** In a fresh checkout the packages are fetched first. What that says goes to stderr: stdout belongs to the command. */
async function install() {
  const installer = join(root, 'scripts/install.mjs');
  if (!existsSync(installer)) {
    console.error('openclaw: its packages are missing.');
    console.error('What to do: install it again, with `npm install` in its folder.');
    process.exit(1);
  }
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [installer], { stdio: ['ignore', 2, 2] });
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(1));
  });
  if (code !== 0) process.exit(1);
}
