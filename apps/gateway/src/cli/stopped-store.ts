/** Reads the log of a stopped gateway. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadOnlyStore } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Context } from './context.ts';
import { shortPath } from './output.ts';

/** Opens the log and the views read-only, calls back, and closes them. Throws GATEWAY_UNREACHABLE where there is no log yet. */
export async function withStore<T>(context: Context, read: (store: ReadOnlyStore) => Promise<T>): Promise<T> {
  const { databases, dir } = context.paths;
  if (!existsSync(join(databases, 'events.db'))) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: `The gateway is stopped, and ${shortPath(dir)} has no event log yet.`,
      details: { remedy: 'Start it with `openclaw gateway start`; the log is made then.' },
    });
  }
  const { openStoreReadOnly } = await import('@openclaw-gateway/db');
  const store = await openStoreReadOnly({ dir: databases });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
