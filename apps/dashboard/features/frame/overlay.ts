'use client';
/** What lies over the page: the list of shortcuts, or what finds everything. */
import { useSyncExternalStore } from 'react';

type Overlay = 'palette' | 'help' | undefined;

let shown: Overlay;
const watchers = new Set<() => void>();

function show(next: Overlay): void {
  shown = next;
  for (const watcher of watchers) watcher();
}

/** Shows the list of shortcuts. */
export const openHelp = () => show('help');
/** Shows what finds everything. */
export const openPalette = () => show('palette');
export const closeOverlay = () => show(undefined);

export function useOverlay(): Overlay {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => shown,
    () => undefined,
  );
}
