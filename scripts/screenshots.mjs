/** `npm run screenshots [page …]`: a picture of each page in each theme, language and width, in screenshots/. The pages are those of e2e/browser/pages.spec.ts. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { capture, productEnv, productNode, root } from './process.mjs';

const folder = join(root, 'screenshots');
const wanted = process.argv.slice(2);
// Each title of a test begins with its mission row and the name of the page.
const titles = `(${wanted.length > 0 ? wanted.join('|') : '.*'}): no accessibility fault`;

await ensureGateway();
await ensureDashboard();
if (wanted.length === 0) rmSync(folder, { recursive: true, force: true });
const { code, output } = await capture(
  productNode(),
  [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--project=journeys', '--grep', titles, 'e2e/browser/pages.spec.ts'],
  { cwd: root, env: productEnv({ CI: 'true', OPENCLAW_SCREENSHOTS: folder }) },
);
console.log(output.trim());
console.log(`The pictures are in ${folder}.`);
process.exit(code);
