'use client';
/** What lies over the page: the list of shortcuts, or what finds everything. */
import { useSyncExternalStore } from 'react';

type Overlay = 'palette' | 'help' | undefined;

let shown: Overlay;
let typed = '';
const watchers = new Set<() => void>();

function show(next: Overlay): void {
  shown = next;
  for (const watcher of watchers) watcher();
}

/** Shows the list of shortcuts. */
export const openHelp = () => show('help');
/** Shows what finds everything. */
export const openPalette = () => {
  if (shown === 'palette') return;
  typed = '';
  document.addEventListener('keydown', keepTyped, true);
  show('palette');
};

/** What is typed from the moment it was asked for until it is there. */
function keepTyped(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1) return;
  typed += event.key;
  event.preventDefault();
  event.stopPropagation();
}

/** What was typed before it was there; from now on it hears the keys itself. */
export function takeTyped(): string {
  document.removeEventListener('keydown', keepTyped, true);
  return typed;
}

export const closeOverlay = () => {
  takeTyped();
  show(undefined);
};

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
