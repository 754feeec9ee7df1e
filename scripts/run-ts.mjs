/** Runs one of the workspace's .ts programs on the Node that reads them as they are: `node scripts/run-ts.mjs bench/main.ts --json`. */
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { become, fail, productEnv, productNode, root } from './process.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  await ensureInstalled();
  await become(productNode(), [join(root, program), ...args], { env: productEnv() });
} catch (error) {
  fail(error);
}
