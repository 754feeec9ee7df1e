/** The gateway's own doors: a reply is delivered when it is in the log, and its client reads it from there. */
export const PULL_CHANNELS: ReadonlySet<string> = new Set(['http', 'web', 'websocket', 'v1', 'webhook']);
