/** `npm run test:fuzz [-- --requests 50000] [-- --seed 1]`: the long form of fuzz.e2e.test.ts. */
import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '50000' }, seed: { type: 'string', default: '1' } } });
const startedAt = performance.now();
const { tally, rssAtFirstMb, rssAtMostMb, alive, verified, output } = await fuzz({
  requests: Number(values.requests),
  seed: Number(values.seed),
});
const seconds = Math.round((performance.now() - startedAt) / 1000);
const list = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
// What the gateway itself said of its failures is the way to them.
for (const line of output
  .split('\n')
  .filter((each) => each.includes('"level":50'))
  .slice(0, 5))
  console.log(line.slice(0, 2000));
for (const violation of tally.violations) console.log(`VIOLATED ${violation}`);
console.log(`seed ${values.seed}: ${tally.requests} requests in ${seconds} s (${list(tally.sent)})`);
console.log(
  `answers: ${list(tally.statuses)}; connections without a whole answer: ${tally.unanswered}; 503 as documented: ${tally.tooMuch}`,
);
console.log(
  `memory: ${rssAtFirstMb} MB at first, ${rssAtMostMb} MB at most; alive: ${alive}; log verifies: ${verified}; violations: ${tally.violated}`,
);
process.exitCode = tally.violated === 0 && alive && verified ? 0 : 1;
