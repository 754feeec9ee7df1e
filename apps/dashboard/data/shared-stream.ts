'use client';
/**
 * One stream for all tabs of a browser, which has six connections to a gateway in all: the tab that holds the lock reads it and tells
 * the others. When that tab goes, the next takes the lock and goes on after what it has heard. Where there are no locks (plain http
 * from another machine) each tab has a stream of its own.
 */

export type Connection = 'connecting' | 'live' | 'reconnecting';

/** What comes by the stream: everything up to a position, which may be nothing. */
export type Piece = { readonly head: number; readonly rows: readonly unknown[] };

export type Source<P extends Piece> = {
  /** Reads from after the last position that is known, again and again, until the returned function is called. */
  readonly read: (options: {
    readonly last: () => number | undefined;
    readonly onConnection: (connection: Connection) => void;
    readonly onPiece: (position: number, piece: P) => void;
  }) => () => void;
  /** What lies between two positions. */
  readonly between: (from: number, to: number) => Promise<readonly P[]>;
  /** Nothing new, up to a position. */
  readonly nothing: (position: number) => P;
};

export type Listener<P extends Piece> = { readonly onPiece: (piece: P) => void; readonly onConnection: (connection: Connection) => void };

type Told<P> =
  | { readonly kind: 'hello' }
  | { readonly kind: 'connection'; readonly connection: Connection; readonly last: number | undefined }
  | { readonly kind: 'piece'; readonly after: number; readonly position: number; readonly piece: P };

/** Follows a stream until the returned function is called. Nothing is told twice, and nothing is left out. */
export function shareStream<P extends Piece>(name: string, source: Source<P>, listener: Listener<P>): () => void {
  const channel = new BroadcastChannel(name);
  const stop = new AbortController();
  let last: number | undefined;
  let connection: Connection = 'connecting';
  let endReading: (() => void) | undefined;
  // What comes while a gap is filled waits for it.
  let queue: Promise<void> = Promise.resolve();

  const tell = (told: Told<P>) => channel.postMessage(told);
  const changed = (next: Connection) => {
    connection = next;
    listener.onConnection(next);
  };
  const take = (after: number, position: number, piece: P) => {
    const from = last;
    if (from !== undefined && (position < from || (position === from && piece.rows.length > 0))) return;
    last = position;
    queue = queue.then(async () => {
      if (from !== undefined && from < after) for (const missed of await source.between(from, after)) listener.onPiece(missed);
      listener.onPiece(piece);
    });
  };

  channel.onmessage = ({ data: told }: MessageEvent<Told<P>>) => {
    if (told.kind === 'hello') {
      if (endReading) tell({ kind: 'connection', connection, last });
      return;
    }
    if (endReading) return;
    if (told.kind === 'piece') return take(told.after, told.position, told.piece);
    if (last === undefined && told.last !== undefined) take(told.last, told.last, source.nothing(told.last));
    changed(told.connection);
  };

  const read = () => {
    endReading = source.read({
      last: () => last,
      onConnection: (next) => {
        changed(next);
        tell({ kind: 'connection', connection: next, last });
      },
      onPiece: (position, piece) => {
        const after = last ?? position;
        take(after, position, piece);
        tell({ kind: 'piece', after, position, piece });
      },
    });
  };

  if (navigator.locks) {
    tell({ kind: 'hello' });
    navigator.locks
      .request(name, { signal: stop.signal }, () => {
        read();
        return new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
      })
      .catch(() => undefined);
  } else read();

  return () => {
    stop.abort();
    endReading?.();
    channel.close();
  };
}
