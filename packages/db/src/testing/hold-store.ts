/** A process that owns a state directory until it is killed. */
import { openStore } from '../open.ts';

const [dir = ''] = process.argv.slice(2);
await openStore({ dir, diskLowBytes: 0 });
process.stdout.write('open\n');
