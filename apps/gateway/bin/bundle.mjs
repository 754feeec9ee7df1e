/** How the gateway is run: where its bundle lies, whether that is made of the sources beside it, and with which flags. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const app = dirname(dirname(fileURLToPath(import.meta.url)));

export const dist = join(app, 'dist');

/** The oldest Node that runs the program: one that reads the sources as they are, and on which the SQLite driver holds. */
export const OLDEST_NODE = [22, 18];

/** The files that the bundle was made of, as paths from the root of the checkout. */
export const inputsFile = join(dist, 'inputs.json');

/** The packages whose code is in it, by their folders. */
export const packagesFile = join(dist, 'packages.json');

/**
 * A small young generation, collected in few milliseconds. The costliest compiler only for what stays hot: running it once is
 * 6 MB of an idle gateway's memory, and under load its threads take the main thread's core. And a collector that can be called,
 * for when the gateway has started.
 */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--invocation-count-for-turbofan=60000', '--expose-gc'];

/**
 * Two heaps outside JavaScript's instead of one for each thread: what a thread frees, others can use. And what is large goes back
 * to the system when it is freed, however large it was: left to itself, glibc keeps more and more. glibc alone reads these.
 */
export const NODE_VARIABLES = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** In a checkout that is worked on, the sources run as they are until they are bundled again. */
export function isBundleCurrent() {
  if (!existsSync(inputsFile)) return false;
  if (!existsSync(join(app, 'src'))) return true;
  const builtAt = statSync(inputsFile).mtimeMs;
  const root = join(app, '../..');
  return JSON.parse(readFileSync(inputsFile, 'utf8')).every((path) => {
    // No join(): called this often it gets compiled, and the compiler alone is 5 MB of the gateway's memory.
    const file = statSync(`${root}/${path}`, { throwIfNoEntry: false });
    return file !== undefined && file.mtimeMs <= builtAt;
  });
}
