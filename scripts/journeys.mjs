/**
 * `npm run test:journeys [-- --events 100000] [-- --runs 3] [-- events.spec.ts …]`: the journeys of the dashboard on the built product
 * with a long past, one run after the other; ends with 1 when a journey failed in any of them. Nothing is tried again.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { capture, productEnv, productNode, root } from './process.mjs';

const { values, positionals } = parseArgs({
  options: { events: { type: 'string', default: '100000' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
});
await ensureInstalled();
await ensureGateway();
await ensureDashboard();
const { code, output } = await capture(productNode(), [join(root, 'e2e/browser/long-past.ts'), values.events], {
  cwd: root,
  env: productEnv(),
});
if (code !== 0) throw new Error(output);
const past = output.trim();
let failed = false;
try {
  for (let run = 1; run <= Number(values.runs); run++) {
    const args = [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--project=journeys', ...positionals];
    const result = await capture(productNode(), args, { cwd: root, env: productEnv({ CI: 'true', OPENCLAW_PAST: past }) });
    console.log(`${result.output.trim()}\nrun ${run} of ${values.runs}: ${result.code === 0 ? 'passed' : 'failed'}`);
    failed ||= result.code !== 0;
  }
} finally {
  rmSync(past, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
