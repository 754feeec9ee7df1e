'use client';
/** The gateway's stream of what it commits, for all tabs of the browser. */
import { type Listener, type Source, shareStream } from './shared-stream.ts';
import { leaveForSignIn } from './sign-in-redirect.ts';
import { client, isSignedOut, type Outputs } from './trpc.ts';

export type { Connection } from './shared-stream.ts';

export type LiveRow = Outputs['events']['list']['rows'][number];
export type LiveBatch = {
  readonly rows: readonly LiveRow[];
  readonly head: number;
  readonly skipped?: { readonly skippedTo: number; readonly count: number } | undefined;
};

const RETRY_MS = 700;
const GAP_ROWS = 200;
const MOST_GAP_PAGES = 5;

/** Follows the log until the returned function is called. */
export function openLink(listener: Listener<LiveBatch>): () => void {
  return shareStream('openclaw-feed', { read, between, nothing: (head) => ({ head, rows: [] }) }, listener);
}

/** Reads the stream, and opens it again whenever it ends. */
const read: Source<LiveBatch>['read'] = ({ last, onConnection, onPiece }) => {
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
      onData: ({ id, data }) => onPiece(Number(id), data),
      // The browser by itself would wait some seconds before it tries again.
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
};

/** What a tab did not hear while it was put away: read from the log, or counted where it is too much. */
async function between(from: number, to: number): Promise<readonly LiveBatch[]> {
  const found: LiveBatch[] = [];
  let after = from;
  for (let page = 0; page < MOST_GAP_PAGES && after < to; page++) {
    const answer = await client.events.after.query({ filter: {}, after, limit: GAP_ROWS }).catch(() => undefined);
    if (!answer) break;
    after = answer.rows.length < GAP_ROWS ? to : (answer.rows.at(-1)?.position ?? to);
    found.push({ rows: answer.rows.filter(({ position }) => position <= to), head: Math.min(after, to) });
  }
  return after < to ? [...found, { rows: [], head: to, skipped: { skippedTo: to, count: to - after } }] : found;
}
