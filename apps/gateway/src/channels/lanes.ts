/** Work in lanes: within one it is done one after the other, what belongs earlier first; the lanes go side by side. */

export type Lanes = {
  /** Adds work, which must not reject. Of what waits in a lane the least `order` is done next. */
  readonly add: (lane: string, order: string, work: () => Promise<void>) => void;
  /** How much is waiting or being done. */
  readonly size: () => number;
  /** Resolves when nothing is. */
  readonly idle: () => Promise<void>;
};

type Work = { readonly order: string; readonly work: () => Promise<void> };

/** `onSize` is told of every change. */
export function createLanes(onSize: (size: number) => void = () => {}): Lanes {
  const lanes = new Map<string, Work[]>();
  let size = 0;
  let watchers: (() => void)[] = [];
  const resized = (by: number) => {
    size += by;
    onSize(size);
    if (size > 0) return;
    for (const watcher of watchers) watcher();
    watchers = [];
  };
  const run = async (lane: string, waiting: Work[]): Promise<void> => {
    // What came in one piece is put in order before the first of it begins.
    await new Promise((resolve) => setImmediate(resolve));
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await next.work();
      resized(-1);
    }
    lanes.delete(lane);
  };
  return {
    add: (lane, order, work) => {
      const known = lanes.get(lane);
      const waiting = known ?? [];
      const at = waiting.findLastIndex((other) => other.order <= order) + 1;
      waiting.splice(at, 0, { order, work });
      resized(1);
      if (known) return;
      lanes.set(lane, waiting);
      void run(lane, waiting);
    },
    size: () => size,
    idle: () => (size === 0 ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve))),
  };
}
