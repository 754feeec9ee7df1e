/** What Node's HTTP server allows a connection. Milliseconds and bytes. */

/** A request's head must have arrived within this time, and a connection must have begun one. */
const MAX_HEADERS_MS = 5000;

/** The address and the headers of a request together. */
export const MAX_HEADER_BYTES = 8192;

/**
 * A proxy keeps its connections to the gateway for 60 s (nginx), browsers and load balancers for 75 s at most: they must be the
 * ones that close, or a request would now and then meet a connection that is just being closed.
 */
export const KEEP_ALIVE_MS = 80_000;

/**
 * A connection is closed after so many requests, so that clients of a load balancer spread again. Node has a setting of this
 * name, but leaves the closing to the client.
 */
export const MAX_REQUESTS_PER_SOCKET = 1000;

/** How often connections are looked at that take too long. */
const CHECK_CONNECTIONS_MS = 1000;

/** The options of Node's server. */
export function serverLimits(requestTimeoutMs: number) {
  return {
    connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    headersTimeout: headersTimeoutMs(requestTimeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
    // Checked with the rest of the head (head.ts), so that it is answered like everything else.
    requireHostHeader: false,
  };
}

/** How long the head of a request may take: never longer than the whole request. */
export function headersTimeoutMs(requestTimeoutMs: number): number {
  return Math.min(MAX_HEADERS_MS, requestTimeoutMs);
}
