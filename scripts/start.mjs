/** `npm start`: whatever is missing is installed and built, then the gateway runs in the foreground with the given arguments. */
import { join } from 'node:path';
import { NODE_FLAGS, NODE_VARIABLES } from '../apps/gateway/bin/bundle.mjs';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { become, fail, productEnv, productNode, root } from './process.mjs';

try {
  await ensureInstalled();
  await ensureGateway();
  await ensureDashboard();
  const cwd = process.env.INIT_CWD ?? process.cwd();
  await become(productNode(), [...NODE_FLAGS, join(root, 'apps/gateway/bin/openclaw.mjs'), 'gateway', 'run', ...process.argv.slice(2)], {
    cwd,
    env: productEnv(NODE_VARIABLES),
  });
} catch (error) {
  fail(error);
}
