/** How a service brings what it has to a webhook: in order, a few at a time, and again until it is taken. */
import { setTimeout as wait } from 'node:timers/promises';

export type Call = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

export type CallerOptions<Item> = {
  readonly call: (item: Item) => Call;
  /** How many calls may be under way. */
  readonly atOnce?: number;
  readonly retryMs?: number;
  /** Which answers mean that it arrived; any 2xx when left out. */
  readonly isTaken?: (status: number) => boolean;
  /** Called with each answer: its status and text, or 0 and nothing when there was none. */
  readonly onAnswer?: (item: Item, status: number, text: string) => void;
};

export type Caller<Item> = {
  readonly add: (...items: readonly Item[]) => void;
  /** What has not been taken yet. */
  readonly waiting: () => readonly Item[];
  readonly close: () => Promise<void>;
};

const CALL_MS = 10_000;

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

export function createCaller<Item>({ call, atOnce = 1, retryMs = 20, isTaken = isSuccess, onAnswer }: CallerOptions<Item>): Caller<Item> {
  const queue: Item[] = [];
  const underWay = new Set<Promise<void>>();
  const busy = new Set<Item>();
  const closed = new AbortController();

  const bring = async (item: Item) => {
    while (!closed.signal.aborted) {
      const { url, headers, body } = call(item);
      const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(CALL_MS)]);
      const answer = await fetch(url, { method: 'POST', headers, body, signal }).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      const status = text === undefined ? 0 : (answer?.status ?? 0);
      onAnswer?.(item, status, text ?? '');
      if (status > 0 && isTaken(status)) {
        queue.splice(queue.indexOf(item), 1);
        return;
      }
      await wait(retryMs, undefined, { signal: closed.signal }).catch(() => undefined);
    }
  };
  const pump = () => {
    if (closed.signal.aborted) return;
    for (const item of queue) {
      if (underWay.size >= atOnce) return;
      if (busy.has(item)) continue;
      busy.add(item);
      const work = bring(item).finally(() => {
        busy.delete(item);
        underWay.delete(work);
        pump();
      });
      underWay.add(work);
    }
  };
  return {
    add: (...items) => {
      queue.push(...items);
      pump();
    },
    waiting: () => [...queue],
    close: async () => {
      closed.abort();
      await Promise.all(underWay);
    },
  };
}
