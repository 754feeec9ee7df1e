/** A WebSocket to a chat service: made through the one way out, bounded, and given up when nothing is heard on it. */
import { WebSocket } from 'ws';
import type { Way } from '../operations/egress/index.ts';

const HANDSHAKE_MS = 15_000;
const PING_MS = 15_000;
const MOST_SILENCE_MS = 45_000;
const MOST_PAYLOAD_BYTES = 8 * 1024 * 1024;

export type ChatSocket = {
  readonly send: (message: unknown) => void;
  /** Stops reading from the service until `resume`: it then waits, too. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: (code?: number) => void;
  readonly closed: Promise<Closed>;
};
/** Why a connection ended: a close code of the service, or the code of a network error. */
export type Closed = { readonly code: number; readonly cause?: string };

export type ChatSocketOptions = {
  readonly way: Way;
  readonly signal: AbortSignal;
  /** A message as it was parsed; `undefined` for what is no JSON. */
  readonly onMessage: (message: unknown) => void;
  readonly mostSilenceMs?: number;
};

/** Connects at once; whether that succeeds is seen by the first message or by `closed`. */
export function openChatSocket(url: string, { way, signal, onMessage, mostSilenceMs = MOST_SILENCE_MS }: ChatSocketOptions): ChatSocket {
  const { protocol } = new URL(url);
  const socket = new WebSocket(url, {
    agent: way.agent(protocol === 'wss:' ? 'https:' : 'http:'),
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MOST_PAYLOAD_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const ended = Promise.withResolvers<Closed>();
  let cause: string | undefined;
  let heardAt = performance.now();
  let isPaused = false;
  const heard = () => {
    heardAt = performance.now();
  };
  const watch = setInterval(
    () => {
      if (isPaused) return heard();
      if (performance.now() - heardAt > mostSilenceMs) {
        cause = 'nothing was heard';
        socket.terminate();
      } else if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    Math.min(PING_MS, mostSilenceMs / 2),
  );
  const stop = () => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  socket.on('ping', heard).on('pong', heard);
  socket.on('message', (data, isBinary) => {
    heard();
    if (!signal.aborted) onMessage(isBinary ? undefined : parsed(String(data)));
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    cause ??= error.code ?? /^Unexpected server response: \d+/.exec(error.message)?.[0] ?? error.name;
  });
  socket.on('close', (code) => {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    ended.resolve({ code, ...(cause !== undefined && { cause }) });
  });
  if (signal.aborted) stop();
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    pause: () => {
      isPaused = true;
      socket.pause();
    },
    resume: () => {
      isPaused = false;
      socket.resume();
    },
    close: (code = 1000) => socket.close(code),
    closed: ended.promise,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
