/** How the gateway is run: where its bundle lies, whether that is made of the sources beside it, and with which flags. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const app = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['src', '../../packages/db/src', '../../packages/events/src', '../../packages/sdk/src'];

export const dist = join(app, 'dist');

/** A young generation that is collected in few milliseconds: under load a larger one holds up everything for longer. */
export const NODE_FLAGS = ['--max-semi-space-size=4'];

/** In a checkout that is worked on, the sources run as they are until they are bundled again. */
export function isBundleCurrent() {
  const bundle = join(dist, 'main.js');
  if (!existsSync(bundle)) return false;
  const builtAt = statSync(bundle).mtimeMs;
  return !SOURCES.map((folder) => join(app, folder)).some((folder) => existsSync(folder) && isNewer(folder, builtAt));
}

function isNewer(folder, time) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? isNewer(path, time) : !entry.name.includes('.test.') && statSync(path).mtimeMs > time;
  });
}
