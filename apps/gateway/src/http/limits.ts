/** How large the bodies of requests may be. A proxy in front of the gateway must let at least these through. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** Conversations that bring their whole history, and messages that bring files. */
export const HISTORY_BODY_LIMIT_BYTES = 8 * 1024 * 1024;
