import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSigner, MOST_BYTES, seal } from './message.ts';

/** Appendix A of RFC 8291. */
const RFC = {
  text: 'When I grow up, I want to be a watermelon',
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  sealed:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};
const bytes = (text: string) => Buffer.from(text, 'base64url');

it('B15 a push message is sealed as the example of RFC 8291 is', () => {
  const sealed = seal(RFC.text, RFC, { privateKey: bytes(RFC.privateKey), salt: bytes(RFC.salt) });
  expect(sealed.toString('base64url')).toBe(RFC.sealed);
});

it('B15 no two push messages are sealed with the same key or salt, and none is longer than a push service must take', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 900 }), (text) => {
      const [one, other] = [seal(text, RFC), seal(text, RFC)];
      expect(one.subarray(0, 86).equals(other.subarray(0, 86))).toBe(false);
      expect(one.length).toBe(86 + Buffer.byteLength(text) + 17);
      expect(one.includes(Buffer.from(text)) && Buffer.byteLength(text) > 3).toBe(false);
    }),
    { numRuns: 30 },
  );
  expect(() => seal('x'.repeat(MOST_BYTES + 1), RFC)).toThrow(/4079 bytes at most/);
});

it.each([
  ['p256dh', 'AAAA', /65 bytes/],
  ['p256dh', Buffer.alloc(65, 4).toString('base64url'), /point on P-256/],
  ['auth', 'AAAA', /16 bytes/],
])('B15 a subscription whose %s is %s is refused with what was expected', (field, value, expected) => {
  expect(() => seal('x', { ...RFC, [field]: value })).toThrow(expected);
});

it('B15 a request to a push service is signed for its origin alone, for less than a day, with the key that browsers were given', () => {
  const signer = createSigner(bytes(RFC.privateKey), () => 'https://gateway.example');
  const header = signer.authorization('https://push.example:8443/send/secret?x=1', 1_000_000_000);
  const [, token = '', key = ''] = /^vapid t=(.+), k=(.+)$/.exec(header) ?? [];
  expect(key).toBe(signer.publicKey);
  const [head = '', payload = '', signature = ''] = token.split('.');
  expect(JSON.parse(bytes(head).toString())).toEqual({ typ: 'JWT', alg: 'ES256' });
  expect(JSON.parse(bytes(payload).toString())).toEqual({
    aud: 'https://push.example:8443',
    exp: 1_000_000 + 43_200,
    sub: 'https://gateway.example',
  });
  const point = bytes(key);
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  expect(verify('sha256', Buffer.from(`${head}.${payload}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes(signature))).toBe(true);
});
