import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Connection, type Source, shareStream } from './shared-stream.ts';

type Batch = { readonly head: number; readonly rows: readonly number[] };

/** As a browser's: one holder at a time, the next in the order they asked. */
function createLocks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_: string, { signal }: { readonly signal: AbortSignal }, hold: () => Promise<void>) => {
      const mine = last.then(() => (signal.aborted ? undefined : hold()));
      last = mine;
      return mine;
    },
  };
}

let name: string;
let log: number[];
let readers: { tell: () => void; readonly from: number | undefined }[];
const open: (() => void)[] = [];
beforeEach(() => {
  name = `feed-${Math.random()}`;
  log = [1, 2, 3];
  readers = [];
  vi.stubGlobal('navigator', { locks: createLocks() });
});
afterEach(() => {
  for (const close of open.splice(0)) close();
  vi.unstubAllGlobals();
});

/** A stream of the log: a tab that reads it is told what was written since whenever `tell` is called. */
const source: Source<Batch> = {
  read: ({ last, onConnection, onPiece }) => {
    let at = last() ?? log.length;
    onConnection('live');
    onPiece(at, { head: log.length, rows: [] });
    const reader = {
      from: last(),
      tell: () => {
        const rows = log.slice(at);
        at = log.length;
        onPiece(at, { head: at, rows });
      },
    };
    readers.push(reader);
    return () => readers.splice(readers.indexOf(reader), 1);
  },
  between: async (from, to) => [{ head: to, rows: log.slice(from, to) }],
  nothing: (head) => ({ head, rows: [] }),
};

function openTab() {
  const tab = { rows: [] as number[], head: 0, connection: 'connecting' as Connection, close: () => {} };
  tab.close = shareStream(name, source, {
    onPiece: ({ rows, head }) => {
      tab.rows.push(...rows);
      tab.head = head;
    },
    onConnection: (connection) => {
      tab.connection = connection;
    },
  });
  open.push(tab.close);
  return tab;
}

function write(...positions: number[]): void {
  log.push(...positions);
  for (const reader of readers) reader.tell();
}

it('B15 one tab reads, the others hear all of it and how the connection is', async () => {
  const tabs = [openTab()];
  await vi.waitFor(() => expect(tabs[0]?.connection).toBe('live'));
  for (let count = 1; count < 8; count++) tabs.push(openTab());
  await vi.waitFor(() => expect(tabs.map(({ connection, head }) => [connection, head])).toEqual(tabs.map(() => ['live', 3])));
  expect(readers.length).toBe(1);
  write(4, 5);
  write(6);
  await vi.waitFor(() => expect(tabs.map(({ rows }) => rows)).toEqual(tabs.map(() => [4, 5, 6])));
});

it('B15 when the tab that reads is closed the next goes on after what it heard, without gap or repetition', async () => {
  const first = openTab();
  await vi.waitFor(() => expect(first.connection).toBe('live'));
  const [second, third] = [openTab(), openTab()];
  await vi.waitFor(() => expect([second.head, third.head]).toEqual([3, 3]));
  write(4);
  await vi.waitFor(() => expect([second.rows, third.rows]).toEqual([[4], [4]]));
  first.close();
  log.push(5);
  await vi.waitFor(() => expect(readers.length).toBe(1));
  expect(readers[0]?.from).toBe(4);
  write(6);
  await vi.waitFor(() =>
    expect([second.rows, third.rows]).toEqual([
      [4, 5, 6],
      [4, 5, 6],
    ]),
  );
});

it('B15 a tab that was put away reads what it did not hear', async () => {
  const tab = openTab();
  await vi.waitFor(() => expect(tab.connection).toBe('live'));
  const other = openTab();
  await vi.waitFor(() => expect(other.head).toBe(3));
  log.push(4, 5, 6);
  const channel = new BroadcastChannel(name);
  channel.postMessage({ kind: 'piece', after: 5, position: 6, piece: { head: 6, rows: [6] } });
  channel.close();
  await vi.waitFor(() => expect(other.rows).toEqual([4, 5, 6]));
});

it('B15 without locks each tab reads for itself', async () => {
  vi.stubGlobal('navigator', {});
  const tabs = [openTab(), openTab()];
  expect(readers.length).toBe(2);
  write(4);
  await vi.waitFor(() => expect(tabs.map(({ rows }) => rows)).toEqual([[4], [4]]));
});
