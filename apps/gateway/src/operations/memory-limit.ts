import { totalmem } from 'node:os';

/** What the process may use: the limit of its control group, else the machine's memory. It does not change while it runs. */
export const memoryLimitBytes = (() => {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
})();
