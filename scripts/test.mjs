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

/** Of the tests that start whole processes: small ones end together. */
const SHARES = 12;

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
// Two lanes, for all of these wait more than they work: the browser's tests are done before the others, and then both share what is left of those.
const shares = Array.from({ length: SHARES }, (_, at) => `${at + 1}/${SHARES}`);
const lane = async () => {
  for (let share = shares.shift(); share; share = shares.shift())
    await run(vitest(`whole-process tests ${share}`, 'e2e', [`--shard=${share}`]));
};
await Promise.all([lane(), (found ? run(playwright('browser tests', browser)) : Promise.resolve()).then(lane)]);
end();
