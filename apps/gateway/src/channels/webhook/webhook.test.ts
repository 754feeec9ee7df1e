import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { webhookText } from './text.ts';
import { signWebhook, verifyWebhook } from './verify.ts';

const SECRET = 'a webhook secret';
const NOW = 1_800_000_000_000;
const TIMESTAMP = String(NOW / 1000);
const rawBody = Buffer.from('{"text":"hi"}');
const rules = { secret: SECRET, maxSkewMs: 300_000 };
const signed = (timestamp = TIMESTAMP, body = rawBody, secret = SECRET) => ({
  rawBody: body,
  headers: { 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': signWebhook(secret, timestamp, body) },
});

test('A2 a signed call is accepted, and signed anew it has another replay key', () => {
  const verdict = verifyWebhook(signed(), rules, NOW);
  expect(verdict).toEqual({ ok: true, replayKey: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(verifyWebhook(signed(), rules, NOW + 1000)).toEqual(verdict);
  expect(verifyWebhook(signed(String(NOW / 1000 + 1)), rules, NOW)).not.toEqual(verdict);
});

test('A2 the replay key is neither the signature nor made without the secret', () => {
  const call = signed();
  const verdict = verifyWebhook(call, rules, NOW);
  expect(verdict.ok && call.headers['x-openclaw-signature'].includes(verdict.replayKey)).toBe(false);
});

test('A2 the case of the signature does not make it another call', () => {
  const call = signed();
  const loud = {
    ...call,
    headers: { ...call.headers, 'x-openclaw-signature': `sha256=${call.headers['x-openclaw-signature'].slice(7).toUpperCase()}` },
  };
  expect(verifyWebhook(loud, rules, NOW)).toEqual(verifyWebhook(call, rules, NOW));
});

test.each([
  ['no headers', { rawBody, headers: {} }, 'SIGNATURE_MISSING'],
  ['no timestamp', { rawBody, headers: { 'x-openclaw-signature': 'sha256=00' } }, 'SIGNATURE_MISSING'],
  [
    'a header that came twice',
    { rawBody, headers: { ...signed().headers, 'x-openclaw-timestamp': [TIMESTAMP, TIMESTAMP] } },
    'SIGNATURE_MISSING',
  ],
  ['another body', { ...signed(), rawBody: Buffer.from('{"text":"ho"}') }, 'SIGNATURE_INVALID'],
  ['another secret', signed(TIMESTAMP, rawBody, 'guess'), 'SIGNATURE_INVALID'],
  ['another timestamp', { rawBody, headers: { ...signed().headers, 'x-openclaw-timestamp': '1800000001' } }, 'SIGNATURE_INVALID'],
  ['a short signature', { rawBody, headers: { ...signed().headers, 'x-openclaw-signature': 'sha256=ab' } }, 'SIGNATURE_INVALID'],
  ['a timestamp in words', signed('now'), 'SIGNATURE_INVALID'],
  ['a call from the past', signed(String(NOW / 1000 - 301)), 'SIGNATURE_EXPIRED'],
  ['a call from the future', signed(String(NOW / 1000 + 301)), 'SIGNATURE_EXPIRED'],
] as const)('A2 %s is refused', (_, call, code) => {
  expect(verifyWebhook(call, rules, NOW)).toMatchObject({ ok: false, error: { code } });
});

test('A2 a call at the edge of the allowed skew is accepted', () => {
  expect(verifyWebhook(signed(String(NOW / 1000 - 300)), rules, NOW).ok).toBe(true);
});

const github = (delivery = 'd-1', body = rawBody) => ({
  rawBody: body,
  headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`, 'x-github-delivery': delivery },
});

test("A2 GitHub's signature is accepted where the hook says so, keyed by the delivery", () => {
  const own = { ...rules, signature: 'github' } as const;
  const first = verifyWebhook(github(), own, NOW);
  expect(first.ok).toBe(true);
  expect(verifyWebhook(github(), own, NOW)).toEqual(first);
  expect(verifyWebhook(github('d-2'), own, NOW)).not.toEqual(first);
  expect(verifyWebhook({ ...github(), rawBody: Buffer.from('{}') }, own, NOW)).toMatchObject({ error: { code: 'SIGNATURE_INVALID' } });
  expect(verifyWebhook(signed(), own, NOW)).toMatchObject({ error: { code: 'SIGNATURE_MISSING' } });
  expect(verifyWebhook(github(), rules, NOW)).toMatchObject({ error: { code: 'SIGNATURE_MISSING' } });
});

test.each([
  ['{"text":"hi"}', undefined, 'hi'],
  ['{ "a": 1 }', undefined, '{"a":1}'],
  ['"just words"', undefined, 'just words'],
  ['{"text":7}', undefined, '{"text":7}'],
  ['{"repo":{"name":"x"},"n":2}', 'Push to {{repo.name}} ({{ n }})', 'Push to x (2)'],
  ['{"by":null}', 'by {{by}}', 'by '],
  ['{"list":[{"id":"a"}]}', '{{list.0.id}} {{list}}', 'a [{"id":"a"}]'],
  ['{"a":"{{b}}","b":"no"}', '{{a}}', '{{b}}'],
] as const)('A1 the body %s with template %s becomes %j', (body, template, text) => {
  expect(webhookText(body, template)).toBe(text);
});

test.each([
  ['{"repo":{}}', '{{repo.name}} by {{ by }} in {{repo.name}}', ['repo.name', 'by']],
  ['{}', '{{constructor.name}}{{__proto__}}', ['constructor.name', '__proto__']],
  ['{"commit":null}', '{{commit.message}}', ['commit.message']],
  ['[]', '{{0.id}}', ['0.id']],
])('A1 the body %s lacks what the template %s names: it is refused with the names', (body, template, missing) => {
  expect(() => webhookText(body, template)).toThrow(
    expect.objectContaining({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(`: ${missing.join(', ')}.`),
      details: { fields: missing.map((field) => expect.objectContaining({ field, got: 'nothing' })) },
    }),
  );
});

test('A1 a body that is not JSON is refused', () => {
  expect(() => webhookText('not json')).toThrow(expect.objectContaining({ code: 'BAD_JSON' }));
});
