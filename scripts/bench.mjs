/** `npm run bench [-- …]`: bundles the gateway when its bundle is stale, then measures it. */
import { join } from 'node:path';
import { ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { become, fail, productEnv, productNode, root } from './process.mjs';

try {
  await ensureInstalled();
  await ensureGateway();
  await become(productNode(), [join(root, 'bench/main.ts'), ...process.argv.slice(2)], { env: productEnv() });
} catch (error) {
  fail(error);
}
