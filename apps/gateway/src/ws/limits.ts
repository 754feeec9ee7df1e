/** The numbers of this door. Bytes and milliseconds. */

import type { BucketRule } from '../floods/bucket.ts';

/** The one protocol version spoken here. */
export const PROTOCOL = 4;

/** What an unauthenticated peer may send in all. */
export const MAX_PREAUTH_BYTES = 64 * 1024;

/** Told to each client in hello-ok. A client whose unread data grows past `maxBufferedBytes` is disconnected. */
export const POLICY = { maxPayload: 25 * 1024 * 1024, maxBufferedBytes: 16 * 1024 * 1024 } as const;

/** While memory is short: what a client may have on its way to the gateway, and what may wait for it to read. */
export const SHORT = { frameBytes: 64 * 1024, bufferedBytes: 1024 * 1024 } as const;

/** Requests that one connection may have open at a time; agent runs that it waits for count. */
export const MAX_OPEN_REQUESTS = 64;

/** Unreadable frames in a row after which a connection is closed. */
export const MAX_BAD_FRAMES = 10;

export const MAX_SUBSCRIPTIONS = 8;

/** A client whose credential has ended: how long what it asked may still be answered, and how long it has to answer the close. */
export const LAST_WORD_MS = 200;
export const REVOKED_CLOSE_MS = 500;
/** Frames and pings that one connection may send at once and in a second. What is over waits: the socket is not read meanwhile. */
export const FRAMES: BucketRule = { size: 2000, perSecond: 500 };

/** A connection that has sent so many more that it would not be read for this long is closed. */
export const MAX_FRAME_DEBT_MS = 10_000;

/** Sockets of one address that have not said hello. Each stays for ten seconds at most. */
export const MAX_STRANGERS_PER_ADDRESS = 32;

export type Timing = {
  /** From the upgrade to hello-ok. */
  readonly handshakeMs: number;
  readonly tickMs: number;
  /** At most this long between pings; `webSocketTimeout` says how long a peer may stay silent. */
  readonly pingMs: number;
  /** How long a peer has to answer a close before the socket is cut. */
  readonly closeMs: number;
};

export const TIMING: Timing = { handshakeMs: 10_000, tickMs: 15_000, pingMs: 20_000, closeMs: 2_000 };
