/**
 * `npm test`: everything that must hold, from nothing but Node and npm. Each step says its name and time; nothing is skipped:
 * a step that cannot run counts as failed. The last line is the sum.
 */
import { findBrowser } from './browser.mjs';
import { ensureDashboard, ensureGateway } from './build.mjs';
import { runChecks } from './check.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureProgram } from './programs.mjs';
import { playwright, step, summarize, vitest } from './steps.mjs';

const startedAt = Date.now();
const outcomes = [];
const run = async (stepToRun) => {
  const outcome = await stepToRun;
  outcomes.push(outcome);
  return outcome.failed === 0;
};
const end = () => process.exit(summarize(outcomes, (Date.now() - startedAt) / 1000));

if (!(await run(step('install', ensureInstalled)))) end();
outcomes.push(...(await runChecks()));
// The commands that the tests start are those of the bundle, which is there at once.
await run(step('gateway bundle', () => ensureGateway().then(() => {})));
await run(vitest('database and socket tests', 'db'));
await run(step('dashboard build', () => ensureDashboard().then(() => {})));
await run(step('strace', async () => ({ output: await ensureProgram('strace') })));
let browser;
const found = await run(
  step('browser', async () => {
    browser = await findBrowser();
    return { output: `Chromium ${browser.version} from ${browser.from}` };
  }),
);
// Both wait more than they work.
await Promise.all([run(vitest('whole-process tests', 'e2e')), ...(found ? [run(playwright('browser tests', browser))] : [])]);
end();
