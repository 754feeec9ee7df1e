/**
 * Typed ids: a prefix that says the kind, and 26 Crockford base32 characters that hold 128 bits.
 * Fresh ids are UUIDv7 (RFC 9562), so they sort by time; derived ids are a keyed hash, so they hide what they stand for.
 */

/** The one table of id kinds and their prefixes. */
export const ID_PREFIXES = {
  event: 'evt',
  message: 'msg',
  session: 'ses',
  run: 'run',
  delivery: 'dlv',
  toolCall: 'tcl',
  gateway: 'gw',
  user: 'usr',
  sender: 'snd',
  subject: 'sub',
  connection: 'con',
  export: 'exp',
  replay: 'rpl',
  token: 'tok',
  pairing: 'pair',
  attachment: 'att',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
/** An id of the given kind, for example `msg_01jd0x…`. */
export type Id<K extends IdKind> = `${(typeof ID_PREFIXES)[K]}_${string}`;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map([...ALPHABET].map((char, value) => [char, value]));

/** 16 bytes as 26 characters of Crockford base32, most significant first. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 2; // 26 characters hold 130 bits: two leading zero bits
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
      buffer &= (1 << bits) - 1;
    }
  }
  return text;
}

/** The 16 bytes behind 26 base32 characters; `undefined` when the text is not one. */
export function decodeBase32(text: string): Uint8Array | undefined {
  // The first character holds three bits of the sixteen bytes: a larger one would be a second spelling.
  if (text.length !== 26 || text > '8') return undefined;
  const bytes = new Uint8Array(16);
  let buffer = 0;
  let bits = -2;
  let at = 0;
  for (const char of text) {
    const value = VALUES.get(char);
    if (value === undefined) return undefined;
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >>> bits) & 255;
      buffer &= (1 << bits) - 1;
    }
  }
  return bytes;
}

/** Random bytes, drawn from the system many at a time: a draw costs more than what is drawn. */
const pool = new Uint8Array(4096);
let pooled = pool.length;

function random16(): Uint8Array {
  if (pooled === pool.length) {
    crypto.getRandomValues(pool);
    pooled = 0;
  }
  pooled += 16;
  return pool.slice(pooled - 16, pooled);
}

/** 16 bytes of a UUIDv7 for the given time in milliseconds. */
export function uuidv7(nowMs: number = Date.now()): Uint8Array {
  const bytes = random16();
  let time = nowMs;
  for (let index = 5; index >= 0; index--) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** A fresh, time-ordered id. @example newId('message') // 'msg_01jd0x5v3kf4c8m2q7r9t1w6yz' */
export function newId<K extends IdKind>(kind: K, nowMs?: number): Id<K> {
  return idFromBytes(kind, uuidv7(nowMs));
}

/** The id of `kind` that holds these 16 bytes (of a stored UUID, or the first 16 of a keyed hash). */
export function idFromBytes<K extends IdKind>(kind: K, bytes: Uint8Array): Id<K> {
  return `${ID_PREFIXES[kind]}_${encodeBase32(bytes)}` as Id<K>;
}

/** The id of `kind` that holds these 16 bytes, given as 32 hexadecimal digits: for those who read very many. */
export function idFromHex<K extends IdKind>(kind: K, hex: string): Id<K> {
  let text = '';
  let buffer = 0;
  let bits = 2;
  for (let at = 0; at < hex.length; at++) {
    const code = hex.charCodeAt(at);
    buffer = ((buffer << 4) | (code > 57 ? (code & 15) + 9 : code & 15)) & 0xff;
    bits += 4;
    if (bits < 5) continue;
    bits -= 5;
    text += ALPHABET[(buffer >>> bits) & 31];
  }
  return `${ID_PREFIXES[kind]}_${text}` as Id<K>;
}

/** The 16 bytes of an id. Throws `TypeError` when the text is not an id of this kind. */
export function idToBytes(kind: IdKind, id: string): Uint8Array {
  const bytes = id.startsWith(`${ID_PREFIXES[kind]}_`) ? decodeBase32(id.slice(ID_PREFIXES[kind].length + 1)) : undefined;
  if (!bytes) throw new TypeError(`not a ${kind} id: ${JSON.stringify(id)}`);
  return bytes;
}

/** When a fresh id was made, in milliseconds since 1970; `undefined` of one that was derived, and of what is no id. */
export function timeOfId(id: string): number | undefined {
  const bytes = decodeBase32(id.slice(id.indexOf('_') + 1));
  if (!bytes || (bytes[6] ?? 0) >> 4 !== 7 || (bytes[8] ?? 0) >> 6 !== 2) return undefined;
  return bytes.subarray(0, 6).reduce((time, byte) => time * 256 + byte, 0);
}

/** Whether the text is a well-formed id of this kind. */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return text.startsWith(prefix) && decodeBase32(text.slice(prefix.length)) !== undefined;
}
