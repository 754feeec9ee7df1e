/** `npm run test:faults [-- --from 1] [-- --to 200] [-- --kind sync,write,full]`: the long form of faults.e2e.test.ts. */
import { parseArgs } from 'node:util';
import { ensureProgram } from '../../scripts/programs.mjs';
import { KINDS } from './kinds.ts';
import { describeRound, faultRounds } from './rounds.ts';

const ROUNDS_ON_ONE_DIRECTORY = 20;
const MOST_SHOWN = 10;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '200' },
    kind: { type: 'string', default: Object.keys(KINDS).join(',') },
  },
});
console.log(await ensureProgram('strace'));
const startedAt = performance.now();
const sum = { rounds: 0, hit: 0, acknowledged: 0, lost: 0 };
const violations: string[] = [];
for (const kind of values.kind.split(',')) {
  const injection = KINDS[kind];
  if (!injection) throw new Error(`there is no kind "${kind}"; there are: ${Object.keys(KINDS).join(', ')}`);
  for (let from = Number(values.from); from <= Number(values.to); from += ROUNDS_ON_ONE_DIRECTORY) {
    const to = Math.min(Number(values.to), from + ROUNDS_ON_ONE_DIRECTORY - 1);
    const injections = Array.from({ length: to - from + 1 }, (_, index) => injection(from + index));
    const report = await faultRounds({ injections, onRound: (round) => console.log(describeRound(round)) });
    sum.rounds += report.rounds.length;
    sum.hit += report.rounds.filter(({ hits }) => hits.length > 0).length;
    sum.acknowledged += report.acknowledged;
    sum.lost += report.lost;
    violations.push(...report.violations);
    for (const violation of report.violations.slice(0, MOST_SHOWN)) console.log(`VIOLATED ${violation}`);
  }
}
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(
  `${sum.rounds} rounds, ${sum.hit} with a failed call · ${sum.acknowledged} messages acknowledged, ${sum.lost} lost · ${violations.length} violations · ${seconds} s`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
