/** Notices that a file was changed, however the editor does it. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Calls back once a burst of changes to the file has been over for `settleMs`. It watches the directory, because many
 * editors put a new file in the old one's place. Returns what ends it.
 */
export function watchFile(path: string, settleMs: number, changed: () => void): () => void {
  const later = afterBurst(settleMs, changed);
  const unwatch = watchDirectory(dirname(path), (name) => {
    if (name === null || name === basename(path)) later.run();
  });
  return () => {
    later.cancel();
    unwatch();
  };
}

/**
 * Calls back once a burst of changes to anything in the followed directories has been over for `settleMs`: a file that
 * is a link into another directory, as orchestrators mount secrets, changes when the link to that directory does.
 */
export function watchDirectories(settleMs: number, changed: () => void): { follow(paths: readonly string[]): void; close(): void } {
  const later = afterBurst(settleMs, changed);
  const watched = new Map<string, () => void>();
  const follow = (paths: readonly string[]): void => {
    for (const [path, unwatch] of watched) {
      if (paths.includes(path)) continue;
      unwatch();
      watched.delete(path);
    }
    for (const path of paths) if (!watched.has(path)) watched.set(path, watchDirectory(path, later.run));
  };
  return {
    follow,
    close() {
      later.cancel();
      follow([]);
    },
  };
}

function afterBurst(settleMs: number, changed: () => void): { run(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    run() {
      clearTimeout(timer);
      timer = setTimeout(changed, settleMs);
      timer.unref();
    },
    cancel: () => clearTimeout(timer),
  };
}

function watchDirectory(path: string, changed: (name: string | null) => void): () => void {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path, { persistent: false }, (_event, name) => changed(name));
    // A directory that goes away ends the watching, not the gateway.
    watcher.on('error', () => watcher?.close());
  } catch {
    return () => undefined;
  }
  return () => watcher?.close();
}
