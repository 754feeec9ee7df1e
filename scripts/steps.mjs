/** Named steps with their time and their tests counted: what `npm run check` and `npm test` are made of. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { capture, productEnv, productNode, root } from './process.mjs';

/**
 * @typedef {{ name: string, passed: number, failed: number, seconds: number, output: string, failures: string[], slowest: string[] }} Outcome
 * `passed` and `failed` are tests where a step runs tests; any other step counts as one. `failures` names the tests that failed, `slowest` the files
 * that take so long that a step lasts because of them.
 */

/** What is kept and printed later is printed without colours. */
const plainEnv = (extra = {}) => productEnv({ NO_COLOR: '1', FORCE_COLOR: undefined, ...extra });

/** Each thread of each gateway in a test loads the same sources; a built gateway brings them compiled. */
const SHARED_SOURCES = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') };

const SLOW_FILE_S = 45;
const LINES_OF_A_FAILURE = 15;

/** Runs an action as a step: it fails when the action throws. */
export async function step(name, action) {
  const startedAt = Date.now();
  const {
    passed = 1,
    failed = 0,
    output = '',
    failures = [],
    slowest = [],
  } = await Promise.resolve()
    .then(action)
    .catch((error) => ({ passed: 0, failed: 1, output: error instanceof Error ? error.message : String(error) }))
    .then((result) => result ?? {});
  return report({ name, passed, failed, output, failures, slowest, seconds: (Date.now() - startedAt) / 1000 });
}

/** A tool of the workspace as a step: passed when it exits with 0. */
export function tool(name, script, args, options = {}) {
  return step(name, async () => {
    const { code, output } = await capture(productNode(), [join(root, script), ...args], { env: plainEnv(), ...options });
    return code === 0 ? { output } : { passed: 0, failed: 1, output };
  });
}

/** The tests of one vitest project, or of the files named by `filters` in it. */
export function vitest(name, project, filters = []) {
  return step(name, () =>
    counting('vitest.json', async (file) => {
      const args = ['run', `--project=${project}`, '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`, ...filters];
      const result = await capture(productNode(), [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
        env: plainEnv({ CI: 'true', ...(project === 'db' && SHARED_SOURCES) }),
      });
      return {
        ...result,
        count: (json) => ({
          passed: json.numPassedTests,
          failed: json.numFailedTests,
          skipped: json.numPendingTests + json.numTodoTests,
          failures: json.testResults.flatMap(({ name: file, status, assertionResults }) => {
            const failed = assertionResults
              .filter((test) => test.status === 'failed')
              .map((test) => test.fullName + indented(test.failureMessages));
            return (failed.length || status !== 'failed' ? failed : ['as a whole']).map((test) => `${relative(root, file)}: ${test}`);
          }),
          slowest: json.testResults
            .map(({ name: file, startTime, endTime }) => ({ file, seconds: Math.round((endTime - startTime) / 1000) }))
            .filter(({ seconds }) => seconds >= SLOW_FILE_S)
            .toSorted((a, b) => b.seconds - a.seconds)
            .map(({ file, seconds }) => `${seconds} s  ${relative(root, file)}`),
        }),
      };
    }),
  );
}

/** The browser tests. `browser` is what `findBrowser` found. */
export function playwright(name, browser) {
  return step(name, () =>
    counting('playwright.json', async (file) => {
      const env = plainEnv({ CI: 'true', OPENCLAW_BROWSER: JSON.stringify(browser), PLAYWRIGHT_JSON_OUTPUT_FILE: file });
      const args = ['test', '--project=journeys', '--reporter=line,json'];
      const result = await capture(productNode(), [join(root, 'node_modules/@playwright/test/cli.js'), ...args], { env });
      return {
        ...result,
        count: ({ stats, suites }) => ({
          passed: stats.expected,
          failed: stats.unexpected + stats.flaky,
          skipped: stats.skipped,
          failures: suites.flatMap(function failed({ suites: inner = [], specs = [] }) {
            const red = specs.filter(({ ok }) => !ok);
            return [...inner.flatMap(failed), ...red.map(({ file, title, tests }) => `${file}: ${title}${indented(errorsOf(tests))}`)];
          }),
        }),
      };
    }),
  );
}

/** A skipped test proves nothing, so it counts as failed; so does a runner that dies without counting. */
async function counting(fileName, run) {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-steps-'));
  try {
    const file = join(folder, fileName);
    const { code, output, count } = await run(file);
    const json = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
    if (!json) return { passed: 0, failed: 1, output: `${output}\nNo tests were counted (exit code ${code}).` };
    const { passed, failed, skipped, failures, slowest } = count(json);
    const problems = failed + skipped;
    const note = skipped > 0 ? `\n${skipped} tests were skipped, which counts as failed.` : '';
    return { passed, failed: code === 0 ? problems : Math.max(problems, 1), output: output + note, failures, slowest };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(outcome) {
  const tests =
    outcome.passed + outcome.failed > 1 ? `  ${outcome.passed} passed${outcome.failed ? `, ${outcome.failed} failed` : ''}` : '';
  console.log(`${outcome.failed ? '✗' : '✓'} ${outcome.name.padEnd(34)} ${outcome.seconds.toFixed(1).padStart(6)} s${tests}`);
  for (const file of outcome.slowest) console.log(`    ${file}`);
  return outcome;
}

/** Prints what went wrong and the sum. Returns the exit code. */
export function summarize(outcomes, seconds) {
  const red = outcomes.filter(({ failed }) => failed > 0);
  for (const { name, output } of red) console.log(`\n── ${name} ──\n${lastLines(output, 200)}`);
  for (const { name, failures } of red) console.log([`\n✗ ${name}`, ...failures].join('\n    '));
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed in ${Math.round(seconds)} s`);
  return failed === 0 ? 0 : 1;
}

/** What the runs of a browser test say of their failure. */
function errorsOf(tests) {
  return tests.flatMap(({ results }) => results.flatMap(({ errors }) => errors.map(({ message }) => message ?? '')));
}

/** The beginning of what each failure says, below the name of its test. */
function indented(messages) {
  const lines = messages.flatMap((message) => stripVTControlCharacters(message).trimEnd().split('\n').slice(0, LINES_OF_A_FAILURE));
  return lines.map((line) => `\n        ${line}`).join('');
}

function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
