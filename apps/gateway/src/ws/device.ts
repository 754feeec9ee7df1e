/** The signature with which a device proves that it holds its key: Ed25519 over a line of the connect parameters. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ConnectParams } from './connect-params.ts';

export type Challenge = { readonly nonce: string; readonly ts: number };

export type DeviceProblem =
  | 'DEVICE_AUTH_NONCE_MISMATCH'
  | 'DEVICE_AUTH_SIGNATURE_EXPIRED'
  | 'DEVICE_AUTH_PUBLIC_KEY_INVALID'
  | 'DEVICE_AUTH_DEVICE_ID_MISMATCH'
  | 'DEVICE_AUTH_SIGNATURE_INVALID';

const MAX_AGE_MS = 2 * 60_000;
const KEY_BYTES = 32;
/** What stands before the 32 bytes of an Ed25519 key in its SPKI form (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What is wrong with the device block of these parameters; `undefined` when it proves the device, or when there is none. */
export function deviceProblem(params: ConnectParams, challenge: Challenge, nowMs: number): DeviceProblem | undefined {
  const { device } = params;
  if (!device) return undefined;
  if (device.nonce !== challenge.nonce) return 'DEVICE_AUTH_NONCE_MISMATCH';
  if (Math.abs(nowMs - device.signedAt) > MAX_AGE_MS) return 'DEVICE_AUTH_SIGNATURE_EXPIRED';
  const raw = Buffer.from(device.publicKey, 'base64url');
  const key = publicKey(raw);
  if (!key) return 'DEVICE_AUTH_PUBLIC_KEY_INVALID';
  if (createHash('sha256').update(raw).digest('hex') !== device.id.toLowerCase()) return 'DEVICE_AUTH_DEVICE_ID_MISMATCH';
  const signature = Buffer.from(device.signature, 'base64url');
  const signed = signedLines(params, device).some((line) => verify(null, Buffer.from(line), key, signature));
  return signed ? undefined : 'DEVICE_AUTH_SIGNATURE_INVALID';
}

function publicKey(raw: Buffer): KeyObject | undefined {
  if (raw.length !== KEY_BYTES) return undefined;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** The line in its two versions, the preferred one first. */
function signedLines(params: ConnectParams, device: NonNullable<ConnectParams['device']>): string[] {
  const { auth, client } = params;
  const token = auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? '';
  const scopes = (params.scopes ?? []).join(',');
  const common = [device.id, client.id, client.mode, params.role ?? 'operator', scopes, device.signedAt, token, device.nonce].join('|');
  return [`v3|${common}|${plain(client.platform)}|${plain(client.deviceFamily)}`, `v2|${common}`];
}

/** Only ASCII letters are lowered, so that every language's client signs the same bytes. */
function plain(text: string | undefined): string {
  return (text ?? '').trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
