/** The gateway's own doors, and how whoever comes by one proves itself. A reply is delivered when it is in the log, and its client reads it from there. */
export const PULL_CHANNELS: ReadonlyMap<string, 'token' | 'session' | 'hmac'> = new Map([
  ['http', 'token'],
  ['web', 'session'],
  ['websocket', 'token'],
  ['v1', 'token'],
  ['webhook', 'hmac'],
]);
