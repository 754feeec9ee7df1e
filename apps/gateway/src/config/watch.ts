/** Notices that a file was changed, however the editor does it. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Calls back once a burst of changes to the file has been over for `settleMs`. It watches the directory, because many
 * editors put a new file in the old one's place. Returns what ends it.
 */
export function watchFile(path: string, settleMs: number, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name !== null && name !== basename(path)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, settleMs);
      timer.unref();
    });
    // A directory that goes away ends the watching, not the gateway.
    watcher.on('error', () => watcher?.close());
  } catch {
    return () => undefined;
  }
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}
