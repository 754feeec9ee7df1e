/** `npm run bench:live`: how soon an event stands on the open page, in a real browser. */
import { join } from 'node:path';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { become, fail, productEnv, productNode, root } from './process.mjs';

try {
  await ensureInstalled();
  await ensureGateway();
  await ensureDashboard();
  await become(productNode(), [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--project=measurements'], {
    env: productEnv(),
  });
} catch (error) {
  fail(error);
}
