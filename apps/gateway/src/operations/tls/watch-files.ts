/** Notices that certificates on disk were changed, however that is done: in place, by a new file, or by a link that is turned round. */
import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

export type WatchTimes = {
  /** How long a burst of changes must be over: a certificate and its key are never written in the same moment. */
  readonly settleMs: number;
  /** How often to look all the same: not every file system tells of changes. */
  readonly pollMs: number;
};

/** Calls back after each burst of changes in the folders of the files, and now and then besides. Returns what ends it. */
export function watchFiles(paths: readonly string[], { settleMs, pollMs }: WatchTimes, changed: () => void): () => void {
  let settling: NodeJS.Timeout | undefined;
  let isOver = false;
  const watchers = new Map<string, FSWatcher>();
  const onChange = () => {
    clearTimeout(settling);
    settling = setTimeout(changed, settleMs).unref();
  };
  const watchFolder = (folder: string): void => {
    if (isOver || watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, onChange);
      watchers.set(folder, watcher);
      // A folder that goes away is found again by looking.
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
    } catch {
      // It is not there yet.
    }
  };
  const look = async (): Promise<void> => {
    const targets = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    for (const path of [...paths, ...targets]) watchFolder(dirname(path));
  };
  void look();
  const polling = setInterval(() => {
    void look();
    changed();
  }, pollMs).unref();
  return () => {
    isOver = true;
    clearTimeout(settling);
    clearInterval(polling);
    for (const watcher of watchers.values()) watcher.close();
  };
}
