'use client';
/** What was asked for elsewhere and is done by its page. It is never read from an address: that may have been written by somebody else. */
import { useEffect, useSyncExternalStore } from 'react';

export type Intent = 'probeChannels' | 'verifyLog';

let intended: Intent | undefined;
const watchers = new Set<() => void>();

/** Asks the page that can do it, once it is shown. */
export function intend(intent: Intent | undefined): void {
  intended = intent;
  for (const watcher of watchers) watcher();
}

/** Does what was asked for as soon as the page is ready to. */
export function useIntent(intent: Intent, ready: boolean, act: () => void): void {
  const asked = useSyncExternalStore(watch, current, current) === intent;
  useEffect(() => {
    if (!asked || !ready) return;
    intend(undefined);
    act();
  });
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const current = () => intended;
