'use client';
/**
 * One stream for all tabs of a browser, which has six connections to a gateway in all: the tab that holds the lock reads it and tells the
 * others. When that tab goes, the next takes the lock and goes on after what it has heard. Where there are no locks (plain http
 * from another machine) each tab has a stream of its own.
 */
import { leaveForSignIn } from './sign-in-redirect.ts';
import { client, isSignedOut, type Outputs } from './trpc.ts';

export type LiveRow = Outputs['events']['list']['rows'][number];
export type LiveBatch = {
  readonly rows: readonly LiveRow[];
  readonly head: number;
  readonly skipped?: { readonly skippedTo: number; readonly count: number } | undefined;
};
export type Connection = 'connecting' | 'live' | 'reconnecting';

type Listener = { readonly onBatch: (batch: LiveBatch) => void; readonly onConnection: (connection: Connection) => void };
type Told =
  | { readonly kind: 'hello' }
  | { readonly kind: 'connection'; readonly connection: Connection; readonly last: number | undefined }
  | { readonly kind: 'batch'; readonly after: number; readonly position: number; readonly batch: LiveBatch };

const NAME = 'openclaw-feed';
const RETRY_MS = 700;
const GAP_ROWS = 200;
const MOST_GAP_PAGES = 5;

/** Follows the log until the returned function is called. No batch is told twice, and none is left out. */
export function openLink(listener: Listener): () => void {
  const channel = new BroadcastChannel(NAME);
  const stop = new AbortController();
  let last: number | undefined;
  let connection: Connection = 'connecting';
  let endStream: (() => void) | undefined;
  // What comes while a gap is filled waits for it.
  let queue: Promise<void> = Promise.resolve();

  const tell = (told: Told) => channel.postMessage(told);
  const changed = (next: Connection) => {
    connection = next;
    listener.onConnection(next);
  };
  const take = (after: number, position: number, batch: LiveBatch) => {
    if (last !== undefined && position < last) return;
    if (last !== undefined && position === last && batch.rows.length > 0) return;
    const from = last;
    last = position;
    queue = queue.then(async () => {
      if (from !== undefined && from < after) await fillGap(from, after, listener.onBatch);
      listener.onBatch(batch);
    });
  };

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === 'hello') {
      if (endStream) tell({ kind: 'connection', connection, last });
    } else if (endStream) return;
    else if (data.kind === 'connection') {
      last ??= data.last;
      if (data.last !== undefined) listener.onBatch({ rows: [], head: data.last });
      changed(data.connection);
    } else take(data.after, data.position, data.batch);
  };

  const lead = () => {
    endStream = readStream({
      last: () => last,
      onConnection: (next) => {
        changed(next);
        tell({ kind: 'connection', connection: next, last });
      },
      onBatch: (position, batch) => {
        const after = last ?? position;
        take(after, position, batch);
        tell({ kind: 'batch', after, position, batch });
      },
    });
  };
  if (navigator.locks) {
    tell({ kind: 'hello' });
    navigator.locks
      .request(NAME, { signal: stop.signal }, () => {
        lead();
        return new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
      })
      .catch(() => undefined);
  } else lead();

  return () => {
    stop.abort();
    endStream?.();
    channel.close();
  };
}

type StreamOptions = {
  /** After which position it begins; at the head when nothing is known. */
  readonly last: () => number | undefined;
  readonly onConnection: (connection: Connection) => void;
  readonly onBatch: (position: number, batch: LiveBatch) => void;
};

/** Reads the gateway's stream, and opens it again whenever it ends. */
function readStream({ last, onConnection, onBatch }: StreamOptions): () => void {
  let subscription: { unsubscribe(): void } | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const again = () => {
    subscription?.unsubscribe();
    onConnection('reconnecting');
    clearTimeout(retry);
    retry = setTimeout(connect, RETRY_MS);
  };
  const connect = () => {
    const after = last();
    subscription = client.events.live.subscribe(after === undefined ? {} : { after }, {
      onStarted: () => onConnection('live'),
      onData: ({ id, data }) => onBatch(Number(id), data),
      // The browser would wait some seconds before it tries again.
      onConnectionStateChange: (change) => {
        if (change.state === 'connecting' && change.error) again();
      },
      onError: (error) => (isSignedOut(error) ? leaveForSignIn() : again()),
      onComplete: again,
    });
  };
  connect();
  return () => {
    clearTimeout(retry);
    subscription?.unsubscribe();
  };
}

/** What a tab did not hear while it was put away: read from the log, or counted where it is too much. */
async function fillGap(from: number, to: number, onBatch: (batch: LiveBatch) => void): Promise<void> {
  let after = from;
  for (let page = 0; page < MOST_GAP_PAGES && after < to; page++) {
    const found = await client.events.after.query({ filter: {}, after, limit: GAP_ROWS }).catch(() => undefined);
    if (!found) break;
    const rows = found.rows.filter(({ position }) => position <= to);
    after = found.rows.length < GAP_ROWS ? to : (found.rows.at(-1)?.position ?? to);
    onBatch({ rows, head: after });
  }
  if (after < to) onBatch({ rows: [], head: to, skipped: { skippedTo: to, count: to - after } });
}
