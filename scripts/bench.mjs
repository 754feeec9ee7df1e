/** `npm run bench [-- …]`, `npm run bench:cli [-- …]`: bundles the gateway when its bundle is stale, then measures it. */
import { join } from 'node:path';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { become, fail, productEnv, productNode, root } from './process.mjs';

const [first = '', ...rest] = process.argv.slice(2);
const [program, args] = first.endsWith('.ts') ? [first, rest] : ['main.ts', process.argv.slice(2)];
try {
  await ensureInstalled();
  await ensureGateway();
  if (program === 'dashboard.ts') await ensureDashboard();
  await become(productNode(), [join(root, 'bench', program), ...args], { env: productEnv() });
} catch (error) {
  fail(error);
}
