/** Folds what happens again and again, such as the polls of a dashboard: the first at once, the rest of a minute together. */

const WINDOW_MS = 60_000;
const MOST_OPEN = 5000;

type Window<Item> = { readonly item: Item; readonly timer: NodeJS.Timeout; folded: number };

export class Windows<Item> {
  readonly #open = new Map<string, Window<Item>>();
  readonly #write: (item: Item, times: number) => void;

  constructor(write: (item: Item, times: number) => void) {
    this.#write = write;
  }

  add(key: string, item: Item): void {
    const window = this.#open.get(key);
    if (window) {
      window.folded += 1;
      return;
    }
    if (this.#open.size >= MOST_OPEN) this.#end(this.#open.keys().next().value ?? key);
    this.#write(item, 1);
    this.#begin(key, item);
  }

  /** Writes what is still folded. */
  close(): void {
    for (const key of [...this.#open.keys()]) this.#end(key);
  }

  #begin(key: string, item: Item): void {
    const timer = setTimeout(() => {
      if (this.#end(key)) this.#begin(key, item);
    }, WINDOW_MS);
    timer.unref();
    this.#open.set(key, { item, timer, folded: 0 });
  }

  /** Returns whether there was something to write. */
  #end(key: string): boolean {
    const window = this.#open.get(key);
    this.#open.delete(key);
    if (!window) return false;
    clearTimeout(window.timer);
    if (window.folded > 0) this.#write(window.item, window.folded);
    return window.folded > 0;
  }
}
