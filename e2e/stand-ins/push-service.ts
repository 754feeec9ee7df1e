/**
 * A push service (RFC 8030) and the browsers behind it: it hands out subscriptions, takes messages for them, checks who signed them
 * (RFC 8292) and opens them with the browser's keys (RFC 8291), as a browser would. Nothing of the product is in it.
 */
import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { startHttpServer } from './http-server.ts';

export type StandInSubscription = { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } };

export type PushedMessage = {
  readonly endpoint: string;
  readonly text: string;
  readonly ttlS: number;
  readonly topic: string | undefined;
  readonly urgency: string | undefined;
  /** What the sender said of itself, and the key it did so with. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
  readonly key: string;
};

/** How a message is answered in place of 201. */
export type PushFault = { readonly status: 404 | 410 | 429 | 500; readonly retryAfter?: string };

export type PushService = {
  readonly origin: string;
  /** Everything that was taken, oldest first. */
  readonly messages: readonly PushedMessage[];
  /** The answers that were given. */
  readonly statuses: readonly number[];
  /** What a browser gets that subscribes. */
  readonly subscribe: () => StandInSubscription;
  /** The browser is no more: its endpoint answers 410. */
  readonly forget: (subscription: StandInSubscription) => void;
  /** How the next messages are answered. */
  readonly fail: (...faults: readonly PushFault[]) => void;
  readonly close: () => Promise<void>;
};

type Browser = { readonly ecdh: ECDH; readonly auth: Buffer };

export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, Browser | 'gone'>();
  const messages: PushedMessage[] = [];
  const statuses: number[] = [];
  const faults: PushFault[] = [];

  const answer = (response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void => {
    statuses.push(status);
    response.writeHead(status, headers).end();
  };
  const server = await startHttpServer(({ url = '', method, headers }, _, response, body) => {
    const endpoint = `${server.origin}${url}`;
    const browser = browsers.get(endpoint);
    if (method !== 'POST' || browser === undefined) return answer(response, 404);
    if (browser === 'gone') return answer(response, 410);
    const fault = faults.shift();
    if (fault) return answer(response, fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter });
    try {
      messages.push({ endpoint, ...open(browser, headers, body), ...signerOf(headers, server.origin) });
    } catch (error) {
      response.setHeader('content-type', 'text/plain');
      statuses.push(400);
      response.writeHead(400).end(String(error));
      return;
    }
    answer(response, 201, { location: `${server.origin}/message/${messages.length}` });
  });
  return {
    origin: server.origin,
    messages,
    statuses,
    subscribe() {
      const ecdh = createECDH('prime256v1');
      ecdh.generateKeys();
      const auth = randomBytes(16);
      const endpoint = `${server.origin}/push/${randomBytes(24).toString('base64url')}`;
      browsers.set(endpoint, { ecdh, auth });
      return { endpoint, keys: { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') } };
    },
    forget: ({ endpoint }) => void browsers.set(endpoint, 'gone'),
    fail: (...next) => void faults.push(...next),
    close: server.close,
  };
}

function open({ ecdh, auth }: Browser, headers: IncomingHttpHeaders, body: Buffer) {
  if (headers['content-encoding'] !== 'aes128gcm') throw new Error('content-encoding: expected aes128gcm');
  if (!/^\d+$/.test(String(headers['ttl']))) throw new Error('ttl: expected seconds');
  const topic = headers['topic']?.toString();
  if (topic !== undefined && !/^[\w-]{1,32}$/.test(topic)) throw new Error('topic: expected up to 32 characters of base64url');
  if (body.length > 4096) throw new Error('more than 4096 bytes');
  const salt = body.subarray(0, 16);
  const keyLength = body.readUInt8(20);
  const senderKey = body.subarray(21, 21 + keyLength);
  const record = body.subarray(21 + keyLength);
  if (record.length > body.readUInt32BE(16)) throw new Error('more than one record');
  const derive = (from: Uint8Array, by: Uint8Array, info: readonly Uint8Array[], bytes: number) =>
    Buffer.from(hkdfSync('sha256', from, by, Buffer.concat(info), bytes));
  const text = (value: string) => Buffer.from(value, 'latin1');
  const input = derive(ecdh.computeSecret(senderKey), auth, [text('WebPush: info\0'), ecdh.getPublicKey(), senderKey], 32);
  const decipher = createDecipheriv(
    'aes-128-gcm',
    derive(input, salt, [text('Content-Encoding: aes128gcm\0')], 16),
    derive(input, salt, [text('Content-Encoding: nonce\0')], 12),
  );
  decipher.setAuthTag(record.subarray(-16));
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (plain[end] !== 2) throw new Error('the last record does not say so');
  return { text: plain.subarray(0, end).toString(), ttlS: Number(headers['ttl']), topic, urgency: headers['urgency']?.toString() };
}

function signerOf({ authorization = '' }: IncomingHttpHeaders, origin: string) {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  const [head = '', payload = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const isGenuine = verify(
    'sha256',
    Buffer.from(`${head}.${payload}`),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isGenuine) throw new Error('authorization: the signature is not good');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as PushedMessage['claims'];
  const leftS = claims.exp - Date.now() / 1000;
  if (claims.aud !== origin || leftS < 0 || leftS > 24 * 3600) throw new Error('authorization: the claims are not good');
  if (!/^(mailto|https):/.test(claims.sub)) throw new Error('authorization: sub names nobody');
  return { claims, key };
}
