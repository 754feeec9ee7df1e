import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEventLog } from '../log.contract.ts';
import type { ErasableLog } from '../log.ts';
import { openStore } from '../open.ts';

describeEventLog('SQLite', openLog, { runs: 6 });

/** The log of a store in a directory of its own, both of which end with the log. */
async function openLog(): Promise<ErasableLog> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-log-'));
  const store = await openStore({ dir, diskLowBytes: 0 });
  const { log } = store;
  return {
    append: (request) => log.append(request),
    head: () => log.head(),
    readAll: (options) => log.readAll(options),
    readStream: (streamId, options) => log.readStream(streamId, options),
    readAt: (position) => log.readAt(position),
    subscribe: (options) => log.subscribe(options),
    waitForHead: (position, timeoutMs) => log.waitForHead(position, timeoutMs),
    stats: () => log.stats(),
    erase: (subject, madeUntil) => store.retention.destroyKey(subject, madeUntil),
    close: async () => {
      // Together, so that an append that was made before is stored although the readers are ending.
      await Promise.all([log.close(), store.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
