/** `npm run test:instances [-- --minutes 10] [-- --rounds 100] [-- --seed 42]`: the long form of the tests of several instances. */
import { parseArgs } from 'node:util';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { crashRounds, describeReport } from '../crash/rounds.ts';
import { chaos, describeChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const ofMany = await chaos({
  seed,
  seconds: Number(values.minutes) * 60,
  everyMs: 20_000,
  databaseRestarts: 2,
  onStep: (step) => console.log(`${new Date().toISOString().slice(11, 19)} ${step}`),
});
console.log(describeChaos(ofMany));
await using server = await startPostgres();
const ofOne = await crashRounds({
  seed,
  rounds: Number(values.rounds),
  database: await server.database('openclaw'),
  onRound: (round) => process.stdout.write(round % 10 === 0 ? `${round} ` : '.'),
});
console.log(`\n${describeReport(ofOne)}`);
process.exitCode = ofMany.violations.length + ofOne.violations.length === 0 ? 0 : 1;
