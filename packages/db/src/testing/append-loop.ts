/**
 * A process that appends from eight sides until it is killed or refused, and says of each append that was acknowledged
 * `<first> <last>`; of the first that was refused `refused <code>`, and of the one it tries after that `then <code>`.
 */
import { newId, toGatewayError } from '@openclaw-gateway/events';
import { openStore } from '../open.ts';
import { messageFlow } from './flows.ts';

const [dir = ''] = process.argv.slice(2);
const store = await openStore({ dir, diskLowBytes: 0 });
let refused = false;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function loop(): Promise<void> {
  while (!refused) {
    for (const commit of messageFlow(newId('session')).commits) {
      const result = await store.log.append(commit);
      if (result.ok) say(`${result.first} ${result.last}`);
    }
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => toGatewayError(error).code,
  );
}

const loops = Array.from({ length: 8 }, () => refusal(loop()));
const code = await Promise.race(loops);
refused = true;
say(`refused ${code}`);
await Promise.all(loops);
for (const commit of messageFlow(newId('session')).commits.slice(0, 1)) say(`then ${await refusal(store.log.append(commit))}`);
await store.close();
