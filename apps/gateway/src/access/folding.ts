/** What happens over and over, as few records: nobody can fill the log with it. */

const WINDOW_MS = 10_000;
const MAX_KEYS = 1000;
/** What counts as one key once there are too many. */
export const OTHERS = 'others';

export type Folding<T> = {
  /** The first of a key is written at once, later ones of the next 10 s together at their end. Beyond 1,000 keys at a time the rest count as one. */
  readonly add: (key: string, item: T) => void;
  /** Writes what is still folded. */
  readonly close: () => Promise<void>;
};

type Window<T> = { latest: T; folded: number; readonly timer: NodeJS.Timeout };

/** `write` gets the latest item of a key and how many it stands for. What it rejects with is its own business: it must not. */
export function foldRepeats<T>(write: (key: string, item: T, times: number) => Promise<unknown>): Folding<T> {
  const windows = new Map<string, Window<T>>();
  const writing = new Set<Promise<unknown>>();

  function begin(key: string, item: T, times: number): void {
    const written = write(key, item, times).finally(() => writing.delete(written));
    writing.add(written);
  }

  function openWindow(key: string, item: T): void {
    const timer = setTimeout(() => closeWindow(key), WINDOW_MS);
    timer.unref();
    windows.set(key, { latest: item, folded: 0, timer });
  }

  function closeWindow(key: string): void {
    const window = windows.get(key);
    windows.delete(key);
    if (!window || window.folded === 0) return;
    begin(key, window.latest, window.folded);
    openWindow(key, window.latest);
  }

  return {
    add(of, item) {
      const key = windows.has(of) || windows.size < MAX_KEYS ? of : OTHERS;
      const window = windows.get(key);
      if (window) {
        window.latest = item;
        window.folded++;
        return;
      }
      begin(key, item, 1);
      openWindow(key, item);
    },
    async close() {
      for (const [key, window] of windows) {
        clearTimeout(window.timer);
        if (window.folded > 0) begin(key, window.latest, window.folded);
      }
      windows.clear();
      await Promise.all(writing);
    },
  };
}
