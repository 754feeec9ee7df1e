/** `npm run test:channels [-- --messages 1000] [-- --channel telegram] [-- --seed 42]`: the long form of channels.e2e.test.ts. */
import { parseArgs } from 'node:util';
import { describeReport, drive } from './drive.ts';
import { RIGS } from './rigs/index.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000' },
    channel: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
console.log(`seed ${values.seed}`);
for (const name of values.channel ?? Object.keys(RIGS)) {
  const rig = RIGS[name];
  if (!rig) throw new Error(`there is no channel ${name}; there are ${Object.keys(RIGS).join(', ')}`);
  const report = await drive({
    rig,
    messages: Number(values.messages),
    seed: Number(values.seed),
    onProgress: (answered) => process.stdout.write(`${answered} `),
  });
  console.log(`\n${describeReport(name, report)}`);
  if (report.violations.length > 0) process.exitCode = 1;
}
