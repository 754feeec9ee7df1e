/** `node e2e/browser/long-past.ts 100000`: makes a state directory with so many events and says where it is. It stays until it is removed. */
import { makeHistory } from '../../bench/log/history.ts';

console.log(makeHistory(Number(process.argv[2])).stateDir);
