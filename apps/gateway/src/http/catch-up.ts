import type { Parts } from '../parts.ts';

const WAIT_MS = 500;

/** Resolves once the views show all that was written until now, so that a client reads what it wrote; or soon, if they are behind. */
export async function viewsToCatchUp({ store }: Parts): Promise<void> {
  await store.waitForViews(store.log.head(), WAIT_MS).catch(() => undefined);
}
