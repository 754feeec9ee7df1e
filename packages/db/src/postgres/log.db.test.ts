import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeEventLog } from '../log.contract.ts';
import type { ErasableLog } from '../log.ts';
import { openStore } from '../open.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

describeEventLog('PostgreSQL', openLog, { runs: 6 });

/** The log of a database of its own, with a copy in a directory of its own. */
async function openLog(): Promise<ErasableLog> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-log-'));
  const url = await server.database(`log_${databases++}`);
  const store = await openStore({ dir, diskLowBytes: 0, database: { url } });
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
      await Promise.all([log.close(), store.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
