/** The key that wraps the subjects' keys where the operator keeps one apart from the state directory. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events/errors';

export const MASTER_KEY_VARIABLE = 'OPENCLAW_MASTER_KEY';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type MasterKey = {
  /** Tells this key from another without saying anything about it. */
  readonly check: Buffer;
  wrap(name: string, key: Uint8Array): Buffer;
  /** Throws `MASTER_KEY_MISMATCH` when the key was wrapped by another one or for another name. */
  unwrap(name: string, wrapped: Uint8Array): Buffer;
};

/** The key in the environment, if there is one. Throws `MASTER_KEY_MISMATCH` when it is not 64 hexadecimal digits. */
export function masterKeyFrom(env: NodeJS.ProcessEnv): MasterKey | undefined {
  const text = env[MASTER_KEY_VARIABLE]?.trim();
  if (!text) return undefined;
  if (!/^[0-9a-f]{64}$/i.test(text)) throw mismatch(`${MASTER_KEY_VARIABLE} is not 64 hexadecimal digits.`);
  return masterKey(createSecretKey(text, 'hex'));
}

function masterKey(key: KeyObject): MasterKey {
  return {
    check: createHmac('sha256', key).update('openclaw/master-key').digest().subarray(0, 16),
    wrap: (name, plain) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      cipher.setAAD(Buffer.from(name));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap: (name, wrapped) => {
      const decipher = createDecipheriv(CIPHER, key, wrapped.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
      const plain = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
      try {
        return Buffer.concat([plain, decipher.final()]);
      } catch {
        throw mismatch();
      }
    },
  };
}

export function mismatch(message?: string): GatewayError {
  return new GatewayError('MASTER_KEY_MISMATCH', message === undefined ? {} : { message });
}
