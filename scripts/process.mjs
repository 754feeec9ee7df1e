/** What the workspace's scripts share: where things are, which Node runs the product, and child processes. Runs on Node 20, needs no package. */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs the .ts sources as they are and the SQLite driver without a crash. */
const OLDEST_NODE = [22, 18];

/** The Node that runs the product: the one this workspace pins, else the current one when it is new enough. */
export function productNode() {
  const pinned = join(root, 'node_modules/.bin/node');
  if (existsSync(pinned)) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return process.execPath;
  throw new Error(
    `Node ${process.version} is too old: install Node ${OLDEST_NODE.join('.')} or newer, or run on Linux x64 or arm64, where npm brings it.`,
  );
}

/** The environment in which `node` and every tool of the workspace are the pinned ones. */
export function productEnv(extra = {}) {
  return { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter), ...extra };
}

/**
 * Runs a command to its end with its output kept. Resolves also when it fails: look at `code`.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.once('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }));
  });
}

/** Runs a command in the foreground: its output, signals and exit code are this process's own. Does not return. */
export async function become(command, args, options = {}) {
  // In a group of its own the child does not hear the terminal's Ctrl-C by itself. It is told of each signal once, although the terminal
  // and npm both send it here: a second one means "stop at once" and must come from a person.
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: process.platform !== 'win32', ...options });
  const lastSentAt = new Map();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (Date.now() - (lastSentAt.get(signal) ?? 0) < 500) return;
      lastSentAt.set(signal, Date.now());
      child.kill(signal);
    });
  }
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return;
  }
  process.exit(code ?? 1);
}

/** Whether this module is the program that was started, and not an import of another one. */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && fileURLToPath(moduleUrl) === realpathSync(process.argv[1]);
}

/** Ends the program with one clear sentence instead of a stack. */
export function fail(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
