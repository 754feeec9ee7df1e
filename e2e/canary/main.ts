/**
 * Plants many secrets in twenty encodings wherever a secret can enter a gateway, and looks for them in everything it keeps and shows.
 *
 * npm run test:canary -- --secrets 200
 */
import { parseArgs } from 'node:util';
import { canaryRound } from './round.ts';

const { values } = parseArgs({ options: { secrets: { type: 'string', default: '200' } } });
const startedAt = performance.now();
const { hits, heapHits, ...figures } = await canaryRound(Number(values.secrets), (line) => console.log(line));
console.log(
  JSON.stringify({ ...figures, seconds: Math.round((performance.now() - startedAt) / 1000), hits: hits.length, heapHits: heapHits.length }),
);
for (const { where, needle } of [...hits, ...heapHits].slice(0, 40)) console.log(`HIT ${where}: ${needle.slice(0, 100)}`);
if (hits.length + heapHits.length > 0) process.exitCode = 1;
