/** `npm run test:crash [-- --rounds 200] [-- --seed 42]`: the long form of crash.e2e.test.ts. */
import { parseArgs } from 'node:util';
import { crashRounds, describeReport } from './rounds.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
});
console.log(`seed ${values.seed}`);
const report = await crashRounds({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  onRound: (round) => process.stdout.write(round % 10 === 0 ? `${round} ` : '.'),
  onViolations: (round, violations) =>
    console.log(
      violations.length === 0
        ? `\nevery law that can be judged held up to round ${round}`
        : `\nVIOLATED up to round ${round}: ${violations.join('; ')}`,
    ),
});
console.log(`\n${describeReport(report)}`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
