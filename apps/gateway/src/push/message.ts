/** A message as push services take it: sealed for one browser (RFC 8291), and signed as from this gateway (RFC 8292). Pure but for random keys. */
import { createCipheriv, createECDH, createPrivateKey, hkdfSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const CURVE = 'prime256v1';
const RECORD_BYTES = 4096;
/** What one record takes: less its end mark and the authentication tag. */
export const MOST_BYTES = RECORD_BYTES - 17;
/** Push services take a day at most. */
const SIGNED_FOR_S = 12 * 60 * 60;

/** The keys of a subscription, in base64url. */
export type BrowserKeys = { readonly p256dh: string; readonly auth: string };

export type Sealing = { readonly privateKey?: Uint8Array; readonly salt?: Uint8Array };

/** The body of a request, with `Content-Encoding: aes128gcm`. Throws `RangeError` for keys that are none, and for what is longer than `MOST_BYTES`. */
export function seal(text: string, { p256dh, auth }: BrowserKeys, { privateKey, salt = randomBytes(16) }: Sealing = {}): Buffer {
  const plain = Buffer.from(text);
  if (plain.length > MOST_BYTES) throw new RangeError(`a push message holds ${MOST_BYTES} bytes at most, this one has ${plain.length}`);
  const [browserKey, secret] = [Buffer.from(p256dh, 'base64url'), Buffer.from(auth, 'base64url')];
  if (browserKey.length !== 65 || browserKey[0] !== 4) throw new RangeError('p256dh: expected an uncompressed point on P-256, 65 bytes');
  if (secret.length !== 16) throw new RangeError('auth: expected 16 bytes');
  const ecdh = createECDH(CURVE);
  if (privateKey) ecdh.setPrivateKey(privateKey);
  else ecdh.generateKeys();
  const ownKey = ecdh.getPublicKey();
  const shared = sharedSecret(() => ecdh.computeSecret(browserKey));
  const derive = (from: Uint8Array, by: Uint8Array, info: Buffer, bytes: number) => Buffer.from(hkdfSync('sha256', from, by, info, bytes));
  const key = derive(shared, secret, Buffer.concat([Buffer.from('WebPush: info\0'), browserKey, ownKey]), 32);
  const cipher = createCipheriv(
    'aes-128-gcm',
    derive(key, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16),
    derive(key, salt, Buffer.from('Content-Encoding: nonce\0'), 12),
  );
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  const sealed = [cipher.update(plain), cipher.update(Buffer.of(2)), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([salt, size, Buffer.of(ownKey.length), ownKey, ...sealed]);
}

function sharedSecret(compute: () => Buffer): Buffer {
  try {
    return compute();
  } catch (cause) {
    throw new RangeError('p256dh: expected an uncompressed point on P-256, 65 bytes', { cause });
  }
}

/** Signs requests to push services. */
export type Signer = {
  /** The key that a browser is given when it subscribes, in base64url. */
  readonly publicKey: string;
  /** The `Authorization` header for an endpoint. */
  readonly authorization: (endpoint: string, nowMs: number) => string;
};

/** `contact` is whom the push service's people may write to or look at: an https or mailto address. */
export function createSigner(privateKey: Uint8Array, contact: () => string): Signer {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(privateKey);
  const point = ecdh.getPublicKey();
  const publicKey = point.toString('base64url');
  const key = keyOf(privateKey, point);
  return {
    publicKey,
    authorization: (endpoint, nowMs) => {
      const claims = { aud: new URL(endpoint).origin, exp: Math.floor(nowMs / 1000) + SIGNED_FOR_S, sub: contact() };
      const text = [{ typ: 'JWT', alg: 'ES256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
      return `vapid t=${text}.${signature}, k=${publicKey}`;
    },
  };
}

function keyOf(privateKey: Uint8Array, point: Buffer): KeyObject {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const d = Buffer.from(privateKey).toString('base64url');
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', d }, format: 'jwk' });
}
