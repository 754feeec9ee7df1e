import { describeEventLog } from './log.contract.ts';
import { MemoryLog } from './memory-log.ts';

describeEventLog('memory', async () => new MemoryLog(), { runs: 200 });
