import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore, type StoreOptions } from '../open.ts';
import type { Store } from '../store.ts';

/** An empty directory that is removed after the test. */
export function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-db-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A store that is closed after the test, if the test has not closed it. */
export async function testStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ dir: options.dir ?? stateDir(), diskLowBytes: 0, ...options });
  onTestFinished(() => store.close());
  return store;
}
